"""The intervals of a long recording as pictures need them: histogram, pairs, shortest and longest of each 10 s."""

import numpy as np

from yiji.core.contract.holter import RrHistogram, RrPairs
from yiji.devices.analysis.holter.rhythm import Rhythm
from yiji.devices.analysis.holter.spans import as_bytes
from yiji.devices.analysis.signals.filters import Places, Signal

HISTOGRAM_MS, HISTOGRAM_TO = 20, 2500
PAIRS_FROM, PAIRS_MS, PAIRS = 200, 20, 90  # to 2000 ms
SLOT = 10.0  # s


def histogram(rhythm: Rhythm) -> RrHistogram:
    """Return how often which usable interval occurs."""
    bins = HISTOGRAM_TO // HISTOGRAM_MS
    rows = np.minimum((rhythm.intervals[rhythm.usable] * 1000 / HISTOGRAM_MS).astype(np.int64), bins)
    counts = np.bincount(rows, minlength=bins + 1)
    return RrHistogram(bin_ms=HISTOGRAM_MS, counts=tuple(int(count) for count in counts))


def pairs(rhythm: Rhythm) -> RrPairs:
    """Return how often which interval between normal beats follows which."""
    normal = rhythm.normal
    rows = _bins(rhythm.intervals)
    both = np.flatnonzero(normal[1:] & normal[:-1])
    counts = np.bincount(rows[both] * PAIRS + rows[both + 1], minlength=PAIRS * PAIRS)
    return RrPairs(first_ms=PAIRS_FROM, bin_ms=PAIRS_MS, bins=PAIRS, counts=as_bytes(counts.astype(np.float64)))


def _bins(intervals: Signal) -> Places:
    return np.clip((1000 * intervals - PAIRS_FROM) // PAIRS_MS, 0, PAIRS - 1).astype(np.int64)


def extremes(rhythm: Rhythm, seconds: float) -> tuple[bytes, bytes]:
    """Return the shortest and the longest usable interval that ends in each ten seconds (int16, ms; 0: none)."""
    slots = max(1, int(np.ceil(seconds / SLOT)))
    rows = np.minimum((rhythm.seconds / SLOT).astype(np.int64), slots - 1)[rhythm.usable]
    shortest, longest = np.full(slots, np.inf), np.zeros(slots)
    np.minimum.at(shortest, rows, 1000 * rhythm.intervals[rhythm.usable])
    np.maximum.at(longest, rows, 1000 * rhythm.intervals[rhythm.usable])
    shortest[~np.isfinite(shortest)] = 0
    return as_bytes(shortest), as_bytes(longest)
