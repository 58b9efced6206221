"""The loops over every sample of a long recording, compiled (numba); a block has shape (samples, leads), in mV.

Import this module inside functions only: the compiler costs half a second even when all is in its cache.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba  # pyright: ignore[reportMissingTypeStubs]
import numpy as np
from numpy.typing import NDArray

from yiji.devices.analysis.signals.filters import Places, Signal

Flags = NDArray[np.bool_]
Function = TypeVar("Function", bound=Callable[..., Any])

MISSING = 0.2  # share of a second that may be without valid samples
FLAT, WILD = 0.003, 10.0  # mV, a second that spans less or more is not the heart's
JUMP, JUMPS = 0.2, 0.5  # mV between samples 8 ms apart, second difference; share of a second that may jump so


def compiled(function: Function) -> Function:
    """Compile a function at its first call and keep the machine code on disk.

    Not as `signals.compiled` does it: sums may be taken in any order here, and dot products need numba's linear
    algebra, which is not readied there. A day's analysis does not feel the half second that it costs.
    """
    jit: Any = cast(Any, numba).njit(cache=True, fastmath={"reassoc", "contract"})
    return cast(Function, jit(function))


@compiled
def means(block: Signal, width: int) -> Signal:
    """Return the mean of every `width` samples, shape (samples // width, leads); NaN where none is valid."""
    rows, leads = block.shape[0] // width, block.shape[1]
    out = np.empty((rows, leads))
    for row in range(rows):
        for lead in range(leads):
            total, valid = 0.0, 0
            for sample in range(row * width, (row + 1) * width):
                value = block[sample, lead]
                if not np.isnan(value):
                    total += value
                    valid += 1
            out[row, lead] = total / valid if valid else np.nan
    return out


@compiled
def level(block: Signal, slow: Signal, width: int) -> None:
    """Take the line through `slow` (a value every `width` samples) away, in place; what is missing becomes 0."""
    last = slow.shape[0] - 2
    for sample in range(block.shape[0]):
        place = (sample + 0.5) / width - 0.5
        row = min(max(int(np.floor(place)), 0), last)
        share = min(max(place - row, 0.0), 1.0)
        for lead in range(block.shape[1]):
            value = block[sample, lead] - slow[row, lead] - share * (slow[row + 1, lead] - slow[row, lead])
            block[sample, lead] = 0.0 if np.isnan(value) else value


@compiled
def _readable(block: Signal, first: int, last: int, lead: int, step: int) -> bool:
    low, high, missing, jumps = np.inf, -np.inf, 0, 0
    for sample in range(first, last):
        value = block[sample, lead]
        if np.isnan(value):
            missing += 1
            continue
        low, high = min(low, value), max(high, value)
        if sample - 2 * step >= first:
            jumps += abs(value - 2 * block[sample - step, lead] + block[sample - 2 * step, lead]) > JUMP
    size = last - first
    return missing <= MISSING * size and FLAT < high - low < WILD and jumps <= JUMPS * size


@compiled
def readable(block: Signal, rate: float, first: float, seconds: int) -> Flags:
    """Tell which seconds of which lead can be read, shape (seconds, leads); the first begins `first` s into the block.

    A second that is flat, torn, wild or full of jumps cannot.
    """
    step = max(1, int(0.008 * rate + 0.5))
    flags = np.empty((seconds, block.shape[1]), np.bool_)
    for second in range(seconds):
        begin = int((first + second) * rate)
        for lead in range(block.shape[1]):
            flags[second, lead] = _readable(block, begin, int(begin + rate), lead, step)
    return flags


@compiled
def gather(block: Signal, places: Places, before: int, good: Flags, rows: Places, sums: Signal, counts: Signal) -> None:
    """Add each beat, from `before` samples before its place, to its row of `sums` (rows, leads, samples).

    `good`: which lead counts for which beat, shape (beats, leads). A row of -1 leaves the beat out.
    """
    size = sums.shape[2]
    for beat in range(places.size):
        begin = places[beat] - before
        if rows[beat] < 0 or begin < 0 or begin + size > block.shape[0]:
            continue
        for lead in range(block.shape[1]):
            if good[beat, lead]:
                counts[rows[beat], lead] += 1
                for sample in range(size):
                    sums[rows[beat], lead, sample] += block[begin + sample, lead]


@compiled
def _cut(block: Signal, begin: int, step: int, good: Flags, out: Signal) -> None:
    """Write a beat's leads into `out` (leads, samples), each without its mean and together of unit power."""
    power = 1e-12
    for lead in range(out.shape[0]):
        mean = 0.0
        for sample in range(out.shape[1]):
            out[lead, sample] = block[begin + sample * step, lead] * good[lead]
            mean += out[lead, sample] / out.shape[1]
        for sample in range(out.shape[1]):
            out[lead, sample] -= mean
            power += out[lead, sample] ** 2
    out /= np.sqrt(power)


@compiled
def _alike(cut: Signal, shape: Signal, good: Flags) -> float:
    """Return the correlation of a beat with a shape over the leads that can be read."""
    product, power = 0.0, 1e-12
    for lead in range(cut.shape[0]):
        if good[lead]:
            for sample in range(cut.shape[1]):
                product += cut[lead, sample] * shape[lead, sample]
                power += shape[lead, sample] * shape[lead, sample]
    return product / np.sqrt(power)


@compiled
def _closest(
    cuts: Signal, good: Flags, label: int, shapes: Signal, labels: NDArray[np.uint8], used: int, sure: float
) -> tuple[int, int, float]:
    """Return the likest shape of the same label, the cut (a shift) that is so, and how alike they are."""
    best, likest, shift = -1.0, -1, 0
    for number in range(cuts.shape[0]):
        for row in range(used):
            if labels[row] != label:
                continue
            alike = _alike(cuts[number], shapes[row], good)
            if alike > best:
                best, likest, shift = alike, row, number
            if best >= sure:
                return likest, shift, best
    return likest, shift, best


@compiled
def join(
    block: Signal,
    places: Places,
    good: Flags,
    classes: NDArray[np.uint8],
    step: int,
    before: int,
    limits: tuple[float, float],
    shapes: Signal,
    counts: Places,
    labels: NDArray[np.uint8],
) -> tuple[Places, Signal]:
    """Give each beat to the shape of its class that it is likest to, or make a new shape of it.

    `shapes` (shapes, leads, samples), `counts` and `labels` (0 where unused) are brought up to date; a shape follows
    the mean of its last 64 beats or so. `limits`: a beat less alike than the first begins a shape; one more alike than
    the second is compared no further. Returns each beat's row (-1: nothing could be read) and how alike it was.
    """
    size, leads, shifts = shapes.shape[2], shapes.shape[1], 5
    rows, likeness = np.full(places.size, -1), np.zeros(places.size)
    cuts = np.empty((shifts, leads, size))
    for beat in range(places.size):
        begin = places[beat] - before
        inside = begin >= 2 * step and begin + (size + 2) * step <= block.shape[0]
        if not inside or not good[beat].any():
            continue
        for number in range(shifts):
            shift = (number + 1) // 2 * (1 - 2 * (number % 2))  # 0 -1 1 -2 2
            _cut(block, begin + shift * step, step, good[beat], cuts[number])
        used = int((counts > 0).sum())
        row, number, alike = _closest(cuts, good[beat], classes[beat], shapes, labels, used, limits[1])
        if alike < limits[0] and used < counts.size:
            row, number, alike = used, 0, 1.0
            labels[row] = classes[beat]
        if row >= 0:
            counts[row] += 1
            for lead in range(leads):
                if good[beat, lead]:
                    shapes[row, lead] += (cuts[number, lead] - shapes[row, lead]) / min(counts[row], 64)
        rows[beat], likeness[beat] = row, alike
    return rows, likeness


@compiled
def follow(values: Signal, share: float) -> Signal:
    """Return the exponential mean: each value moves it by a share of the way; it begins at the first value."""
    out = np.empty(values.size)
    mean = values[0]
    for row in range(values.size):
        mean += share * (values[row] - mean)
        out[row] = mean
    return out


@compiled
def pairs_alike(values: Signal, tolerance: float) -> tuple[int, int]:
    """Count the pairs of stretches of three values that are alike, and of two (sample entropy, m = 2)."""
    longer, shorter = 0, 0
    for one in range(values.size - 2):
        for other in range(one + 1, values.size - 2):
            near = abs(values[one] - values[other]) <= tolerance
            if near and abs(values[one + 1] - values[other + 1]) <= tolerance:
                shorter += 1
                longer += abs(values[one + 2] - values[other + 2]) <= tolerance
    return longer, shorter


@compiled
def fluctuations(walk: Signal, scales: Places) -> Signal:
    """Return for each scale what straight lines through boxes of that size leave of a walk (root mean square)."""
    out = np.empty(scales.size)
    for row in range(scales.size):
        size = scales[row]
        boxes, total = walk.size // size, 0.0
        line = np.arange(size, dtype=np.float64) - (size - 1) / 2
        for box in range(boxes):
            part = walk[box * size : (box + 1) * size] - walk[box * size : (box + 1) * size].mean()
            rest = part - line * (np.dot(part, line) / np.dot(line, line))
            total += float(np.dot(rest, rest))
        out[row] = np.sqrt(total / (boxes * size))
    return out
