"""Heart-rate variability of a long recording, from intervals between normal beats (Task Force 1996, recalled).

Measures in time and the Poincare widths are over the whole; those in frequency, the scaling exponent and the sample
entropy are means over stretches of five minutes, as the long-term names (SDNN index) and the stationarity of the others
ask for. AF and intervals that differ by more than 30 % from their neighbours' median are left out.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yiji.core.contract.holter import AfEpisode, RrSpectrum
from yiji.core.contract.measure import Measurement
from yiji.devices.analysis.holter.rhythm import Rhythm
from yiji.devices.analysis.holter.spans import in_episodes
from yiji.devices.analysis.signals.filters import Places, Signal, running_median

SEGMENT = 300.0  # s
COVERED = 0.8  # of a stretch must be intervals between normal beats
OUTLIER, NEIGHBOURS = 0.3, 11
FEWEST = 100  # intervals
RESAMPLED = 4.0  # Hz
BANDS = {"vlf": (0.003, 0.04), "lf": (0.04, 0.15), "hf": (0.15, 0.40)}
DRAWN_STEP, DRAWN_TO = 0.004, 0.5  # Hz
BIN_MS = 7.8125  # of the triangular index
SCALES = np.arange(4, 17)  # beats, of DFA alpha 1
ALIKE = 0.2  # of the standard deviation: the tolerance of the sample entropy
WHOLE, PARTS = "whole recording", "mean of 5-min stretches"


@dataclass(frozen=True, eq=False)
class Normals:
    """Intervals between normal beats: when each ends (s), how long it is (ms), whether it follows on the one before."""

    seconds: Signal
    ms: Signal
    follows: NDArray[np.bool_]

    @staticmethod
    def of(rhythm: Rhythm, af: tuple[AfEpisode, ...]) -> "Normals":
        """Take those of a rhythm that are not in AF and not outliers."""
        rows = np.flatnonzero(rhythm.normal & ~in_episodes(rhythm.seconds, af))
        ms = 1000 * rhythm.intervals[rows]
        if rows.size >= NEIGHBOURS:
            usual = running_median(ms, NEIGHBOURS)
            rows = rows[np.abs(ms - usual) <= OUTLIER * usual]
        seconds = rhythm.seconds[rows]
        return Normals(seconds, 1000 * rhythm.intervals[rows], np.diff(rows, prepend=-2) == 1)

    @property
    def steps(self) -> Signal:
        """Differences of intervals on end, in ms."""
        return np.diff(self.ms)[self.follows[1:]]

    def segments(self) -> list["Normals"]:
        """Return the stretches of five minutes that are covered well enough."""
        rows = (self.seconds / SEGMENT).astype(np.int64)
        edges = np.flatnonzero(np.diff(rows)) + 1
        bounds = zip((0, *edges), (*edges, rows.size), strict=True)
        parts = [Normals(self.seconds[a:b], self.ms[a:b], self.follows[a:b]) for a, b in bounds]
        return [part for part in parts if part.ms.sum() >= 1000 * COVERED * SEGMENT]


def hrv(rhythm: Rhythm, af: tuple[AfEpisode, ...]) -> tuple[Measurement, ...]:
    """Return the measures; none when there are too few normal intervals."""
    normals = Normals.of(rhythm, af)
    parts = normals.segments()
    told = measures(normals, parts, PARTS)
    return (*told, *_long_term(parts)) if told else ()


def measures(normals: Normals, parts: list[Normals], method: str) -> tuple[Measurement, ...]:
    """Return those that any length has, the non-linear ones and those in frequency as means over `parts`.

    `method` says what the parts are. None when there are too few intervals.
    """
    if normals.ms.size < FEWEST or normals.steps.size < FEWEST // 2:
        return ()
    return (*_in_time(normals), *_in_frequency(parts, method), *_non_linear(normals, parts, method))


def _in_time(normals: Normals) -> list[Measurement]:
    steps = normals.steps
    tops = np.bincount((normals.ms / BIN_MS).astype(np.int64)).max()
    return [
        _measure("mean_nn", normals.ms.mean(), "ms", WHOLE),
        _measure("sdnn", normals.ms.std(ddof=1), "ms", WHOLE),
        _measure("rmssd", np.sqrt((steps**2).mean()), "ms", WHOLE),
        _measure("pnn50", 100 * (np.abs(steps) > 50).mean(), "%", WHOLE),
        _measure("triangular_index", normals.ms.size / tops, "1", "whole recording, bins of 7.8125 ms"),
    ]


def _long_term(parts: list[Normals]) -> list[Measurement]:
    return [
        _measure("sdann", _spread([float(part.ms.mean()) for part in parts]), "ms", "5-min means"),
        _measure("sdnn_index", _mean(part.ms.std(ddof=1) for part in parts), "ms", PARTS),
    ]


def _in_frequency(parts: list[Normals], stretches: str) -> list[Measurement]:
    if not parts:
        return []
    vlf, lf, hf = np.mean([spectrum(part) for part in parts], axis=0)
    method, ratio = "Hann periodogram at 4 Hz, " + stretches, "of the means"
    return [
        _measure("vlf", vlf, "ms2", method),
        _measure("lf", lf, "ms2", method),
        _measure("hf", hf, "ms2", method),
        _measure("total_power", vlf + lf + hf, "ms2", method),
        _measure("lf_hf", lf / hf if hf > 0 else None, "1", ratio),
        _measure("lf_nu", 100 * lf / (lf + hf) if lf + hf > 0 else None, "%", ratio),
    ]


def _non_linear(normals: Normals, parts: list[Normals], stretches: str) -> list[Measurement]:
    from yiji.devices.analysis.holter.kernels import pairs_alike

    narrow = float(normals.steps.std() / np.sqrt(2))
    wide = float(np.sqrt(max(0.0, 2 * normals.ms.var() - narrow**2)))
    entropies = [sample_entropy(*pairs_alike(part.ms, ALIKE * float(part.ms.std()))) for part in parts]
    return [
        _measure("sd1", narrow, "ms", WHOLE),
        _measure("sd2", wide, "ms", WHOLE),
        _measure("dfa_alpha1", _mean(alpha(part.ms) for part in parts), "1", "4-16 beats, " + stretches),
        _measure("sample_entropy", _mean(e for e in entropies if e is not None), "1", "m 2, r 0.2 SD, " + stretches),
    ]


def spectrum(part: Normals) -> list[float]:
    """Return the power (ms^2) of each band: the intervals, drawn through at 4 Hz, by a Hann-windowed periodogram."""
    hz, power = density(part)
    return [float(power[(hz >= low) & (hz < high)].sum() * hz[1]) for low, high in BANDS.values()]


def density(part: Normals) -> tuple[Signal, Signal]:
    """Return frequencies (Hz) and the power of a stretch's intervals there (ms^2/Hz)."""
    at = np.arange(part.seconds[0], part.seconds[-1], 1 / RESAMPLED)
    values = np.interp(at, part.seconds, part.ms)
    slope, start = np.polyfit(at, values, 1)
    window = np.hanning(at.size)
    power: Signal = np.abs(np.fft.rfft((values - start - slope * at) * window)) ** 2
    hz = np.asarray(np.fft.rfftfreq(at.size, 1 / RESAMPLED), np.float64)
    return hz, 2 * power / (RESAMPLED * float((window**2).sum()))


def mean_spectrum(parts: list[Normals]) -> RrSpectrum:
    """Return the mean power over all stretches, as it is drawn; nothing without a stretch."""
    if not parts:
        return RrSpectrum()
    hz = np.arange(0.0, DRAWN_TO, DRAWN_STEP)
    power: Signal = np.mean([np.interp(hz, *density(part)) for part in parts], axis=0)
    return RrSpectrum(step_hz=DRAWN_STEP, power=tuple(round(float(one), 1) for one in power))


def alpha(ms: Signal) -> float:
    """Return the scaling exponent over 4 to 16 beats (detrended fluctuation analysis, Peng 1995, recalled)."""
    from yiji.devices.analysis.holter.kernels import fluctuations

    rest = fluctuations(np.cumsum(ms - ms.mean()), SCALES) + 1e-12
    return float(np.polyfit(np.log(SCALES), np.log(rest), 1)[0])


def sample_entropy(longer: int, shorter: int) -> float | None:
    """Return the sample entropy from how many pairs of three and of two intervals are alike; None without any."""
    return float(-np.log(longer / shorter)) if longer and shorter else None


def _measure(code: str, value: float | np.floating | None, unit: str, method: str) -> Measurement:
    told = float(value) if value is not None and np.isfinite(value) else None
    return Measurement(code=code, value=told, unit=unit, method=method)


def _mean(values: Iterable[float | np.floating]) -> float | None:
    listed = np.array([float(value) for value in values])
    return float(listed.mean()) if listed.size else None


def _spread(values: list[float]) -> float | None:
    return float(np.std(values, ddof=1)) if len(values) > 1 else None


def representative(parts: list[Normals]) -> Places:
    """Return the stretches in the order of how near their spread is to the median of all."""
    spreads = np.array([part.ms.std() for part in parts])
    return np.argsort(np.abs(spreads - np.median(spreads)), kind="stable")
