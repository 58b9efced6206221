"""Compiled loops over samples and over candidate beats. Import it inside functions only: `compiled` is heavy."""

import math

import numpy as np
from numpy.typing import NDArray

from yiji.devices.analysis.signals.compiled import compiled

Signal = NDArray[np.float64]
Places = NDArray[np.int64]


@compiled
def thinned(column: Signal, step: int) -> Signal:
    """Return the mean of every `step` valid samples; where none is valid, a straight line bridges the gap."""
    size = column.size // step
    thin = np.zeros(size)
    last = -1  # the last valid place
    for place in range(size):
        total, count = 0.0, 0
        for sample in range(place * step, place * step + step):
            if math.isfinite(column[sample]):
                total += column[sample]
                count += 1
        if count == 0:
            continue
        thin[place] = total / count
        start = thin[last] if last >= 0 else thin[place]
        for gap in range(last + 1, place):
            thin[gap] = start + (thin[place] - start) * (gap - last) / (place - last)
        last = place
    for gap in range(last + 1, size):
        thin[gap] = thin[last] if last >= 0 else 0.0
    return thin


@compiled
def banded(signal: Signal, gain: float, first: float, second: float) -> Signal:
    """Run ``y[n] = gain (x[n] - x[n-2]) - first y[n-1] - second y[n-2]`` forwards, then backwards: no phase."""
    size = signal.size
    out = np.empty(size)
    x1 = x2 = signal[0] if size else 0.0
    y1 = y2 = 0.0
    for place in range(size):
        y = gain * (signal[place] - x2) - first * y1 - second * y2
        x2, x1, y2, y1 = x1, signal[place], y1, y
        out[place] = y
    x1 = x2 = y1 = y2 = 0.0
    for place in range(size - 1, -1, -1):
        y = gain * (out[place] - x2) - first * y1 - second * y2
        x2, x1, y2, y1 = x1, out[place], y1, y
        out[place] = y
    return out


@compiled
def slope_energy(signal: Signal, half: int) -> Signal:
    """Return the root of the mean squared slope over the `half` samples on each side of each."""
    size = signal.size
    energy = np.zeros(size)
    squares = np.zeros(size)
    for place in range(1, size - 1):
        squares[place] = (signal[place + 1] - signal[place - 1]) ** 2 / 4
    total = 0.0
    for place in range(size + half):
        if place < size:
            total += squares[place]
        if place > 2 * half:
            total -= squares[place - 2 * half - 1]
        if place >= half:
            energy[place - half] = math.sqrt(max(total, 0.0) / (2 * half + 1))
    return energy


@compiled
def add_root(into: Signal, signal: Signal, scales: Signal, slot: int) -> None:
    """Add a signal's root, times a scale told for the middle of each slot and drawn straight between, to another."""
    last = scales.size - 1
    for place in range(signal.size):
        at = min(max(place / slot - 0.5, 0.0), float(last))
        row = min(int(at), max(last - 1, 0))
        share = at - row
        scale = scales[row] * (1 - share) + scales[min(row + 1, last)] * share
        into[place] += scale * math.sqrt(signal[place])


@compiled
def tops(energy: Signal, reach: int) -> Places:
    """Return the places that are highest within `reach` samples on both sides, and not nothing."""
    found = np.empty(energy.size // (reach + 1) + 1, np.int64)
    count = 0
    for place in range(1, energy.size - 1):
        here = energy[place]
        if here <= 1e-9 or here <= energy[place - 1] or here < energy[place + 1]:
            continue
        top = True
        for near in range(max(0, place - reach), min(energy.size, place + reach + 1)):
            if energy[near] > here or (energy[near] == here and near < place):
                top = False
                break
        if top:
            found[count] = place
            count += 1
    return found[:count]


@compiled
def highest_near(signal: Signal, places: Places, reach: int) -> Signal:
    """Return the highest sample within `reach` samples of each place."""
    found = np.zeros(places.size)
    for row in range(places.size):
        for near in range(max(0, places[row] - reach), min(signal.size, places[row] + reach + 1)):
            found[row] = max(found[row], signal[near])
    return found


@compiled
def too_close(gap: float, share: float, lower: float, flatter: float, close: Signal, after: Signal) -> float:
    """Return what it costs that a beat comes `gap` s (a `share` of the usual interval) after another, see below."""
    cost = 0.0
    if gap < close[1] and share < after[1]:
        cost += close[2] * (1 + min(abs(lower), 2.0)) * (close[1] - gap) / (close[1] - close[0])
    if gap < after[0] and share < after[1] and lower > after[4]:
        cost += after[3] * min(max(flatter - after[2], 0.0), 1.5)
    return cost


@compiled
def best_path(
    times: Signal,
    scores: Signal,
    heights: Signal,
    steeps: Signal,
    usual: Signal,
    close: Signal,
    after: Signal,
    pause: Signal,
) -> NDArray[np.bool_]:
    """Choose the beats among candidates: the subset with the highest sum of scores less the costs of its intervals.

    `times`: s, rising; `heights`, `steeps`: logarithms; `usual`: the interval to expect at each, s.
    `close`: no two beats within ``close[0]`` s; below ``close[1]`` s a pair costs up to ``close[2]`` times one plus the
    difference of its heights. `after`: within ``after[0]`` s, each logarithm by which the second is less steep than the
    first, beyond ``after[2]``, costs ``after[3]`` if it is lower, too, by ``after[4]``: a T wave. Both only below
    ``after[1]`` times the usual interval.
    `pause`: an interval of more than ``pause[0]`` times the usual costs ``pause[1]`` for each time more, at most
    ``pause[2]``. Dynamic programming, the best of all that is far back taken at once.
    """
    size = times.size
    best, before = np.empty(size), np.full(size, -1)
    leading = np.full(size + 1, -1)  # the best of all candidates up to here
    far = pause[0] + (pause[2] / pause[1] if pause[1] > 0 else 0.0)  # beyond that a longer interval costs no more
    for here in range(size):
        top, chosen = 0.0 if here < 8 else -1e18, -1
        for there in range(here - 1, -1, -1):
            gap = times[here] - times[there]
            longer, lower = gap / usual[here], heights[there] - heights[here]
            if longer > far:
                best_far = best[leading[there + 1]] - min(pause[2], pause[1] * far)
                if best_far > top:
                    top, chosen = best_far, leading[there + 1]
                break
            if gap < close[0]:
                continue
            cost = too_close(gap, longer, lower, steeps[there] - steeps[here], close, after)
            cost += min(pause[2], pause[1] * max(longer - pause[0], 0.0))
            if best[there] - cost > top:
                top, chosen = best[there] - cost, there
        best[here], before[here] = top + scores[here], chosen
        leading[here + 1] = here if leading[here] < 0 or best[here] > best[leading[here]] else leading[here]
    return _walked_back(best, before)


@compiled
def _walked_back(best: Signal, before: Places) -> NDArray[np.bool_]:
    """Mark the path that ends in the best of the last candidates: `best`, its sum so far; `before`, whom it follows."""
    size = best.size
    kept = np.zeros(size, np.bool_)
    at = -1
    for here in range(max(0, size - 8), size):
        if best[here] > (best[at] if at >= 0 else 0.0):
            at = here
    while at >= 0:
        kept[at] = True
        at = before[at]
    return kept


@compiled
def sorted_middle(values: Signal) -> float:
    """Return the median of a few values, which are sorted in place; of none, nought. numpy's loads slowly."""
    size = values.size
    for place in range(1, size):
        value, at = values[place], place
        while at > 0 and values[at - 1] > value:
            values[at] = values[at - 1]
            at -= 1
        values[at] = value
    return (values[(size - 1) // 2] + values[size // 2]) / 2 if size else 0.0


@compiled
def deflections(lead: Signal, places: Places, reach: int, around: int, half: int) -> Signal:
    """Return for each place what a lead does within `reach` samples: columns highest, where, lowest, where.

    Heights count from the median `around` the place; samples are means over `half` on each side. NaN is left out.
    """
    found = np.zeros((places.size, 4))
    level = np.empty(2 * around // (2 * half + 1) + 2)
    for row in range(places.size):
        place, count = places[row], 0
        for sample in range(max(0, place - around), min(lead.size, place + around + 1), 2 * half + 1):
            if math.isfinite(lead[sample]):
                level[count] = lead[sample]
                count += 1
        base = sorted_middle(level[:count])
        high, low, high_at, low_at = -np.inf, np.inf, place, place
        for middle in range(max(half, place - reach), min(lead.size - half, place + reach + 1)):
            total = 0.0
            for sample in range(middle - half, middle + half + 1):
                total += lead[sample]
            if total > high:
                high, high_at = total, middle
            if total < low:
                low, low_at = total, middle
        width = 2 * half + 1
        found[row, 0] = high / width - base if high > -np.inf else 0.0
        found[row, 2] = low / width - base if low < np.inf else 0.0
        found[row, 1], found[row, 3] = high_at, low_at
    return found
