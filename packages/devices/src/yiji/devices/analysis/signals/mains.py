"""The hum of the mains, taken away as what it is: a sine of one frequency, fitted between the QRSs.

A notch would ring at every QRS; a sine that is subtracted leaves the beats alone (after Levkov and Christov, recalled).
"""

from itertools import pairwise

import numpy as np

from yiji.devices.analysis.signals.filters import Places, Signal

MAINS_HZ = (50.0, 60.0)
STRAYS = np.arange(-0.5, 0.51, 0.025)  # Hz, how far the mains may be from that
STRETCH = 10.0  # s, for so long a hum keeps its height and frequency
QRS_SECONDS, QRS_SHARE = 0.12, 0.3  # what is left out on each side of a beat: so long, at most so much of RR
BLOCK = 0.1  # s


def without_mains(signal: Signal, rate: float, beats: Places) -> Signal:
    """Return the signal less the sine of 50 Hz and that of 60 Hz that fit it best, stretch by stretch, lead by lead."""
    quiet, clean = _between(signal.shape[1], rate, beats), signal.copy()
    for mains in MAINS_HZ:
        if rate > 3 * mains:
            parts = max(1, round(signal.shape[1] / rate / STRETCH))
            edges = [signal.shape[1] * part // parts for part in range(parts + 1)]
            for first, last in pairwise(edges):
                part = clean[:, first:last]
                part -= _hum(part, rate, mains, quiet[first:last])
    return clean


def _between(size: int, rate: float, beats: Places) -> Signal:
    """Return 1 for each sample between QRSs, 0 within."""
    usual = float(np.median(np.diff(beats))) if beats.size > 1 else rate
    half = int(min(QRS_SECONDS * rate, QRS_SHARE * usual))
    edges = np.zeros(size + 1)
    np.add.at(edges, np.maximum(beats - half, 0), 1)
    np.add.at(edges, np.minimum(beats + half, size), -1)
    return (np.cumsum(edges)[:-1] == 0).astype(np.float64)


def _hum(signal: Signal, rate: float, mains: float, quiet: Signal) -> Signal:
    """Return the hum near one frequency; nothing where too little lies between the beats."""
    half = round(rate / mains / 2)
    fast = signal[:, half:-half] - (signal[:, 2 * half :] + signal[:, : -2 * half]) / 2  # slow waves fall out
    seen = quiet[half:-half] * quiet[2 * half :] * quiet[: -2 * half]
    if seen.sum() < rate:
        return np.zeros_like(signal)
    times = np.arange(signal.shape[1], dtype=np.float64) / rate
    strays = _stray(fast * seen, times[half:-half], rate, mains)
    hertz = mains + strays
    waves = np.stack([np.cos(2 * np.pi * hertz * times), np.sin(2 * np.pi * hertz * times)])
    inner = waves[:, half:-half] * seen
    sizes = np.linalg.solve(inner @ inner.T, inner @ fast.T) / (1 - np.cos(2 * np.pi * hertz * half / rate))
    return sizes.T @ waves


def _stray(fast: Signal, times: Signal, rate: float, mains: float) -> float:
    """Return by how much the hum, all leads together, strays from its nominal frequency, Hz."""
    width = round(BLOCK * rate)
    blocks = times.size // width
    turned = (fast * np.exp(-2j * np.pi * mains * times))[:, : blocks * width]
    sums = turned.reshape(len(fast), blocks, width).sum(axis=2)
    moments = times[: blocks * width].reshape(blocks, width).mean(axis=1)
    power = np.abs(sums @ np.exp(-2j * np.pi * np.outer(moments, STRAYS))) ** 2
    return float(STRAYS[int(np.argmax(power.sum(axis=0)))])
