"""The bounds of a median beat for all leads together: the earliest onset and the latest end that several leads show."""

from dataclasses import dataclass

import numpy as np

from yiji.devices.analysis.waves.bounds import Spots, find_bounds
from yiji.devices.analysis.waves.input import RATE, Signal, prepare
from yiji.devices.analysis.waves.network import probabilities

COPIES = 5  # the network sees the beat so many times in a row; the middle one is read
EARLY, LATE = 0.2, 0.8  # quantiles over the leads: one noisy lead does not decide


@dataclass(frozen=True, slots=True)
class GlobalBounds:
    """Samples, with fractions, from the median beat's beginning; None where a wave is not there."""

    p_on: float | None
    p_off: float | None
    qrs_on: float | None
    qrs_off: float | None
    t_on: float | None
    t_off: float | None


def bounds_of_median(signal: Signal, rate: float, at: int, rr: float = 0.0) -> GlobalBounds:
    """Return the global bounds of a median beat.

    `signal`: (leads, samples) in mV, from before its P wave to after its T wave; `at`: the sample of its QRS; `rr`: the
    usual interval in s; a beat that is shorter is set apart from the next by a line.
    """
    one = _closed(signal, max(signal.shape[1], round(rr * rate)))
    prepared = prepare(np.tile(one, COPIES), rate)
    scale = rate / RATE
    spots = (at + one.shape[1] * np.arange(COPIES, dtype=np.float64)) / scale
    middle = COPIES // 2
    found = find_bounds(probabilities(prepared), spots)[:, middle] * scale - middle * one.shape[1]
    return GlobalBounds(*(_quantile(found[:, column], LATE if column % 2 else EARLY) for column in range(6)))


def _closed(signal: Signal, size: int) -> Signal:
    """Return the beat less the line from its first to its last sample, with noughts after it up to a size."""
    ramp = np.linspace(0.0, 1.0, signal.shape[1])
    level = signal - signal[:, :1] - (signal[:, -1:] - signal[:, :1]) * ramp
    return np.pad(level, ((0, 0), (0, size - signal.shape[1])))


def _quantile(places: Spots, share: float) -> float | None:
    seen = places[~np.isnan(places)]
    return float(np.quantile(seen, share)) if seen.size else None
