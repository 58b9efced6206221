"""Compiled loops over the shapes of beats. Import inside functions only, as `kernels`."""

import math

import numpy as np
from numpy.typing import NDArray

from yiji.devices.analysis.compiled import compiled
from yiji.devices.analysis.kernels import Places, Signal

Shapes = NDArray[np.float32]  # (beats, leads, samples)


@compiled
def cut(signal: Signal, places: Places, step: float, before: int, size: int) -> Shapes:
    """Return what is around each place: means over `step` samples (at least one), the place at row `before`.

    `signal`: shape (samples, leads); what is missing or beyond an end repeats the last value that is there.
    """
    shapes = np.zeros((places.size, signal.shape[1], size), np.float32)
    for row in range(places.size):
        for lead in range(signal.shape[1]):
            value = 0.0
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
                shapes[row, lead, at] = value
    return shapes


@compiled
def fit(one: Shapes, other: Shapes, first: int, last: int, shift: int) -> tuple[float, float]:
    """Return how alike two beats are between two samples, all leads together, `one` moved by `shift`.

    The correlation after each lead's mean is taken off, and the ratio of the sizes.
    """
    dot, size_one, size_other = 0.0, 1e-9, 1e-9
    count = last - first
    for lead in range(one.shape[0]):
        sum_one, sum_other, squares_one, squares_other, both = 0.0, 0.0, 0.0, 0.0, 0.0
        for at in range(first, last):
            a, b = one[lead, at + shift], other[lead, at]
            sum_one += a
            sum_other += b
            squares_one += a * a
            squares_other += b * b
            both += a * b
        dot += both - sum_one * sum_other / count
        size_one += max(squares_one - sum_one * sum_one / count, 0.0)
        size_other += max(squares_other - sum_other * sum_other / count, 0.0)
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
    """Compare each beat with its usual beat ``usual[which[row]]``; a row of 13 numbers for each.

    `spans`: first and last sample of QRS, ST-T and P, in turn. Over all leads: likeness of QRS, logarithm of its size
    ratio, of T and P the same; then means over the leads (weighted by the usual beat's size) and extremes of likeness
    and of width (absolute, and logarithm of the ratio); the difference's size; and the likeness to the beat before and
    to the beat after.
    """
    count, leads = shapes.shape[0], shapes.shape[1]
    table = np.zeros((count, 13))
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
        before, after = shapes[max(row - 1, 0)], shapes[min(row + 1, count - 1)]
        table[row, 11], _, _ = best_fit(beat, before, spans[0], spans[1], reach)
        table[row, 12], _, _ = best_fit(beat, after, spans[0], spans[1], reach)
    return table


@compiled
def boosted(
    rows: Signal, features: Places, limits: Signal, lefts: Places, rights: Places, values: Signal, roots: Places
) -> Signal:
    """Return the sum of the trees' leaves for each row, a column for each class.

    `roots`: (trees, classes); a node goes left where ``row[feature] <= limit``; a leaf has feature -1 and a value.
    """
    sums = np.zeros((rows.shape[0], roots.shape[1]))
    for row in range(rows.shape[0]):
        for tree in range(roots.shape[0]):
            for column in range(roots.shape[1]):
                node = roots[tree, column]
                while features[node] >= 0:
                    node = lefts[node] if rows[row, features[node]] <= limits[node] else rights[node]
                sums[row, column] += values[node]
    return sums
