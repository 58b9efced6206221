"""ST levels minute by minute, from the mean normal beat of each minute, and the episodes in which they stay away.

The level is taken 60 ms after the end of the QRS (20 ms mean) against the quiet stretch just before it. The bounds of
the QRS are those of the recording's median beat over all leads, so that a level does not move because a bound does. An
episode is a deviation of 100 uV from the lead's median level over at least a minute (after the European ST-T and
long-term ST databases, recalled). A minute whose QRS has another shape has no level. A change of posture can do the
same as ischaemia; a doctor has to tell them apart.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yiji.core.contract.holter import NO_LEVEL, StEpisode
from yiji.devices.analysis.holter.stream import Found
from yiji.devices.analysis.signals.filters import Signal, moving_mean

FEWEST = 10  # beats of a minute
AFTER_J, HALF = 0.060, 0.010  # s
QUIET, QUIET_SECONDS = 0.004, 0.020  # s before the QRS where the quiet stretch ends; its length
SEARCH = (0.12, 0.16)  # s before and after the R peak in which the QRS must begin and end
STEEP, CALM_SECONDS = 0.10, 0.012  # share of the steepest slope; the QRS ends where it stays below for so long
ALIKE = 0.9  # likeness from which the QRS of two minutes is the same
DEVIATION = 100.0  # uV
GAP = 2  # minutes without deviation that do not end an episode


@dataclass(frozen=True, eq=False)
class StTrend:
    """`levels`: uV, shape (leads, minutes), NaN where there is none."""

    leads: tuple[str, ...]
    levels: Signal

    def as_bytes(self) -> bytes:
        """Return the levels as the contract has them."""
        whole = np.clip(np.rint(self.levels), -32767, 32767)
        return np.where(np.isfinite(whole), whole, NO_LEVEL).astype("<i2").tobytes()


def st_trend(found: Found, leads: tuple[str, ...]) -> StTrend:
    """Return the ST level of every lead and minute."""
    enough = found.minute_counts >= FEWEST
    counts = np.where(enough, found.minute_counts, np.nan)
    beats: Signal = 1000 * found.minute_sums / counts[:, :, None]
    bounds = qrs_bounds(found)
    if bounds is None:
        return StTrend(leads, np.full((len(leads), len(beats)), np.nan))
    rate, (begin, end) = found.rate, bounds
    quiet = slice(max(0, begin - int((QUIET + QUIET_SECONDS) * rate)), max(1, begin - int(QUIET * rate)))
    late = slice(end + round((AFTER_J - HALF) * rate), end + round((AFTER_J + HALF) * rate) + 1)
    levels = beats[:, :, late].mean(axis=2) - beats[:, :, quiet].mean(axis=2)
    levels[~conducted_alike(beats[:, :, begin : end + 1])] = np.nan
    return StTrend(leads, levels.T)


def conducted_alike(complexes: Signal) -> NDArray[np.bool_]:
    """Tell which minutes' QRS, shape (minutes, leads, samples), are like the median one over the leads that are there.

    After another QRS the ST segment is another one too, and says nothing of ischaemia.
    """
    flat = complexes - complexes.mean(axis=2, keepdims=True)
    usual = np.stack([_median(lead[np.isfinite(lead[:, 0])]) for lead in np.moveaxis(flat, 1, 0)])
    both = usual * np.isfinite(flat)
    here = np.nan_to_num(flat)
    power = np.sqrt((here**2).sum(axis=(1, 2)) * (both**2).sum(axis=(1, 2))) + 1e-12
    return np.asarray((here * both).sum(axis=(1, 2)) / power >= ALIKE)


def _median(rows: Signal) -> Signal:
    middle = np.zeros(rows.shape[1], np.float64)
    if rows.size:
        np.median(rows, axis=0, out=middle)
    return middle


def qrs_bounds(found: Found) -> tuple[int, int] | None:
    """Return the samples of a kept beat at which its QRS begins and ends, over all leads; None without normal beats."""
    enough = found.minute_counts >= FEWEST
    if not enough.any():
        return None
    shapes = [
        np.median(found.minute_sums[able, lead] / found.minute_counts[able, lead, None], axis=0)
        for lead, able in enumerate(enough.T)
        if able.any()
    ]
    slope = np.sqrt((np.gradient(np.stack(shapes), axis=1) ** 2).sum(axis=0))
    return _bounds(moving_mean(slope, max(1, round(0.008 * found.rate))), found.at, found.rate)


def _bounds(slope: Signal, at: int, rate: float) -> tuple[int, int]:
    first, last = max(0, at - int(SEARCH[0] * rate)), min(slope.size - 1, at + int(SEARCH[1] * rate))
    limit = np.median(slope) + STEEP * (slope[first:last].max() - np.median(slope))
    calm = max(1, round(CALM_SECONDS * rate))
    return _walk(slope, at, first, -1, limit, calm), _walk(slope, at, last, 1, limit, calm)


def _walk(slope: Signal, at: int, end: int, step: int, limit: float, calm: int) -> int:
    """Walk from the R peak until the slope stays below the limit; return the first sample that is."""
    below = 0
    for place in range(at, end, step):
        below = below + 1 if slope[place] < limit else 0
        if below >= calm:
            return place - step * (calm - 1)
    return end


def st_episodes(trend: StTrend) -> list[StEpisode]:
    """Return the episodes of all leads, in the order of time."""
    found = [
        _episode(name, levels, first, last)
        for name, levels in zip(trend.leads, _deviations(trend.levels), strict=True)
        for first, last in _stretches(levels)
    ]
    return sorted(found, key=lambda one: (one.at, one.lead))


def _deviations(levels: Signal) -> Signal:
    out = np.zeros(levels.shape)
    for row, lead in enumerate(levels):
        there = np.isfinite(lead)
        if there.any():
            out[row, there] = lead[there] - np.median(lead[there])
    return out


def _stretches(levels: Signal) -> list[tuple[int, int]]:
    """Return first and last minute of the stretches on one side of the reference; short gaps are bridged."""
    found: list[tuple[int, int]] = []
    for minute in np.flatnonzero(np.abs(levels) >= DEVIATION):
        near = found and minute - found[-1][1] <= GAP + 1 and levels[minute] * levels[found[-1][1]] > 0
        if near:
            found[-1] = (found[-1][0], int(minute))
        else:
            found.append((int(minute), int(minute)))
    return found


def _episode(lead: str, levels: Signal, first: int, last: int) -> StEpisode:
    peak = first + int(np.argmax(np.abs(levels[first : last + 1])))
    return StEpisode(
        lead=lead,
        at=60.0 * first,
        seconds=60.0 * (last - first + 1),
        microvolts=int(np.clip(levels[peak], -32767, 32767)),
        peak_at=60.0 * peak,
    )
