"""What tells the kind of a beat: how it differs, in time and in shape, from the patient's own usual beat."""

import numpy as np
from numpy.typing import NDArray

from yiji.devices.analysis.signals.filters import Places, Signal, moving_mean, running_median

Shapes = NDArray[np.float32]  # (beats, leads, samples)

RATE = 125.0  # samples a second of a shape
BEFORE, SIZE = 40, 100  # samples before the fiducial point, and in all
SPANS = np.array([25, 65, 65, 95, 6, 30])  # first and last sample of QRS, of ST and T, and of P
REACH = 3  # samples that a beat may be moved to fit
NEW, SURE, MOST = 0.9, 0.97, 48  # see `kernels_classes.kinds`
OWN = (
    "before",
    "after",
    "earlier",
    "later",
    "log_after_before",
    "both",
    "log_before_earlier",
    "surprise",
    "shortest",
    "unrest",
    "usual",
    "qrs",
    "size",
    "st",
    "st_size",
    "p",
    "p_size",
    "least",
    "width",
    "wider",
    "widest",
    "difference",
    "as_before",
    "as_after",
    "noise",
    "p_usual",
    "p_lack",
)
NAMES = (*OWN, "kind_share", *(f"kind_{name}" for name in OWN))
TOGETHER = 512  # beats that are compared with one usual beat
NEAR = 17  # intervals whose median is the usual one
LONG, LONE = 255, 0.1  # of so many intervals around, less than this share between usual beats: those are not asked
EVEN = 0.02  # by which share of itself the interval of an even rhythm differs all the same
FREQUENT, EARLY_COSTS = 0.2, 6.0  # of the most frequent kind's share; of what makes a kind the usual one
LEADS = ("II", "V1", "V5")  # of more than three leads these tell beats apart


def leads_used(names: tuple[str, ...]) -> list[int]:
    """Return the leads whose shapes are compared: all of up to three, else those that tell most, else the first."""
    known = [names.index(name) for name in LEADS if name in names]
    return list(range(len(names))) if len(names) <= 3 else known or [0, 1, 2]


def shapes_of(signal: Signal, places: Places, rate: float) -> Shapes:
    """Return the beats' shapes, (beats, leads, `SIZE`), at `RATE`; `signal` in mV, shape (samples, leads)."""
    from yiji.devices.analysis.beats.kernels_classes import cut

    return cut(np.ascontiguousarray(signal), places, rate / RATE, BEFORE, SIZE)


def features(shapes: Shapes, times: Signal) -> tuple[Signal, Places]:
    """Return a row of numbers (called `NAMES`) for each beat, and its kind (a small number).

    `times`: s, rising, three at least.
    """
    from yiji.devices.analysis.beats.kernels_classes import compare, kinds

    kind = kinds(shapes, SPANS[0], SPANS[1], REACH, NEW, SURE, MOST)
    counts = np.bincount(kind)
    usual = kind == _usual_kind(shapes, times, kind, counts)
    means, which = _usual_beats(shapes, usual)
    table = compare(shapes, means, which, SPANS, REACH)
    p = table[:, 4]
    p_usual = np.interp(times, times[usual], running_median(p[usual], NEAR))
    own = np.column_stack([_timing(times, usual), table, p_usual, p_usual - p])
    of_kind = [_by_kind(column, kind, counts) for column in own.T]
    return np.column_stack([own, np.log(counts / kind.size)[kind], *of_kind]), kind


def _by_kind(values: Signal, kind: Places, counts: Places) -> Signal:
    """Return for each beat the mean over its kind."""
    return (np.bincount(kind, values) / np.maximum(counts, 1))[kind]


def _usual_kind(shapes: Shapes, times: Signal, kind: Places, counts: Places) -> int:
    """Return the patient's usual kind: frequent, not early, and narrow (of ectopic beats there may be more)."""
    from yiji.devices.analysis.beats.kernels_classes import spread_of_slope

    gaps = np.diff(times)
    early = np.ones(times.size)  # the interval before, against the mean of that and the one after
    early[1:-1] = 2 * gaps[:-1] / (gaps[:-1] + gaps[1:])
    best, score = 0, -np.inf
    for one in np.flatnonzero(counts >= FREQUENT * counts.max()):
        mean = shapes.mean(axis=0, where=(kind == one)[:, None, None])
        width = np.mean([spread_of_slope(mean, lead, SPANS[0], SPANS[1]) for lead in range(len(mean))])
        here = np.log(counts[one]) + EARLY_COSTS * min(0.0, early[kind == one].mean() - 0.95) - 3 * np.log(width + 0.5)
        if here > score:
            best, score = int(one), here
    return best


def _timing(times: Signal, usual: NDArray[np.bool_]) -> Signal:
    """Return intervals before and after as shares of the usual one, and how regular and fast the rhythm is.

    The usual interval is the one from usual beat to usual beat around there, so that runs do not count for it.
    """
    gaps = np.diff(times)
    sound, even = usual[1:] & usual[:-1], gaps.copy()
    lone = moving_mean(sound.astype(np.float64), LONG) < LONE  # as in bigeminy, or while another kind is the usual
    even[lone] = ((gaps + np.append(gaps[1:], gaps[-2:-1])) / 2)[lone]  # a pair of intervals is even, whatever each is
    sound |= lone
    medians = running_median(even[sound], NEAR)
    expected = np.interp(times[1:], times[1:][sound], medians)
    unrest = np.interp(times, times[1:][sound], running_median(np.abs(even[sound] / medians - 1), NEAR))
    shares = gaps / expected
    before, after = np.append(1.0, shares), np.append(shares, 1.0)
    earlier, later = np.append(1.0, before[:-1]), np.append(after[1:], 1.0)
    return np.column_stack(
        [
            before,
            after,
            earlier,
            later,
            np.log(after / before),
            before + after,
            np.log(before / earlier),
            (1 - before) / (unrest + EVEN),
            before / _least_around(before),
            unrest,
            np.append(expected[0], expected),
        ]
    )


def _least_around(values: Signal) -> Signal:
    """Return the least of the eight values before and the eight after each."""
    around = np.lib.stride_tricks.sliding_window_view(np.pad(values, 8, constant_values=1.0), 17)
    return np.minimum(around[:, :8].min(axis=1), around[:, 9:].min(axis=1))


def _usual_beats(shapes: Shapes, usual: NDArray[np.bool_]) -> tuple[Shapes, Places]:
    """Return the mean of the usual beats of each stretch (of the whole where it has few), and each beat's stretch."""
    whole = shapes.mean(axis=0, where=usual[:, None, None])  # without a copy
    means: list[Shapes] = []
    for first in range(0, len(shapes), TOGETHER):
        near = slice(max(0, first - TOGETHER // 2), first + TOGETHER + TOGETHER // 2)
        members = shapes[near][usual[near]]
        means.append(members.mean(axis=0) if len(members) >= 16 else whole)
    return np.stack(means), np.arange(len(shapes)) // TOGETHER
