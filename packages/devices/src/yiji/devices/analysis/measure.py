"""Numbers from the beats and the median beat. What cannot be had is None."""

import math
from collections.abc import Iterator

import numpy as np

from yiji.core.contract.recording import Measurement
from yiji.devices.analysis.bounds import Bounds
from yiji.devices.analysis.median import MedianBeat
from yiji.devices.analysis.prepare import Prepared, Signal
from yiji.devices.analysis.result import LeadMeasures

LEAST_AREA = 0.0004  # mV s; a wave with less net area in both leads has no axis worth telling
MEDIAN = "median beat"
AREAS = "median beat, net areas of I and aVF"


def measure(prepared: Prepared, beat: MedianBeat, bounds: Bounds | None) -> tuple[Measurement, ...]:
    """Return all measurements: rates and intervals (ms), axes (deg), amplitudes (mV)."""
    return (*_rates(beat), *_intervals(beat, bounds), *_axes(prepared, beat, bounds), *_amplitudes(prepared, beat, bounds))


def _one(code: str, value: float | None, unit: str, method: str, digits: int = 0) -> Measurement:
    told = None if value is None or not math.isfinite(value) else round(value, digits)
    return Measurement(code=code, value=told, unit=unit, method=method)


def mean_rr(beat: MedianBeat) -> float | None:
    """Return the mean interval between successive beats, in ms."""
    return float(np.diff(beat.places).mean()) / beat.rate * 1000 if beat.places.size > 1 else None


def _rates(beat: MedianBeat) -> Iterator[Measurement]:
    rr = mean_rr(beat)
    yield _one("heart_rate", 60000 / rr if rr else None, "/min", "mean RR")
    yield _one("rr", rr, "ms", "mean", 1)


def _intervals(beat: MedianBeat, bounds: Bounds | None) -> Iterator[Measurement]:
    def span(first: int | None, last: int | None) -> float | None:
        return None if first is None or last is None else (last - first) / beat.rate * 1000

    found = bounds or Bounds(0, 0)
    on = found.qrs_on if bounds else None
    rr, qt = mean_rr(beat), span(on, found.t_off)
    yield _one("p", span(found.p_on, found.p_off), "ms", MEDIAN)
    yield _one("pr", span(found.p_on, on), "ms", MEDIAN)
    yield _one("qrs", span(on, found.qrs_off), "ms", MEDIAN)
    yield _one("qt", qt, "ms", MEDIAN)
    yield _one("qtc", qt / math.sqrt(rr / 1000) if qt and rr else None, "ms", "Bazett")
    yield _one("qtc_fridericia", qt / (rr / 1000) ** (1 / 3) if qt and rr else None, "ms", "Fridericia")


def level(beat: MedianBeat, qrs_on: int) -> Signal:
    """Return each lead's level: the median over the 16 ms before the QRS, mV."""
    return np.median(beat.signal[:, max(0, qrs_on - round(0.016 * beat.rate)) : qrs_on + 1], axis=1)


def _axes(prepared: Prepared, beat: MedianBeat, bounds: Bounds | None) -> Iterator[Measurement]:
    spans: dict[str, tuple[int | None, int | None]] = {"p_axis": (None, None), "qrs_axis": (None, None), "t_axis": (None, None)}
    if bounds:
        spans = {
            "p_axis": (bounds.p_on, bounds.p_off),
            "qrs_axis": (bounds.qrs_on, bounds.qrs_off),
            "t_axis": (bounds.qrs_off, bounds.t_off),
        }
    for code, (first, last) in spans.items():
        known = bounds and first is not None and last is not None
        yield _one(code, _axis(prepared, beat, bounds.qrs_on, first, last) if known else None, "deg", AREAS)


def _axis(prepared: Prepared, beat: MedianBeat, qrs_on: int, first: int, last: int) -> float | None:
    """Return the angle in the frontal plane: 0 towards I, 90 towards the feet.

    aVF is 2/sqrt(3) too small against I by its leads' construction (Goldberger); it is II - I/2 where it is missing.
    """
    waves = beat.signal - level(beat, qrs_on)[:, None]
    i, ii, foot = prepared.row("I"), prepared.row("II"), prepared.row("aVF")
    if i is None or (foot is None and ii is None):
        return None
    down = waves[foot] if foot is not None else waves[ii] - waves[i] / 2  # pyright: ignore[reportOptionalSubscript, reportCallIssue, reportArgumentType]
    across = float(waves[i, first : last + 1].sum()) / beat.rate
    downward = float(down[first : last + 1].sum()) / beat.rate * 2 / math.sqrt(3)
    return math.degrees(math.atan2(downward, across)) if math.hypot(across, downward) >= LEAST_AREA else None


def _amplitudes(prepared: Prepared, beat: MedianBeat, bounds: Bounds | None) -> Iterator[Measurement]:
    table = {row.lead: row for row in per_lead(prepared, beat, bounds)}
    rv5 = table["V5"].r if "V5" in table else None
    sv1 = table["V1"].s if "V1" in table else None
    yield _one("rv5", rv5, "mV", MEDIAN, 3)
    yield _one("sv1", sv1, "mV", MEDIAN, 3)
    yield _one("rv5_sv1", rv5 + sv1 if rv5 is not None and sv1 is not None else None, "mV", MEDIAN, 3)


def per_lead(prepared: Prepared, beat: MedianBeat, bounds: Bounds | None) -> tuple[LeadMeasures, ...]:
    """Return the per-lead table; empty when the QRS has no bounds."""
    if bounds is None:
        return ()
    waves = beat.signal - level(beat, bounds.qrs_on)[:, None]
    return tuple(_lead(name, wave, bounds) for name, wave in zip(prepared.leads, waves, strict=True))


def _lead(name: str, wave: Signal, bounds: Bounds) -> LeadMeasures:
    qrs = wave[bounds.qrs_on : bounds.qrs_off + 1]
    top = int(np.argmax(qrs))
    r = max(0.0, float(qrs[top]))
    q = max(0.0, -float(qrs[: top + 1].min())) if r else 0.0
    s = max(0.0, -float(qrs[top:].min())) if r else max(0.0, -float(qrs.min()))
    t = None
    if bounds.t_off is not None:
        after = wave[bounds.qrs_off : bounds.t_off + 1]
        t = round(float(after[int(np.argmax(np.abs(after)))]), 3)
    return LeadMeasures(name, round(q, 3), round(r, 3), round(s, 3), round(float(wave[bounds.qrs_off]), 3), t)
