"""What the wave network sees of a recording: 250 samples a second, 0.5 to 45 Hz, each lead by its own height.

The filters have no phase and sample 0 stays sample 0, so a place in the network's input times ``fs / RATE`` is a place
in the recording.
"""

from fractions import Fraction
from functools import cache

import numpy as np
from numpy.typing import NDArray

from yiji.devices.analysis.signals.filters import turned_round

Signal = NDArray[np.float64]
Input = NDArray[np.float32]
RATE = 250.0  # Hz
BAND = (0.5, 45.0)  # Hz: drift and mains are outside
WINDOW = 2.0  # s; the median over such windows of the highest less the lowest is a lead's height
LEAST = 0.05  # mV; what is lower is not enlarged further
MOST = 6.0  # heights; artefacts are cut off there
SHORTEST = 0.2  # s
REST = 12.0  # s, after which the band-pass has forgotten what it saw


def prepare(signal: Signal, fs: float) -> Input:
    """Return (leads, samples) in mV at `fs` Hz as the network's input, (leads, samples) at `RATE`; gaps are bridged."""
    even = _resampled(np.stack([_bridged(lead) for lead in signal]), fs)
    banded = _band_pass(even)
    return np.clip(banded / _height(banded)[:, None], -MOST, MOST).astype(np.float32)


def _bridged(lead: Signal) -> Signal:
    """Draw lines over what is not a number; a lead without a number is nought."""
    finite = np.isfinite(lead)
    if finite.all():
        return lead
    places = np.arange(lead.size)
    return np.interp(places, places[finite], lead[finite]) if finite.any() else np.zeros(lead.size)


def _resampled(signal: Signal, fs: float) -> Signal:
    ratio = Fraction(RATE / fs).limit_denominator(max(400, int(2 * fs / RATE)))
    level = signal - np.median(signal, axis=1, keepdims=True)
    return level if ratio == 1 else _polyphase(level, ratio.numerator, ratio.denominator)


def _polyphase(signal: Signal, up: int, down: int) -> Signal:
    """Return `up` samples for each `down`: a low-pass of windowed sinc, as `scipy.signal.resample_poly` has it.

    Every `up`-th sample of the result sees the same taps; beyond the ends is nought.
    """
    taps = _low_pass(up, down)
    half, size = taps.size // 2, -(-signal.shape[1] * up // down)
    margin = half // up + 1
    padded = np.pad(signal, ((0, 0), (margin, margin + down)))
    out = np.empty((len(signal), size))
    for phase in range(min(up, size)):
        places = np.arange(-((2 * half - phase * down - half) // up), (phase * down + half) // up + 1)
        count = -(-(size - phase) // up)
        seen = np.lib.stride_tricks.sliding_window_view(padded, places.size, axis=1)[:, margin + places[0] :: down]
        out[:, phase::up] = seen[:, :count] @ taps[phase * down + half - up * places]
    return out


@cache
def _low_pass(up: int, down: int) -> Signal:
    """Return a filter that keeps what is below half the lower of two rates: Kaiser's window with beta 5."""
    widest = max(up, down)
    taps = np.sinc(np.arange(-10 * widest, 10 * widest + 1) / widest) * np.kaiser(20 * widest + 1, 5.0)
    return up * taps / taps.sum()


def _band_pass(signal: Signal) -> Signal:
    """Run a Butterworth band-pass (second order) forwards and backwards, the ends turned round.

    Each way begins at rest on the first sample's level, and the filter's answer is multiplied in the spectrum, with
    noughts until it has died away: so `scipy.signal.sosfiltfilt` does it, to within rounding.
    """
    turned = min(signal.shape[1] - 1, int(2 * RATE))
    passed = turned_round(signal, turned)
    size = passed.shape[1] + int(REST * RATE)
    answer = _answer(size)
    for _ in ("forwards", "backwards"):
        risen = np.fft.rfft(passed - passed[:, :1], size) * answer
        passed = np.fft.irfft(risen, size)[:, passed.shape[1] - 1 :: -1]
    return passed[:, turned : turned + signal.shape[1]]


def _answer(size: int) -> NDArray[np.complex128]:
    """Return the band-pass's complex gain at the frequencies of a spectrum: its analogue model, bilinear transform."""
    low, high = (np.tan(np.pi * hz / RATE) for hz in BAND)
    at = 1j * np.tan(np.pi * np.arange(size // 2 + 1) / size)
    band, around = at * (high - low), at**2 + low * high
    return band**2 / (around**2 + np.sqrt(2) * around * band + band**2)


def _height(signal: Signal) -> Signal:
    width = min(signal.shape[1], int(WINDOW * RATE))
    whole = signal[:, : signal.shape[1] // width * width].reshape(len(signal), -1, width)
    return np.maximum(np.median(np.ptp(whole, axis=2), axis=1), LEAST)
