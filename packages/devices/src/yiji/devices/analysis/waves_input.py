"""What the wave network sees of a recording: 250 samples a second, 0.5 to 45 Hz, each lead by its own height.

The filters have no phase and sample 0 stays sample 0, so a place in the network's input times ``fs / RATE`` is a place
in the recording.
"""

from fractions import Fraction
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

Signal = NDArray[np.float64]
Input = NDArray[np.float32]
RATE = 250.0  # Hz
BAND = (0.5, 45.0)  # Hz: drift and mains are outside
WINDOW = 2.0  # s; the median over such windows of the highest less the lowest is a lead's height
LEAST = 0.05  # mV; what is lower is not enlarged further
MOST = 6.0  # heights; artefacts are cut off there
SHORTEST = 0.2  # s


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
    level = np.median(signal, axis=1, keepdims=True)
    if ratio == 1:
        return signal - level
    return _tools().resample_poly(signal - level, ratio.numerator, ratio.denominator, axis=1)


def _band_pass(signal: Signal) -> Signal:
    tools = _tools()
    sections = tools.butter(2, BAND, "bandpass", fs=RATE, output="sos")
    turned = min(signal.shape[1] - 1, int(2 * RATE))
    return tools.sosfiltfilt(sections, signal, axis=1, padtype="odd", padlen=turned)


def _tools() -> Any:
    return import_module("scipy.signal")  # heavy, and without types


def _height(signal: Signal) -> Signal:
    width = min(signal.shape[1], int(WINDOW * RATE))
    whole = signal[:, : signal.shape[1] // width * width].reshape(len(signal), -1, width)
    return np.maximum(np.median(np.ptp(whole, axis=2), axis=1), LEAST)
