"""Compiled loops over the shapes of beats. Import inside functions only, as `kernels`."""

import math
from collections.abc import Callable
from typing import Any, cast

import numpy as np
from numba import njit  # pyright: ignore[reportMissingTypeStubs, reportUnknownVariableType]
from numpy.typing import NDArray

from yiji.devices.analysis.beats.kernels import Places, Signal
from yiji.devices.analysis.signals.compiled import F, compiled

Shapes = NDArray[np.float32]  # (beats, leads, samples)
Shape = NDArray[np.float32]  # (samples)
LOOSE = {"reassoc", "nsz", "contract"}  # sums may be taken in any order, so that they go side by side


def loose(function: F) -> F:
    """Compile, into its callers, a loop whose sums may be taken in any order."""
    return cast("Callable[..., Any]", njit)(inline="never", fastmath=LOOSE, nogil=True)(function)


@compiled
def cut(signal: Signal, places: Places, step: float, before: int, size: int) -> Shapes:
    """Return what is around each place: means over `step` samples (at least one), the place at row `before`.

    `signal`: shape (samples, leads); what is missing or beyond an end repeats the last value that is there. The mean
    of each shape is taken off: an electrode's offset may be a hundred times as large as the beat.
    """
    shapes = np.zeros((places.size, signal.shape[1], size), np.float32)
    one = np.zeros(size)
    for row in range(places.size):
        for lead in range(signal.shape[1]):
            value, whole = 0.0, 0.0
            for at in range(size):
                first = math.floor(float(places[row]) + (at - before - 0.5) * step + 0.5)
                last = max(first + 1, math.floor(float(places[row]) + (at - before + 0.5) * step + 0.5))
                total, count = 0.0, 0
                for sample in range(max(first, 0), min(last, signal.shape[0])):
                    if math.isfinite(signal[sample, lead]):
                        total += signal[sample, lead]
                        count += 1
                if count:
                    value = total / count
                one[at] = value
                whole += value
            for at in range(size):
                shapes[row, lead, at] = one[at] - whole / size
    return shapes


@loose
def sums(a: Shape, b: Shape) -> tuple[float, float, float, float, float, float, float]:
    """Return the sums of a and of b, of their squares, of their product, and of each times its row."""
    sum_a, sum_b, squares_a, squares_b, both = np.float32(0), np.float32(0), np.float32(0), np.float32(0), np.float32(0)
    slope_a, slope_b = np.float32(0), np.float32(0)
    for at in range(a.size):
        x, y, t = a[at], b[at], np.float32(at)
        sum_a += x
        sum_b += y
        squares_a += x * x
        squares_b += y * y
        both += x * y
        slope_a += x * t
        slope_b += y * t
    return float(sum_a), float(sum_b), float(squares_a), float(squares_b), float(both), float(slope_a), float(slope_b)


@compiled
def fit(one: Shapes, other: Shapes, first: int, last: int, shift: int) -> tuple[float, float]:
    """Return how alike two beats are between two samples, all leads together, `one` moved by `shift`.

    The correlation after each lead's straight line is taken off, and the ratio of the sizes.
    """
    dot, size_one, size_other = 0.0, 1e-9, 1e-9
    count = last - first
    middle, spread = (count - 1) / 2, count * (count * count - 1) / 12
    for lead in range(one.shape[0]):
        a, b, aa, bb, ab, ta, tb = sums(one[lead, first + shift : last + shift], other[lead, first:last])
        ta, tb = ta - middle * a, tb - middle * b
        dot += ab - a * b / count - ta * tb / spread
        size_one += max(aa - a * a / count - ta * ta / spread, 0.0)
        size_other += max(bb - b * b / count - tb * tb / spread, 0.0)
    return dot / math.sqrt(size_one * size_other), math.sqrt(size_one / size_other)


@compiled
def best_fit(one: Shapes, other: Shapes, first: int, last: int, reach: int) -> tuple[float, float, int]:
    """Return the best likeness of two beats when `one` may be moved by `reach` samples, the ratio, and the shift."""
    alike, ratio, best = -2.0, 1.0, 0
    for turn in range(2 * reach + 1):
        shift = (turn + 1) // 2 if turn % 2 else -(turn // 2)
        here, there = fit(one, other, first, last, shift)
        if here > alike:
            alike, ratio, best = here, there, shift
    return alike, ratio, best


@compiled
def follow(mean: Shapes, beat: Shapes, shift: int, share: float) -> None:
    """Move a mean towards a beat (which is moved by `shift`) by a share."""
    for lead in range(mean.shape[0]):
        for at in range(mean.shape[1]):
            source = min(max(at + shift, 0), mean.shape[1] - 1)
            mean[lead, at] += share * (beat[lead, source] - mean[lead, at])


@compiled
def kinds(shapes: Shapes, first: int, last: int, reach: int, new: float, sure: float, most: int) -> Places:
    """Sort beats into kinds, each known by a mean that follows its beats; return each beat's kind.

    A beat less alike than `new` to every kind, or twice or half as large, begins one, until there are `most`; one more
    alike than `sure` to a kind is compared no further.
    """
    means = np.zeros((most, shapes.shape[1], shapes.shape[2]), np.float32)
    counts = np.zeros(most, np.int64)
    order = np.arange(most)  # kinds, the most frequent first
    found = np.zeros(shapes.shape[0], np.int64)
    known = 0
    for row in range(shapes.shape[0]):
        top, kind, moved = -2.0, -1, 0
        for turn in range(known):
            candidate = order[turn]
            alike, ratio, shift = best_fit(shapes[row], means[candidate], first, last, reach)
            if known < most and (ratio > 2 or ratio < 0.5):
                continue
            if alike > top:
                top, kind, moved = alike, candidate, shift
            if top > sure:
                break
        if known < most and top < new:
            kind, moved = known, 0
            known += 1
        counts[kind] += 1
        follow(means[kind], shapes[row], moved, 1.0 / min(counts[kind], 32))
        found[row] = kind
        for turn in range(known - 1, 0, -1):
            if counts[order[turn]] > counts[order[turn - 1]]:
                order[turn], order[turn - 1] = order[turn - 1], order[turn]
    return found


@compiled
def spread_of_slope(beat: Shapes, lead: int, first: int, last: int) -> float:
    """Return how wide a QRS is: the standard deviation in samples of where its squared slope lies."""
    total, middle, squares = 1e-9, 0.0, 0.0
    for at in range(first, last):
        weight = (beat[lead, at + 1] - beat[lead, at - 1]) ** 2
        total += weight
        middle += weight * at
        squares += weight * at * at
    middle /= total
    return math.sqrt(max(squares / total - middle * middle, 0.0))


@compiled
def compare(shapes: Shapes, usual: Shapes, which: Places, spans: Places, reach: int) -> Signal:
    """Compare each beat with its usual beat ``usual[which[row]]``; a row of 14 numbers for each.

    `spans`: first and last sample of QRS, ST-T and P, in turn. Over all leads: likeness of QRS, logarithm of its size
    ratio, of T and P the same; then means over the leads (weighted by the usual beat's size) and extremes of likeness
    and of width (absolute, and logarithm of the ratio); the difference's size; and the likeness to the beat before and
    to the beat after.
    """
    count, leads = shapes.shape[0], shapes.shape[1]
    table = np.zeros((count, 14))
    for row in range(count):
        beat, mean = shapes[row], usual[which[row]]
        alike, ratio, shift = best_fit(beat, mean, spans[0], spans[1], reach)
        table[row, 0], table[row, 1] = alike, math.log(ratio + 1e-6)
        table[row, 2], t_ratio = fit(beat, mean, spans[2], spans[3], shift)
        table[row, 3] = math.log(t_ratio + 1e-6)
        table[row, 4], p_ratio = fit(beat, mean, spans[4], spans[5], shift)
        table[row, 5] = math.log(p_ratio + 1e-6)
        least, width, wider, widest = 2.0, 0.0, 0.0, -9.0
        for lead in range(leads):
            here, _ = fit(beat[lead : lead + 1], mean[lead : lead + 1], spans[0], spans[1], shift)
            least = min(least, here)
            one = spread_of_slope(beat, lead, spans[0], spans[1])
            log = math.log((one + 0.1) / (spread_of_slope(mean, lead, spans[0], spans[1]) + 0.1))
            width += one / leads
            wider += log / leads
            widest = max(widest, log)
        table[row, 6], table[row, 7], table[row, 8], table[row, 9] = least, width, wider, widest
        table[row, 10] = math.sqrt(max(1 + ratio * ratio - 2 * ratio * alike, 0.0))
        if row:
            table[row, 11], _, _ = best_fit(beat, shapes[row - 1], spans[0], spans[1], reach)
            table[row - 1, 12] = table[row, 11]
        quiet = roughness(beat, 0, spans[0] - 5) + roughness(beat, spans[1] + 5, shapes.shape[2])
        table[row, 13] = math.log((quiet + 1e-9) / (roughness(mean, spans[0], spans[1]) + 1e-9))
    table[0, 11], table[count - 1, 12] = 1.0, 1.0
    return table


@compiled
def roughness(beat: Shapes, first: int, last: int) -> float:
    """Return the sum of squares of second differences over all leads."""
    total = 0.0
    for lead in range(beat.shape[0]):
        for at in range(first + 1, last - 1):
            total += (beat[lead, at + 1] - 2 * beat[lead, at] + beat[lead, at - 1]) ** 2
    return total


@compiled
def boosted(
    rows: NDArray[np.float32],
    features: NDArray[np.uint16],
    limits: NDArray[np.float32],
    nexts: NDArray[np.uint16],
    values: NDArray[np.float32],
    roots: NDArray[np.uint16],
    columns: Places,
    depth: int,
) -> Signal:
    """Return the sum of the trees' leaves for each row; each tree counts for its column.

    From a node it goes to ``nexts[node, 0]`` where ``row[feature] <= limit``, else to ``nexts[node, 1]``, `depth`
    times: a leaf leads to itself. So there is no branch that a processor could only guess.
    """
    width = 0
    for column in columns:
        width = max(width, column + 1)
    sums = np.zeros((rows.shape[0], width))
    for row in range(rows.shape[0]):
        for tree in range(roots.size):
            node = roots[tree]
            for _ in range(depth):
                node = nexts[node, 1] if rows[row, features[node]] > limits[node] else nexts[node, 0]
            sums[row, columns[tree]] += values[node]
    return sums
