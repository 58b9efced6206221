"""The beats of a long recording as a rhythm: intervals that can be used, runs, pairs, patterns, rates, pauses.

An interval can be used when both its beats are there and every second between them can be read in some lead.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yiji.core.contract.holter import HolterRun, RateMoment
from yiji.devices.analysis.signals.filters import Places, Signal

LONGEST = 20.0  # s, what is longer is not an interval between beats but a loss of signal
PAUSE = 2.0  # s
RATE_BEATS = 8  # intervals on end whose mean makes a heart rate
PATTERN = 3  # ectopic beats on end in the same pattern

Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Rhythm:
    """Beats in the order of time: seconds and letters (N S V F Q).

    `intervals[i]`: s from beat i - 1 to beat i, 0 for the first; `usable[i]` tells whether it can be used.
    """

    seconds: Signal
    labels: NDArray[np.str_]
    intervals: Signal
    usable: Flags

    @staticmethod
    def of(seconds: Signal, labels: NDArray[np.str_], readable: Flags) -> "Rhythm":
        """Make the rhythm of beats; `readable`: which seconds of the recording can be read."""
        intervals = np.diff(seconds, prepend=seconds[:1])
        lost = np.concatenate([[0], np.cumsum(~readable)])
        rows = np.clip(seconds.astype(np.int64), 0, readable.size - 1)
        before = np.concatenate([rows[:1], rows[:-1]])
        whole = lost[rows + 1] - lost[before] == 0
        usable = whole & (intervals > 0) & (intervals <= LONGEST)
        return Rhythm(seconds, labels, intervals, usable)

    @property
    def normal(self) -> Flags:
        """Tell which intervals are usable ones between two normal beats."""
        normal = self.labels == "N"
        return self.usable & normal & np.concatenate([[False], normal[:-1]])


def groups(rhythm: Rhythm, label: str) -> list[tuple[int, int]]:
    """Return first row and number of beats of every stretch of beats of one class on end."""
    hit = np.flatnonzero(rhythm.labels == label)
    if not hit.size:
        return []
    joined = (np.diff(hit) == 1) & rhythm.usable[hit[1:]]
    first = np.concatenate([[0], np.flatnonzero(~joined) + 1])
    sizes = np.diff(np.concatenate([first, [hit.size]]))
    return [(int(hit[row]), int(size)) for row, size in zip(first, sizes, strict=True)]


def runs(rhythm: Rhythm, label: str, shapes: Places) -> list[HolterRun]:
    """Return the runs of three or more; `shapes`: each beat's template or -1."""
    return [_run(rhythm, label, first, size, shapes) for first, size in groups(rhythm, label) if size >= 3]


def _run(rhythm: Rhythm, label: str, first: int, size: int, shapes: Places) -> HolterRun:
    begin, end = float(rhythm.seconds[first]), float(rhythm.seconds[first + size - 1])
    known = shapes[first : first + size]
    known = known[known >= 0]
    return HolterRun(
        at=begin,
        seconds=end - begin,
        beats=size,
        rate=60 * (size - 1) / (end - begin),
        label=label,
        template=int(np.bincount(known).argmax()) if known.size else None,
    )


def in_pattern(rhythm: Rhythm, every: int) -> int:
    """Return how many single VE come every so many beats (2: bigeminy, 3: trigeminy), at least three on end."""
    singles = np.array([first for first, size in groups(rhythm, "V") if size == 1], np.int64)
    total, length = 0, 1
    for step in (*np.diff(singles), 0):
        if step == every:
            length += 1
            continue
        total += length if length >= PATTERN else 0
        length = 1
    return total


def rates(rhythm: Rhythm) -> tuple[Signal, Signal]:
    """Return moments (s) and heart rates (/min): the mean of 8 usable intervals on end, at the last of them."""
    if rhythm.intervals.size <= RATE_BEATS:
        return np.empty(0), np.empty(0)
    windows = np.lib.stride_tricks.sliding_window_view(rhythm.intervals[1:], RATE_BEATS)
    whole = np.lib.stride_tricks.sliding_window_view(rhythm.usable[1:], RATE_BEATS).all(axis=1)
    return rhythm.seconds[RATE_BEATS:][whole], 60 * RATE_BEATS / windows.sum(axis=1)[whole]


def moment(moments: Signal, values: Signal, highest: bool) -> RateMoment | None:
    """Return the highest or lowest rate and when it was."""
    if not values.size:
        return None
    row = int(values.argmax() if highest else values.argmin())
    return RateMoment(at=float(moments[row]), rate=float(values[row]))
