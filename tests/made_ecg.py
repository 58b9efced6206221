"""A plain ECG to find beats in, made here: every wave a Gaussian, so that what is true is known."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yiji.core.signal import Recording

NORMAL = ((-0.17, 0.022, 0.12), (-0.026, 0.008, -0.1), (0.0, 0.010, 1.0), (0.028, 0.009, -0.2))  # s, s, mV: P Q R S
T_WAVE = (0.26, 0.045, 0.25)
VENTRICULAR = ((-0.01, 0.032, 1.3), (0.07, 0.035, -0.9), (0.32, 0.06, -0.4))


@dataclass(frozen=True)
class Made:
    """A recording and the truth about it."""

    recording: Recording
    samples: NDArray[np.int64]
    labels: NDArray[np.str_]


def made(
    times: NDArray[np.float64],
    labels: str | None = None,
    fs: float = 250.0,
    leads: int = 1,
    noise: float = 0.02,
    heights: NDArray[np.float64] | None = None,
    seconds: float | None = None,
) -> Made:
    """Make a recording with beats at `times` (s) of the kinds `labels`, each as high as `heights` says."""
    kinds = np.array(list(labels or "N" * times.size))
    size = int((seconds or times[-1] + 1.0) * fs)
    near = np.median(np.diff(times)) if times.size > 1 else 1.0
    signal = np.random.default_rng(1).normal(0.0, noise, (size, leads))
    for time, kind, height in zip(times, kinds, np.ones(times.size) if heights is None else heights, strict=True):
        t_wave = (T_WAVE[0] * min(1.0, near**0.5), T_WAVE[1] * min(1.0, near**0.5), T_WAVE[2])
        waves = VENTRICULAR if kind == "V" else (*NORMAL[1:], t_wave, *(NORMAL[:1] if kind == "N" else ()))
        first, last = max(0, int((time - 0.4) * fs)), min(size, int((time + 0.6) * fs))
        at = np.arange(first, last) / fs - time
        beat = sum(top * np.exp(-(((at - middle) / width) ** 2) / 2) for middle, width, top in waves)
        signal[first:last] += height * np.outer(beat, 1.0 - 0.2 * np.arange(leads))
    names = ("II", "V1", "V5", "I", "III", "aVR", "aVL", "aVF", "V2", "V3", "V4", "V6")[:leads]
    return Made(Recording("ecg", names, fs, signal, "made"), np.rint(times * fs).astype(np.int64), kinds)


def steady(rate: float, seconds: float = 60.0) -> NDArray[np.float64]:
    """Return the times of a rhythm of `rate` beats a minute, breathing a little."""
    gaps = 60 / rate * (1 + 0.03 * np.sin(np.arange(int(seconds * rate / 60))))
    return 0.6 + np.cumsum(gaps)
