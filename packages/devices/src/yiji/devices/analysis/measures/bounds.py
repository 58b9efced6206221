"""Where P, QRS and T begin and end in the median beat, over all leads.

QRS: the spatial speed of the leads falls to rest on both sides. P and T: the waves are told apart by where all leads
together are high in the cycle; then the leads tell where each ends on both sides (`ends`).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yiji.devices.analysis.measures.ends import End, end_of
from yiji.devices.analysis.measures.median import MedianBeat
from yiji.devices.analysis.measures.qrs import qrs_bounds
from yiji.devices.analysis.measures.spatial import Waves, smooth
from yiji.devices.analysis.signals.filters import Signal, soft_low_pass

LIKE_HZ = 30.0  # low-pass under which single P waves are compared
PR_REACH = 0.36  # s before the QRS in which the P wave is looked for
P_WIDE = 0.1  # s, a bump wider than this at half its height is no P
FAR_HIGHER = 1.6  # times, and an earlier bump is the P
P_HALF = 0.11  # s, how far from its top a P may reach
T_LATEST = 0.62  # s at 60 /min, with the root of RR: the latest that the top of T may come after the QRS's begin
T_USUAL = 0.45  # ... and the latest at which a lone bump is one
P_ALIKE = 0.5  # the median beat-to-beat likeness that makes a bump a P wave ...
P_SURE = 4.0  # ... or so many standard errors of the mean likeness to the other beats
HINT = 2.0  # log odds at most that T's foot says about how soft P's are
_NO_P = (None, None, 0.0)


@dataclass(frozen=True, slots=True)
class Bounds:
    """Places in the median beat, in samples and parts of them; None where a wave could not be found.

    `p_rough`, `t_rough`: how unlike the flanks are those by which the places were told, as shares of their height.
    """

    qrs_on: float
    qrs_off: float
    p_on: float | None = None
    p_off: float | None = None
    t_off: float | None = None
    t_on: float | None = None  # about where T leaves the ST segment
    p_rough: float = 0.0
    t_rough: float = 0.0


def find_bounds(beat: MedianBeat) -> Bounds | None:
    """Return the bounds of the median beat's waves; None when not even a QRS stands out."""
    qrs = qrs_bounds(beat)
    if qrs is None:
        return None
    waves = smooth(beat, qrs[0])
    p_top = _p_top(beat, waves, qrs[0])
    t_top = _t_top(beat, waves, qrs, p_top)
    alone = p_top is not None and (t_top is None or waves.height[t_top] < waves.height[p_top] / 2)
    if p_top is not None and alone and _early(beat, qrs[0], p_top):
        p_top, t_top = None, _t_top(beat, waves, qrs, None)
    t_end = _t_end(beat, waves, qrs, t_top, p_top)
    t_off = t_end.place(t_end.soft) if t_end else None
    hint = max(-HINT, min(HINT, t_end.soft)) if t_end else 0.0
    p_on, p_off, p_rough = _p_bounds(beat, waves, qrs[0], p_top, t_off, hint)
    t_rough = t_end.rough(t_off) if t_end and t_off is not None else 0.0
    return Bounds(*qrs, p_on, p_off, t_off, p_rough=p_rough, t_rough=t_rough)


def usual_bounds(beat: MedianBeat, found: Bounds) -> Bounds:
    """Return bounds of P and T that hold nearly every heart's, around the QRS that was found."""
    rate, on = beat.rate, found.qrs_on
    return Bounds(on, found.qrs_off, on - 0.28 * rate, on - 0.02 * rate, on + 0.58 * rate * beat.rr**0.5)


def _p_top(beat: MedianBeat, waves: Waves, qrs_on: float) -> int | None:
    """Return the top of the last bump before the QRS; of one before it that is far higher, unless that may be a T."""
    rate, height = waves.rate, waves.height
    found: int | None = None
    for top in _bumps(height, max(0, int(qrs_on - PR_REACH * rate)), int(qrs_on - 0.016 * rate), waves.least):
        if _width(height, top) > P_WIDE * rate:
            break
        if found is None or (height[top] > FAR_HIGHER * height[found] and not _early(beat, qrs_on, top)):
            found = top
    return found


def _bumps(height: Signal, first: int, last: int, least: float) -> Iterator[int]:
    """Yield the tops of the bumps between two places, from the last on: each twice as high as what is beside it."""
    top, low = None, np.inf
    for place in range(last, first, -1):
        here = float(height[place])
        if top is None:
            low = min(low, here)
            top = place if here > max(least, 2 * low) else None
        elif here > height[top]:
            top = place
        elif here < height[top] / 2:
            yield top
            top, low = None, here
    if top is not None and top > first + 1:
        yield top


def _early(beat: MedianBeat, qrs_on: float, top: int) -> bool:
    """Say whether what stands before the QRS comes so soon after the QRS before it that it may be its T."""
    return top + _cycle(beat) - qrs_on < T_USUAL * beat.rate * beat.rr**0.5


def _width(height: Signal, top: int) -> int:
    """Return how wide a bump is at half its height, in samples."""
    under = np.flatnonzero(height < height[top] / 2)
    before, after = under[under < top], under[under > top]
    return int((after[0] if after.size else height.size) - (before[-1] if before.size else 0))


def _valley(waves: Waves, top: int) -> int:
    """Return the lowest place before a bump, as far back as nothing is twice as high as it."""
    before = waves.height[top::-1]
    lowest = np.minimum.accumulate(before)
    rises = np.flatnonzero(before > np.maximum(waves.least, 2 * lowest))
    return top - int(np.argmin(before[: rises[0]] if rises.size else before))


def _cycle(beat: MedianBeat) -> int:
    return round(beat.rr * beat.rate)


def _t_top(beat: MedianBeat, waves: Waves, qrs: tuple[float, float], p_top: int | None) -> int | None:
    """Return the top of T: the highest between the QRS and the next P (or QRS)."""
    rate = beat.rate
    next_wave = (qrs[0] - 0.04 * rate if p_top is None else _valley(waves, p_top)) + _cycle(beat)
    latest = qrs[0] + T_LATEST * rate * beat.rr**0.5
    first, last = int(qrs[1] + 0.03 * rate), int(min(next_wave, latest, waves.height.size - 2))
    top = waves.top(first, last)
    return None if top is None or top >= last - 1 else top


def _t_end(
    beat: MedianBeat, waves: Waves, qrs: tuple[float, float], t_top: int | None, p_top: int | None
) -> End | None:
    if t_top is None:
        return None
    end = (_valley(waves, p_top) if p_top is not None else int(qrs[0] - 0.02 * beat.rate)) + _cycle(beat)
    return end_of(waves, int(qrs[1] + 0.02 * beat.rate), min(end, waves.height.size - 1), t_top)


def _p_bounds(
    beat: MedianBeat, waves: Waves, qrs_on: float, p_top: int | None, t_off: float | None, hint: float
) -> tuple[float | None, float | None, float]:
    """Return where P begins and ends, and how rough it is.

    Both sides together, and a little T (`hint`), tell how soft its feet are.
    """
    if p_top is None:
        return _NO_P
    rate, end = beat.rate, waves.height.size - 1
    before = max(0, p_top - int(P_HALF * rate), round(t_off) - _cycle(beat) if t_off is not None else 0)
    first, last = waves.low(min(before, p_top), p_top), waves.low(p_top, min(int(qrs_on), p_top + int(P_HALF * rate)))
    right, left = end_of(waves, first, last, p_top), end_of(waves.turned(), end - last, end - first, end - p_top)
    if right is None or left is None:
        return _NO_P
    soft = left.soft + right.soft + hint
    p_on, p_off = end - left.place(soft), min(right.place(soft), qrs_on)
    rough = max(left.together.rough, right.together.rough)
    return (p_on, p_off, rough) if p_off > p_on and _is_p(beat, p_on, p_off) else _NO_P


def _is_p(beat: MedianBeat, p_on: float, p_off: float) -> bool:
    """Say whether the bump before the QRS comes with every beat, as a P does and fibrillation does not."""
    if np.median(p_likeness(beat, p_on, p_off)) >= P_ALIKE:
        return True
    rows = _atrial(beat, p_on, p_off)
    count = len(rows)
    if count < 4:
        return False
    others = (rows.sum(axis=0) - rows) / (count - 1)
    shares = (rows * others).sum(axis=1) / (np.linalg.norm(others, axis=1) + 1e-12)
    return bool(shares.mean() > P_SURE * shares.std(ddof=1) / np.sqrt(count))


def _atrial(beat: MedianBeat, p_on: float, p_off: float) -> Signal:
    """Return each member beat's stretch between two places, all leads in one row."""
    window = soft_low_pass(beat.members, beat.rate, LIKE_HZ)[:, :, max(0, round(p_on)) : round(p_off) + 1]
    return (window - window.mean(axis=2, keepdims=True)).reshape(len(window), -1)


def p_likeness(beat: MedianBeat, p_on: float, p_off: float) -> NDArray[np.float64]:
    """Return for each member beat how alike (-1..1) its stretch between two places is to the median beat's, all leads.

    What comes before every QRS alike is a P wave; the waves of atrial fibrillation only seem to be one in the median.
    """
    rows = _atrial(beat, p_on, p_off)
    wave = np.median(rows, axis=0)
    return rows @ wave / (np.linalg.norm(rows, axis=1) * np.linalg.norm(wave) + 1e-12)
