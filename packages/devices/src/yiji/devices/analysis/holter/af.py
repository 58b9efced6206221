"""Atrial fibrillation over a long recording, from the intervals alone.

The measure is that of Petrenas, Marozas and Sornmo 2015 (recalled): how many of the pairs among eight intervals on end
differ, against the mean interval, with bigeminy put down by the ratio of median to mean. Ectopic patterns that it still
takes for AF change less from beat to beat than AF does, so the mean change over a minute's beats must be high as well.
What cannot be told from intervals alone (a flutter with a varying block, frequent atrial ectopy) may pass for AF.
"""

import numpy as np
from numpy.typing import NDArray

from yiji.core.contract.holter import AfEpisode
from yiji.devices.analysis.signals.filters import Places, Signal

WINDOW, DIFFER = 8, 0.03  # intervals on end; s, from which two differ
FORGET, BIGEMINY = 0.02, 2e-4  # of the exponential means, run both ways; below the latter a rhythm is not bigeminal
IRREGULAR = 0.725
AROUND, CHANGE, MOST_CHANGE = 64, 0.12, 0.3  # beats; mean change against the mean interval; a single change at most
LEAST_SECONDS, BRIDGED = 30.0, 30.0  # an episode is no shorter; a shorter gap between two is bridged
FEWEST = 20  # intervals

Flags = NDArray[np.bool_]


def in_af(intervals: Signal) -> Flags:
    """Tell which intervals (s, between beats that are not ventricular) are those of AF."""
    if intervals.size < FEWEST:
        return np.zeros(intervals.size, np.bool_)
    usual = _windows_mean(intervals, AROUND)
    change = np.abs(np.diff(intervals, prepend=intervals[:1])) / usual
    steady = _windows_mean(np.minimum(change, MOST_CHANGE), AROUND)
    return (irregularity(intervals) > IRREGULAR) & (steady > CHANGE)


def irregularity(intervals: Signal) -> Signal:
    """Return the measure of Petrenas, one value an interval; 0 to about 1.6, the more the more irregular."""
    lags = _around(intervals, WINDOW)
    differing = np.zeros(intervals.size)
    for one in range(WINDOW):
        for other in range(one + 1, WINDOW):
            differing += np.abs(lags[:, one] - lags[:, other]) > DIFFER
    pairs = WINDOW * (WINDOW - 1) / 2
    measure = _smooth(differing / pairs) / _smooth(intervals)
    medians = np.median(_around(intervals, 3), axis=1)
    ratio = _around(medians, WINDOW).sum(axis=1) / lags.sum(axis=1)
    bigeminal = _smooth((ratio - 1) ** 2)
    return np.where(bigeminal >= BIGEMINY, measure, bigeminal)


def _around(values: Signal, width: int) -> Signal:
    padded = np.pad(values, (width // 2, width - 1 - width // 2), mode="reflect")  # a pattern goes on
    return np.lib.stride_tricks.sliding_window_view(padded, width)


def _windows_mean(values: Signal, width: int) -> Signal:
    sums = np.concatenate([[0.0], np.cumsum(values)])
    rows = np.arange(values.size)
    first, last = np.maximum(0, rows - width // 2), np.minimum(values.size, rows + width // 2)
    return (sums[last] - sums[first]) / (last - first)


def _smooth(values: Signal) -> Signal:
    """Return the exponential mean, forwards and then backwards."""
    return _forwards(_forwards(values)[::-1])[::-1]


def _forwards(values: Signal) -> Signal:
    from yiji.devices.analysis.holter.kernels import follow

    return follow(np.ascontiguousarray(values), FORGET)


def episodes(seconds: Signal, flags: Flags, usable: Flags) -> tuple[AfEpisode, ...]:
    """Return the episodes among beats at `seconds`; `flags`: the interval that ends at a beat is AF's.

    `usable`: whether the interval that ends at a beat can be used; an episode ends where the signal cannot be read.
    """
    found: list[list[int]] = []
    for first, last in _stretches(flags):
        bridged = found and seconds[first] - seconds[found[-1][1]] < BRIDGED and usable[found[-1][1] + 1 : first].all()
        if bridged:
            found[-1][1] = last
        else:
            found.append([first, last])
    long = [(first, last) for first, last in found if seconds[last] - seconds[max(first - 1, 0)] >= LEAST_SECONDS]
    return tuple(_episode(seconds, max(first - 1, 0), last) for first, last in long)


def _episode(seconds: Signal, first: int, last: int) -> AfEpisode:
    length = float(seconds[last] - seconds[first])
    return AfEpisode(at=float(seconds[first]), seconds=length, rate=60 * (last - first) / length)


def _stretches(flags: Flags) -> list[tuple[int, int]]:
    """Return first and last row of every stretch of true flags."""
    edges = np.diff(np.concatenate([[0], flags.astype(np.int8), [0]]))
    pairs = zip(np.flatnonzero(edges > 0), np.flatnonzero(edges < 0) - 1, strict=True)
    return [(int(first), int(last)) for first, last in pairs]


def find_af(seconds: Signal, labels: NDArray[np.str_], usable: Flags) -> tuple[AfEpisode, ...]:
    """Return the AF episodes of beats at `seconds` with letters; `usable[i]`: the interval that ends at beat i."""
    intervals = np.diff(seconds, prepend=seconds[:1])
    ventricular = (labels == "V") | (labels == "F")
    taken = usable & ~ventricular & ~np.concatenate([[True], ventricular[:-1]])
    rows: Places = np.flatnonzero(taken)
    flags = np.zeros(seconds.size, np.bool_)
    flags[rows] = in_af(intervals[rows])
    return episodes(seconds, _filled(flags, rows), usable)


def _filled(flags: Flags, rows: Places) -> Flags:
    """Let beats that were left out belong to AF when the beats before and after do."""
    if not rows.size:
        return flags
    places = np.arange(flags.size)
    before = np.clip(np.searchsorted(rows, places, side="right") - 1, 0, rows.size - 1)
    after = np.clip(np.searchsorted(rows, places), 0, rows.size - 1)
    return flags[rows[before]] & flags[rows[after]]
