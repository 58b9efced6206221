"""Where a wave leaves the level: its flank followed down to nothing, lead by lead, then all leads together.

A wave leaves the level so softly that its first and last stretch drown in any noise. So its flank, seen well between a
tenth and eight tenths of its height, is drawn on to where it must reach nothing: as a part of a cosine and as a part of
a sine, each by a weighted straight line, and all leads together tell which it is. Each foot knows its error.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from yiji.devices.analysis.signals.filters import Signal

HIGH, LOW = 0.8, 0.09  # shares of the height between which a flank is fitted
NOISE_TIMES = 2.0  # ... and from so many times the noise on
LEAST_SAMPLES = 4
SPREAD = 0.003  # s, how far the leads' own feet lie apart; what a lead tells beyond that is its noise
CONFIRMED = 6  # of so many leads, one more has to reach as far


class Foot(NamedTuple):
    """A place in samples, its standard error, and how badly the flank fits (chi squared)."""

    place: float
    error: float
    misfit: float


class Flank(NamedTuple):
    """One lead's foot, as of a cosine and as of a sine; what share of the height, beyond noise, is like neither."""

    cosine: Foot
    sine: Foot
    rough: float


def flank_of(course: Signal, top: int, noise: float, independent: float) -> Flank | None:
    """Return where a wave reaches nothing that is given from its top outwards, positive; None when it never falls.

    `top`: the place of its first sample. `noise`: its standard deviation, mV; `independent`: samples that are one
    independent value after smoothing.
    """
    share, scatter = course / course[0], max(noise / float(course[0]), 1e-4)
    below = np.flatnonzero(share < HIGH)
    ends = np.flatnonzero(share < max(LOW, NOISE_TIMES * scatter))
    if not below.size:
        return None
    first, end = max(0, int(below[0]) - 1), int(ends[0]) if ends.size else int(np.argmin(share))
    seen = np.clip(share[first : max(end, first + LEAST_SAMPLES)], 1e-3, 1.0)
    if seen.size < LEAST_SAMPLES:
        return None
    places = np.arange(first, first + seen.size, dtype=np.float64) + top
    wide = scatter * math.sqrt(independent)
    cosine, sine = (_line(places, seen, *turn(seen), wide) for turn in (_as_cosine, _as_sine))
    missed = min(cosine.misfit, sine.misfit) * wide**2 / seen.size
    return Flank(cosine, sine, math.sqrt(max(0.0, missed - scatter**2)))


def _as_cosine(share: Signal) -> tuple[Signal, Signal]:
    """Return the phase (0 at the foot, 1 at the top) of a cosine's flank, and how fast it changes with the share."""
    return 2 / np.pi * np.arcsin(np.sqrt(share)), 1 / (np.pi * np.sqrt(share * (1 - np.minimum(share, 0.99))))


def _as_sine(share: Signal) -> tuple[Signal, Signal]:
    return 2 / np.pi * np.arcsin(share), 2 / (np.pi * np.sqrt(1 - np.minimum(share, 0.99) ** 2))


def _line(places: Signal, share: Signal, phase: Signal, slope: Signal, scatter: float) -> Foot:
    """Fit a weighted line to the phase; return where it is 0.

    What fits worse than its noise allows is that much less certain (Birge 1932, recalled): the flank of an ST segment
    that runs into T is no foot's, however little noise there is.
    """
    weights = 1 / (slope * scatter) ** 2
    total = weights.sum()
    middle, mean = (weights * places).sum() / total, (weights * phase).sum() / total
    spread = (weights * (places - middle) ** 2).sum()
    steep = (weights * (places - middle) * (phase - mean)).sum() / spread
    if steep >= -1e-6:
        return Foot(float(places[-1]), 1e6, 0.0)
    zero = middle - mean / steep
    misfit = (weights * (phase - mean - steep * (places - middle)) ** 2).sum()
    error = np.sqrt(max(1.0, misfit / (places.size - 2)) * (1 / total + (zero - middle) ** 2 / spread)) / -steep
    return Foot(float(zero), float(error), float(misfit))


def outermost(flanks: Sequence[Flank], together: Flank, sine: float, rate: float) -> float:
    """Return the farthest place that the leads agree on; `sine`: how likely (0..1) the foot is a sine's.

    Each lead's foot is drawn towards that of all together by as much of it as is noise, as far as that is surer; of the
    farthest, a few of many are left out.
    """
    places = np.array([_mixed(one.cosine.place, one.sine.place, sine) for one in flanks])
    errors = np.array([_mixed(one.cosine.error, one.sine.error, sine) for one in flanks])
    middle = _mixed(together.cosine.place, together.sine.place, sine)
    own = (SPREAD * rate) ** 2 + _mixed(together.cosine.error, together.sine.error, sine) ** 2
    drawn = middle + (places - middle) * own / (own + errors**2)
    return float(np.sort(drawn)[-1 - len(drawn) // CONFIRMED])


def _mixed(cosine: float, sine: float, share: float) -> float:
    return cosine + share * (sine - cosine)
