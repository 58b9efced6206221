"""Where the heart beats: QRS detection in one stretch of signal, all its leads together.

Energy of the slope between 5 and 15 Hz over a QRS's length (Pan and Tompkins 1985, recalled), without phase; every top
of it is a candidate. A candidate's score is how high it stands against the beats around it, before and after; the beats
are the subset of candidates with the best sum of scores, less what too short and too long intervals cost. So the
refractory time, the T wave's rejection and the search back of the classic detectors are one decision, found by dynamic
programming over the whole stretch.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yiji.devices.analysis.signals.filters import Places, Signal, running_median

THIN_RATE = 125.0  # /s, at least; more tells nothing about where a QRS is
QRS_BAND, QRS_SECONDS = (5.0, 15.0), 0.12  # Hz, and length of the energy window
STEEP_BAND, STEEP_SECONDS = (15.0, 40.0), 0.1  # where a QRS has energy and a T wave has none
STEEP_NEAR = 0.06  # s
APART = 0.1  # s, candidates come no closer
SLOT, SLOTS = 1.5, 7  # s; the median over so many slots of their highest energy is how high beats are there
FLOOR = 0.02  # share of the stretch's usual level below which no level falls
NEIGHBOURS = 5  # beats before, and as many after, whose median height tells how high a beat is
LOWER_SHARE = 0.3  # weight of the lower of the two, in logarithms
ENOUGH = 0.4  # share of that height at which a candidate is as likely a beat as not
GAIN, WORST, BEST = 3.0, -3.0, 4.0  # a score is so many times the logarithm, between these
CLOSE = np.array([0.2, 0.33, 3.0])  # s, s, cost: see `kernels.best_path`
AFTER = np.array([0.5, 0.7, math.log(2), 2.0, 0.2])  # s, times the usual interval, logarithm, cost, logarithm: T waves
PAUSE = np.array([1.2, 2.0, 4.0])  # times the usual interval, cost for each more, highest cost
USUAL_BEATS = 15  # intervals whose median is the usual one
ROUNDS = 2  # how often heights and intervals are taken anew from the beats found
STANDS_OUT = 1.9  # times the median energy that beats must have; white noise reaches 1.8 in ten seconds ...
EVEN, EVEN_STANDS_OUT = 0.1, 1.3  # ... less for intervals that differ by a smaller share: noise has no rhythm


@dataclass(frozen=True, eq=False)
class Energy:
    """The QRS energy of all leads as one; a sample for every `step` of the signal, `rate` a second.

    `steep`: the same of what is steep. `shares`: how much each lead counts, on average; together 1.
    """

    samples: Signal
    steep: Signal
    rate: float
    step: int
    shares: Signal


def detect(energy: Energy) -> Places:
    """Return the places (middles of the QRS energy) of the beats, in samples of the signal, in order.

    None where there is nothing, or only noise.
    """
    from yiji.devices.analysis.beats.kernels import tops

    samples, rate = energy.samples, energy.rate
    found = tops(samples, max(1, int(APART * rate)))
    beats = found[_chosen(found, energy)]
    return beats * energy.step + energy.step // 2 if _clear(beats, samples) else beats[:0]


def _clear(beats: Places, samples: Signal) -> bool:
    """Say whether beats are more than the tops of noise."""
    if not beats.size:
        return False
    gaps = np.diff(beats)
    even = gaps.size > 5 and np.median(np.abs(np.diff(gaps))) < EVEN * np.median(gaps)
    return bool(np.median(samples[beats]) >= (EVEN_STANDS_OUT if even else STANDS_OUT) * np.median(samples))


def energy_of(signal: Signal, rate: float) -> Energy:
    """Return the QRS energy of a signal, mV, shape (samples, leads), NaN where samples are missing.

    A lead counts by how far its beats stand out there. The mean is taken of the roots, so that what only one lead has
    (a loose electrode) counts less than what all have.
    """
    step = max(1, int(rate / THIN_RATE))
    thin = rate / step
    energies, steeps = zip(*(_energies(lead, thin, step) for lead in signal.T), strict=True)
    if len(energies) == 1:
        return Energy(energies[0], steeps[0], thin, step, np.ones(1))
    slot = max(1, int(SLOT * thin))
    weights, scales = _weights(energies, slot)
    return Energy(_mean(energies, scales, slot), _mean(steeps, scales, slot), thin, step, weights.mean(axis=1))


def _energies(lead: Signal, rate: float, step: int) -> tuple[Signal, Signal]:
    """Return a lead's QRS energy, and its steep energy."""
    from yiji.devices.analysis.beats.kernels import banded, slope_energy, thinned

    thin = thinned(lead, step)
    qrs, steep = (
        slope_energy(banded(thin, *_band(rate, band)), max(1, int(seconds * rate / 2)))
        for band, seconds in ((QRS_BAND, QRS_SECONDS), (STEEP_BAND, STEEP_SECONDS))
    )
    return qrs, steep


def _mean(energies: Sequence[Signal], scales: Signal, slot: int) -> Signal:
    """Return the square of the weighted sum of the energies' roots."""
    from yiji.devices.analysis.beats.kernels import add_root

    whole = np.zeros(energies[0].size)
    for energy, scale in zip(energies, scales, strict=True):
        add_root(whole, energy, scale, slot)
    return whole**2


def _weights(energies: Sequence[Signal], slot: int) -> tuple[Signal, Signal]:
    """Return each lead's weight in each slot, and by what the root of its energy is to be multiplied there.

    Both have shape (leads, slots).
    """
    levels = np.stack([running_median(_slots(np.maximum, energy, slot), SLOTS) for energy in energies])
    means = np.stack([running_median(_slots(np.add, energy, slot), SLOTS) / slot for energy in energies])
    floor = FLOOR * np.median(levels, axis=1, keepdims=True) + 1e-9
    weights = levels / (means + floor)
    weights /= weights.sum(axis=0) + 1e-9
    return weights, weights / np.sqrt(np.maximum(levels, floor))


def _band(rate: float, band: tuple[float, float]) -> tuple[float, float, float]:
    """Return gain and feedback of a first-order Butterworth band-pass for `rate`."""
    low, high = (math.tan(math.pi * min(hz / rate, 0.45)) for hz in band)
    width, middle = high - low, low * high
    whole = 1 + width + middle
    return width / whole, 2 * (middle - 1) / whole, (1 - width + middle) / whole


def _slots(how: np.ufunc, energy: Signal, slot: int) -> Signal:
    """Return the sum or the maximum over each slot, the last one longer."""
    return how.reduceat(energy, np.arange(max(1, energy.size // slot), dtype=np.int64) * slot)


def _level(energy: Signal, rate: float) -> Signal:
    """Return how high beats are around each sample: the highest of each slot, their running median, drawn through."""
    slot = max(1, int(SLOT * rate))
    smooth = running_median(_slots(np.maximum, energy, slot), SLOTS)
    centres = (np.arange(smooth.size) + 0.5) * slot
    level = np.interp(np.arange(energy.size), centres, smooth)
    return np.maximum(level, FLOOR * float(np.median(smooth)) + 1e-12)


def _chosen(found: Places, energy: Energy) -> NDArray[np.bool_]:
    """Return which candidates are beats."""
    from yiji.devices.analysis.beats.kernels import best_path, highest_near

    times, logs = found / energy.rate, np.log(energy.samples[found])
    steeps = np.log(highest_near(energy.steep, found, int(STEEP_NEAR * energy.rate)) + 1e-9)
    heights = logs - np.log(_level(energy.samples, energy.rate)[found])
    kept, usual, pause = np.zeros(times.size, bool), np.ones(times.size), np.array([PAUSE[0], 0.0, 0.0])
    for _ in range(ROUNDS + 1):
        scores = np.clip(GAIN * (heights - math.log(ENOUGH)), WORST, BEST)
        kept = best_path(times, scores, heights, steeps, usual, CLOSE, AFTER, pause)
        if np.count_nonzero(kept) < 4:
            break
        heights, usual, pause = logs - _usual_heights(logs, kept), _usual_intervals(times, kept), PAUSE
    return kept


def _usual_heights(logs: Signal, kept: NDArray[np.bool_]) -> Signal:
    """Return how high the beats around each candidate are: from those before and those after, leaning to the higher."""
    padded = np.pad(logs[kept], NEIGHBOURS, mode="edge")
    medians = np.median(np.lib.stride_tricks.sliding_window_view(padded, NEIGHBOURS), axis=1)
    at = np.cumsum(kept) - kept  # how many beats come before the candidate
    before, after = medians[at], medians[np.minimum(at + kept + NEIGHBOURS, medians.size - 1)]
    return LOWER_SHARE * np.minimum(before, after) + (1 - LOWER_SHARE) * np.maximum(before, after)


def _usual_intervals(times: Signal, kept: NDArray[np.bool_]) -> Signal:
    """Return the interval between beats to expect at each candidate, in s."""
    beats = times[kept]
    return np.clip(np.interp(times, beats[1:], running_median(np.diff(beats), USUAL_BEATS)), 0.3, 2.0)
