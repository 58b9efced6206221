"""A made-up day of ECG whose every beat, pause and episode is known: shapes are placed at the beats of a drawn rhythm.

Apart from the analyser: nothing here is imported from it.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from yiji.core.signal import STANDARD, Recording

COUNT = 0.0025  # mV a count
GAP = -32768

# Each wave: (s after the R peak, width as standard deviation in s, height in mV)
NORMAL = ((-0.16, 0.022, 0.12), (-0.022, 0.007, -0.08), (0.0, 0.011, 1.1), (0.025, 0.009, -0.2), (0.27, 0.045, 0.3))
PREMATURE = ((-0.12, 0.015, -0.07), *NORMAL[1:])
WIDE = ((0.0, 0.032, 1.5), (0.09, 0.03, -0.55), (0.30, 0.05, -0.45))
WIDE_TOO = ((-0.04, 0.022, 0.35), (0.02, 0.035, -1.6), (0.28, 0.05, 0.5))
WITHOUT_P = NORMAL[1:]
KINDS = {"N": NORMAL, "S": PREMATURE, "V": WIDE, "W": WIDE_TOO, "A": WITHOUT_P}
LEAD_GAINS = np.array([[1.0, 1.0, 1.0], [0.7, -0.8, 0.6], [1.3, 0.7, 1.2]])  # leads x (P and T, QRS, wide)


@dataclass
class Truth:
    """What was put in: seconds and letters of the beats, and the episodes."""

    seconds: NDArray[np.float64]
    labels: NDArray[np.str_]  # N S V; in AF: N
    shapes: str  # as in `KINDS`
    pauses: list[float] = field(default_factory=list[float])  # the beat before each
    ve_runs: int = 0
    ve_pairs: int = 0
    sve_runs: int = 0
    af: tuple[float, float] = (0.0, 0.0)  # from, to
    st: tuple[float, float, float] = (0.0, 0.0, 0.0)  # from, to, mV
    off: tuple[float, float] = (0.0, 0.0)


def _wave(kind: str, fs: float, gains: NDArray[np.float64], st: float = 0.0) -> NDArray[np.float64]:
    """Return a beat's samples in one lead, from 0.4 s before its R peak to 0.7 s after."""
    at = np.arange(-int(0.4 * fs), int(0.7 * fs)) / fs
    out = np.zeros(at.size)
    for centre, width, height in KINDS[kind]:
        slow = width > 0.04 or centre < -0.1
        gain = gains[2] if kind in "VW" else gains[0] if slow else gains[1]
        out += gain * height * np.exp(-((at - centre) ** 2) / (2 * width**2))
    if st:
        out += st / ((1 + np.exp(-(at - 0.05) / 0.004)) * (1 + np.exp((at - 0.2) / 0.02)))
    return out


# What sinus rhythm may bring instead: how likely, its name, and (share of the usual interval, shape) of the beats.
SURPRISES: tuple[tuple[float, str, tuple[tuple[float, str], ...]], ...] = (
    (0.0042, "", ((0.62, "V"), (1.36, "N"))),
    (0.0018, "", ((0.62, "W"), (1.36, "N"))),
    (0.0006, "ve_pairs", ((0.62, "V"), (0.60, "V"), (1.36, "N"))),
    (0.0003, "ve_runs", ((0.52, "V"), *6 * ((0.50, "V"),), (1.3, "N"))),
    (0.0030, "", ((0.65, "S"), (1.1, "N"))),
    (0.0002, "sve_runs", ((0.55, "S"), *4 * ((0.50, "S"),), (1.1, "N"))),
    (0.00015, "pauses", ((3.6, "N"),)),
)
REST = 4  # beats of sinus rhythm after a surprise


def _plan(rng: np.random.Generator, seconds: float, truth: Truth) -> list[tuple[float, str]]:
    """Draw the rhythm: (second, shape), beat by beat."""
    beats: list[tuple[float, str]] = []
    now, rest = 0.8, 0
    while now < seconds - 3:
        drawn = _next(rng, now, truth, rest <= 0)
        rest = REST if len(drawn) > 1 else rest - 1
        for interval, kind in drawn:
            now += interval
            beats.append((now, kind))
    return beats


def _next(rng: np.random.Generator, now: float, truth: Truth, free: bool) -> list[tuple[float, str]]:
    """Draw what comes next: (interval, shape)."""
    if truth.af[0] <= now < truth.af[1]:
        return [(float(np.clip(rng.normal(0.68, 0.16), 0.36, 1.4)), "A")]
    rate = 72 + 16 * np.sin(2 * np.pi * (now / 86400 - 0.25)) + 4 * np.sin(now / 300)
    usual = 60 / rate * (1 + 0.03 * np.sin(2 * np.pi * now / 4.1))
    draw = rng.random() if free else 1.0
    for likely, name, beats in SURPRISES:
        if draw < likely:
            _note(truth, name, now)
            return [(share * usual * (1 + 0.01 * rng.standard_normal()), kind) for share, kind in beats]
        draw -= likely
    return [(usual * (1 + 0.012 * rng.standard_normal()), "N")]


def _note(truth: Truth, name: str, now: float) -> None:
    if name == "pauses":
        truth.pauses.append(now)
    elif name:
        setattr(truth, name, getattr(truth, name) + 1)


def day(
    seconds: float = 86400.0, fs: float = 250.0, leads: int = 3, seed: int = 1, noise: float = 0.02
) -> tuple[Recording, Truth]:
    """Return a recording of so many seconds and what it holds; `noise`: standard deviation in mV."""
    rng = np.random.default_rng(seed)
    part = seconds / 24
    truth = Truth(np.empty(0), np.empty(0, str), "")
    truth.af, truth.st, truth.off = (3 * part, 5.5 * part), (9 * part, 9.5 * part, -0.2), (14 * part, 14.25 * part)
    beats = _plan(rng, seconds, truth)
    truth.seconds = np.array([at for at, _ in beats])
    truth.shapes = "".join(kind for _, kind in beats)
    truth.labels = np.array([{"W": "V", "A": "N"}.get(kind, kind) for kind in truth.shapes])
    counts = np.empty((int(seconds * fs), leads), np.int16)
    for lead in range(leads):
        counts[:, lead] = _lead(rng, truth, counts.shape[0], fs, LEAD_GAINS[lead % 3], lead, noise)
    counts[int(truth.off[0] * fs) : int(truth.off[1] * fs)] = GAP
    names = STANDARD if leads == 12 else ("V5", "V1", "II")[:leads]
    scale = np.full(leads, COUNT)
    return Recording("ecg", names, fs, counts, "synthetic", scale, np.zeros(leads), GAP, names=names), truth


def _lead(
    rng: np.random.Generator, truth: Truth, size: int, fs: float, gains: NDArray[np.float64], lead: int, noise: float
) -> NDArray[np.int16]:
    tile = rng.normal(0, noise, min(size, 900_000)).astype(np.float32)
    out = np.resize(tile, size)
    out += (0.25 * np.sin(np.arange(size, dtype=np.float32) * np.float32(2 * np.pi * 0.21 / fs))).astype(np.float32)
    deep = truth.st[2] if lead == 0 else 0.0
    waves = {kind: _wave(kind, fs, gains).astype(np.float32) for kind in KINDS}
    low = _wave("N", fs, gains, deep).astype(np.float32)
    before = int(0.4 * fs)
    for at, kind in zip(truth.seconds, truth.shapes, strict=True):
        wave = low if kind == "N" and truth.st[0] <= at < truth.st[1] else waves[kind]
        begin = round(at * fs) - before
        if begin >= 0 and begin + wave.size <= size:
            out[begin : begin + wave.size] += wave
    return np.rint(out / COUNT).astype(np.int16)
