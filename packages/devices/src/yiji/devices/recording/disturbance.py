"""What disturbs a lead: muscle noise, baseline wander and mains hum, each in mV, and a grade of it all.

Measured in stretches of two seconds; a lead's figure is the median over its stretches, so that a moment's artefact does
not condemn a lead and a long recording costs little more than a short one.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yiji.core.signal import Trace

GOOD: Mapping[str, float] = {
    "noise": 0.05,
    "wander": 0.5,
    "mains": 0.05,
}  # mV; beyond it a lead is told to be disturbed
SECONDS, MOST = 2.0, 120  # a stretch, and how many are looked at, evenly spread
MAINS_HZ = (50.0, 60.0)
MAINS_HALF = 0.75  # Hz on each side that count as hum
THIN = 3  # one sample of so many is enough for a median
APART = 0.004  # s; what turns within so long is noise
MEDIAN_OF_NORMAL = 0.6745  # of |x| against the standard deviation
_Cuts = _Leads = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Disturbance:
    """Of one lead, mV: `noise` root mean square, `wander` from lowest to highest, `mains` the hum's amplitude."""

    noise: float
    wander: float
    mains: float

    @property
    def grade(self) -> float:
        """Return 1 for a clean lead, 0.5 where one disturbance is as high as is still good, less beyond."""
        worst = max(getattr(self, name) / limit for name, limit in GOOD.items())
        return 1 / (1 + worst**2)


def disturbances(trace: Trace) -> tuple[Disturbance, ...]:
    """Return what disturbs each lead, in order; of a lead shorter than a stretch nothing can be told."""
    size = int(SECONDS * trace.rate)
    count = trace.size // size if size else 0
    if not count:
        return tuple(Disturbance(0.0, 0.0, 0.0) for _ in trace.leads)
    starts = [size * (number * count // min(count, MOST)) for number in range(min(count, MOST))]
    cuts = np.array([[trace.cut(lead, at, at + size) for at in starts] for lead in trace.leads], np.float64)
    figures = _figures(np.nan_to_num(cuts, copy=False, posinf=0.0, neginf=0.0), trace.rate)
    return tuple(Disturbance(*(float(figure) for figure in lead)) for lead in zip(*figures, strict=True))


def _figures(cuts: _Cuts, rate: float) -> tuple[_Leads, _Leads, _Leads]:
    """Return noise, wander and hum of each lead; `cuts` has shape (leads, stretches, samples)."""
    size = cuts.shape[2]
    levels = np.median(cuts[:, :, ::THIN], axis=2)
    window = np.hanning(size)
    power = np.abs(np.fft.rfft((cuts - levels[:, :, None]) * window)) ** 2 / (window**2).sum() * 2 / size  # mV^2 a bin
    hertz = np.arange(power.shape[2], dtype=np.float64) * rate / size
    hum = np.maximum(*(_hum(power, hertz, mains) for mains in MAINS_HZ))
    return _noise(cuts, rate), _wander(levels, cuts), hum


def _noise(cuts: _Cuts, rate: float) -> _Leads:
    """Return the noise by how far samples are off the middle of those 4 ms away; the few in a QRS do not decide."""
    step, size = max(1, round(APART * rate)), cuts.shape[2]
    if size <= 2 * step:
        return np.zeros(len(cuts))
    middle, before, after = (cuts[:, :, first : size - 2 * step + first : THIN] for first in (step, 0, 2 * step))
    off = np.median(np.abs(middle - (before + after) / 2), axis=2)
    return np.median(off, axis=1) / MEDIAN_OF_NORMAL / np.sqrt(1.5)


def _wander(levels: _Cuts, cuts: _Cuts) -> _Leads:
    """Return how far the level goes up and down: between stretches, and within them by halves."""
    half = cuts.shape[2] // 2
    halves = [np.median(part[:, :, ::THIN], axis=2) for part in (cuts[:, :, :half], cuts[:, :, half:])]
    low, high = np.quantile(np.concatenate([levels, *halves], axis=1), (0.05, 0.95), axis=1)
    return high - low


def _hum(power: _Cuts, hertz: _Leads, mains: float) -> _Leads:
    """Return the amplitude of the hum: what its bins hold more than those beside them."""
    own = np.abs(hertz - mains) <= MAINS_HALF
    beside = (np.abs(hertz - mains) <= 6.0) & ~own
    if not own.any() or not beside.any():
        return np.zeros(len(power))
    around = np.median(power[:, :, beside], axis=(1, 2)) * own.sum()
    more = np.median(power[:, :, own].sum(axis=2), axis=1) - around
    return np.sqrt(2 * np.maximum(0.0, more))
