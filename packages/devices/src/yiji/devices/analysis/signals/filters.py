"""Filters and windows for whole signals, in numpy only: a second of import less than the usual library.

All filters have no phase: each multiplies the spectrum by the gain of a Butterworth filter run forwards and backwards,
over the signal with its ends turned round (odd extension), so that a recording's ends ring little.
"""

from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import NDArray

Signal = NDArray[np.float64]
Places = NDArray[np.int64]
TURNED = 100  # samples of each end turned round where no filter asks for more
NEARBY = 500  # samples more or less, for the sake of a quick spectrum
PERIODS_TURNED = 5  # of the lowest corner: so much of each end is turned round


def high_pass(signal: Signal, rate: float, low: float) -> Signal:
    """Keep what is above `low` Hz (first order, both ways); `signal` has its samples on the last axis."""
    return _filter(signal, rate / low, rate, lambda hz: 1 - _gain(hz, low, 1))


def low_pass(signal: Signal, rate: float, high: float) -> Signal:
    """Keep what is below `high` Hz (second order, both ways)."""
    return _filter(signal, rate / high, rate, lambda hz: _gain(hz, high, 2))


def soft_low_pass(signal: Signal, rate: float, high: float) -> Signal:
    """Keep what is below `high` Hz (half is left there) by a Gaussian, which neither rings nor undershoots."""
    return _filter(signal, rate / high, rate, lambda hz: np.exp(-np.log(2) * (hz / high) ** 2))


def band_pass(signal: Signal, rate: float, low: float, high: float) -> Signal:
    """Keep what is between (second order, both ways)."""
    return _filter(signal, rate / low, rate, lambda hz: (1 - _gain(hz, low, 2)) * _gain(hz, high, 2))


def _gain(hz: Signal, corner: float, order: int) -> Signal:
    """Return |H(f)|^2 of a Butterworth low-pass: what a pass forwards and one backwards leave."""
    return 1 / (1 + (hz / corner) ** (2 * order))


def _filter(signal: Signal, period: float, rate: float, gain: Callable[[Signal], Signal]) -> Signal:
    """Filter by a gain over frequency; `period`: of the lowest corner, in samples."""
    size = signal.shape[-1]
    turned = _quick(size, min(size - 1, int(PERIODS_TURNED * period)))
    long = turned_round(signal, turned)
    spectrum = np.fft.rfft(long) * gain(np.arange(long.shape[-1] // 2 + 1, dtype=np.float64) * (rate / long.shape[-1]))
    return np.fft.irfft(spectrum, long.shape[-1])[..., turned : turned + size]


@cache
def _quick(size: int, turned: int) -> int:
    """Return how much to turn round at each end, about `turned` samples, so that the spectrum is quickly had.

    More where there is as much, else less: the length is a product of small numbers only.
    """
    nearby = (*range(turned, min(size, turned + NEARBY)), *range(turned - 1, max(0, turned - NEARBY), -1))
    return next((one for one in nearby if _small_factors(size + 2 * one)), turned)


def _small_factors(number: int) -> bool:
    for factor in (2, 3, 5, 7, 11):
        while number % factor == 0:
            number //= factor
    return number == 1


def finer(signal: Signal, times: int) -> Signal:
    """Return the signal with so many times the samples, drawn by its spectrum; the old ones keep their values."""
    size = signal.shape[-1]
    turned = min(size - 1, TURNED)
    if times == 1 or turned < 1:
        return signal
    long = turned_round(signal, turned)
    spectrum = np.fft.rfft(long)
    if long.shape[-1] % 2 == 0:
        spectrum[..., -1] /= 2  # at half the rate both signs of a frequency are one
    drawn = np.fft.irfft(spectrum, long.shape[-1] * times) * times
    return drawn[..., turned * times : (turned + size) * times]


def turned_round(signal: Signal, turned: int) -> Signal:
    """Return the signal with so many samples of each end turned round."""
    before = 2 * signal[..., :1] - signal[..., turned:0:-1]
    after = 2 * signal[..., -1:] - signal[..., -2 : -turned - 2 : -1]
    return np.concatenate([before, signal, after], axis=-1)


def moving_mean(signal: Signal, width: int) -> Signal:
    """Return the mean over `width` samples around each, along the last axis; at the ends over what there is."""
    half, size = width // 2, signal.shape[-1]
    sums = np.concatenate([np.zeros((*signal.shape[:-1], 1)), np.cumsum(signal, axis=-1)], axis=-1)
    places = np.arange(size, dtype=np.int64)
    first, last = np.maximum(places - half, 0), np.minimum(places - half + width, size)
    return (sums[..., last] - sums[..., first]) / (last - first)


def running_median(values: Signal, width: int) -> Signal:
    """Return the median of `width` (odd) values around each; the ends are repeated."""
    padded = np.pad(values, width // 2, mode="edge")
    return np.median(np.lib.stride_tricks.sliding_window_view(padded, width), axis=-1)


def peaks(signal: Signal, distance: int, least: Signal) -> Places:
    """Return the local maxima that reach `least`, the higher winning where two are closer than `distance` samples."""
    rising, falling = np.diff(signal[:-1]) > 0, np.diff(signal[1:]) <= 0
    places = np.flatnonzero(rising & falling) + 1
    places = places[signal[places] >= least[places]]
    alive = np.ones(places.size, dtype=bool)
    for row in np.argsort(-signal[places], kind="stable"):
        if alive[row]:
            near = np.abs(places - places[row]) < distance
            near[row] = False
            alive[near] = False
    return places[alive]
