"""Samples as the whole numbers that files hold: those of the device where they fit, else rounded, and by how much."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yiji.core.signal import Recording

# mV a count, the finest that holds the peak is taken
_STEPS = (0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05)
_MOST_COUNT = 32000


@dataclass(frozen=True, eq=False)
class Whole:
    """Counts of `bits` bits, shape (samples, leads): a sample is count * scale + offset mV, the lowest count a gap.

    `rounded`: how far a sample can be from the recording's, in mV; 0 where these are the recording's own counts.
    """

    counts: NDArray[Any]
    scale: NDArray[np.float64]
    offset: NDArray[np.float64]
    bits: int
    rounded: float

    @property
    def gap(self) -> int:
        """The count that stands for "no valid sample"."""
        return -(1 << self.bits - 1)


def whole(recording: Recording, most_bits: int = 16) -> Whole:
    """Return the recording's counts if they fit into at most so many bits (16, 24 or 32), else 16-bit ones."""
    leads = len(recording.leads)
    scale, offset = np.broadcast_to(recording.scale, leads), np.broadcast_to(recording.offset, leads)
    if np.issubdtype(recording.counts.dtype, np.integer):
        low, high = _range(recording)
        for bits in (16, 24, 32):
            if bits <= most_bits and -(1 << bits - 1) < low and high < 1 << bits - 1:
                return Whole(_fitted(recording, bits), scale, offset, bits, 0.0)
    return _rounded(recording)


def _range(recording: Recording) -> tuple[int, int]:
    """Return the lowest and the highest valid count."""
    low, high = 0, 0
    for part in _stretches(recording.counts):
        valid = part if recording.gap is None else part[part != recording.gap]
        low, high = min(low, int(valid.min(initial=0))), max(high, int(valid.max(initial=0)))
    return low, high


def _stretches(counts: NDArray[Any], step: int = 1 << 18) -> list[NDArray[Any]]:
    return [counts[first : first + step] for first in range(0, len(counts), step)]


def _fitted(recording: Recording, bits: int) -> NDArray[Any]:
    """Return the counts with the gap that goes with so many bits; the very same array where nothing changes."""
    dtype, gap = np.dtype("<i2" if bits == 16 else "<i4"), -(1 << bits - 1)
    if recording.gap in (None, gap):
        return recording.counts if recording.counts.dtype == dtype else recording.counts.astype(dtype)
    return np.where(recording.counts == recording.gap, gap, recording.counts).astype(dtype)


def _rounded(recording: Recording) -> Whole:
    leads, step = len(recording.leads), _step(recording)
    counts = np.empty((recording.samples, leads), "<i2")
    for first, block in recording.blocks():
        valid = np.isfinite(block)
        counts[first : first + len(block)] = np.where(valid, np.rint(np.where(valid, block, 0.0) / step), -32768)
    return Whole(counts, np.full(leads, step), np.zeros(leads), 16, step / 2)


def _step(recording: Recording) -> float:
    peaks = [np.max(np.abs(block), initial=0.0, where=np.isfinite(block)) for _, block in recording.blocks()]
    peak = float(max(peaks, default=0.0))
    return next((step for step in _STEPS if peak <= step * _MOST_COUNT), peak / _MOST_COUNT)
