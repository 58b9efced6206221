"""Numbers from the beats and the median beat. What cannot be had is None."""

import math

import numpy as np

from yiji.core.contract.measure import LeadMeasure, Measurement
from yiji.devices.analysis.measures.bounds import Bounds
from yiji.devices.analysis.measures.median import MedianBeat
from yiji.devices.analysis.measures.spatial import level
from yiji.devices.analysis.signals.filters import Signal
from yiji.devices.analysis.signals.prepare import Prepared

LEAST_AREA = 0.0004  # mV s; a wave with less net area in the frontal plane has no axis worth telling
_MEDIAN, _AREAS = "median beat", "median beat, net areas of I and aVF"
_TOLD = (  # code, unit, method, digits
    ("heart_rate", "/min", "mean RR", 0),
    ("rr", "ms", "mean", 1),
    ("p", "ms", _MEDIAN, 0),
    ("pr", "ms", _MEDIAN, 0),
    ("qrs", "ms", _MEDIAN, 0),
    ("qt", "ms", _MEDIAN, 0),
    ("qtc", "ms", "Bazett", 0),
    ("qtc_fridericia", "ms", "Fridericia", 0),
    ("qtc_framingham", "ms", "Framingham", 0),
    ("qtc_hodges", "ms", "Hodges", 0),
    ("p_axis", "deg", _AREAS, 0),
    ("qrs_axis", "deg", _AREAS, 0),
    ("t_axis", "deg", _AREAS, 0),
    ("rv5", "mV", _MEDIAN, 3),
    ("sv1", "mV", _MEDIAN, 3),
    ("rv5_sv1", "mV", _MEDIAN, 3),
)
Values = dict[str, float]


def measure(
    prepared: Prepared, beat: MedianBeat, bounds: Bounds | None, table: tuple[LeadMeasure, ...]
) -> tuple[Measurement, ...]:
    """Return all measurements, always the same codes in the same order: rates, intervals, axes, amplitudes."""
    values = _rates(beat)
    if bounds is not None:
        values |= _intervals(beat, bounds, values.get("rr")) | _axes(prepared, beat, bounds) | _voltages(table)
    return tuple(_told(values.get(code), code, unit, method, digits) for code, unit, method, digits in _TOLD)


def _told(value: float | None, code: str, unit: str, method: str, digits: int) -> Measurement:
    known = None if value is None or not math.isfinite(value) else round(value, digits)
    return Measurement(code=code, value=known, unit=unit, method=method)


def _rates(beat: MedianBeat) -> Values:
    if beat.places.size < 2:
        return {}
    rr = float(np.diff(beat.places).mean()) / beat.rate * 1000
    return {"rr": rr, "heart_rate": 60000 / rr}


def _intervals(beat: MedianBeat, bounds: Bounds, rr: float | None) -> Values:
    ms = 1000 / beat.rate
    values = {"qrs": (bounds.qrs_off - bounds.qrs_on) * ms}
    if bounds.p_on is not None and bounds.p_off is not None:
        values |= {"p": (bounds.p_off - bounds.p_on) * ms, "pr": (bounds.qrs_on - bounds.p_on) * ms}
    if bounds.t_off is not None:
        values["qt"] = (bounds.t_off - bounds.qrs_on) * ms
        values |= corrected(values["qt"], rr) if rr else {}
    return values


def corrected(qt: float, rr: float) -> Values:
    """Return QT (ms) corrected for the rate, by RR (ms).

    Bazett 1920, Fridericia 1920, Framingham (Sagie 1992), Hodges 1983; all recalled.
    """
    seconds = rr / 1000
    return {
        "qtc": qt / math.sqrt(seconds),
        "qtc_fridericia": qt / math.cbrt(seconds),
        "qtc_framingham": qt + 154 * (1 - seconds),
        "qtc_hodges": qt + 1.75 * (60 / seconds - 60),
    }


def _axes(prepared: Prepared, beat: MedianBeat, bounds: Bounds) -> Values:
    frontal = _frontal(prepared, beat, bounds.qrs_on)
    if frontal is None:
        return {}
    spans = {
        "p_axis": (bounds.p_on, bounds.p_off),
        "qrs_axis": (bounds.qrs_on, bounds.qrs_off),
        "t_axis": (bounds.qrs_off, bounds.t_off),
    }
    values: Values = {}
    for code, (first, last) in spans.items():
        if first is not None and last is not None:
            across, down = frontal[:, max(0, round(first)) : round(last) + 1].sum(axis=1) / beat.rate
            if math.hypot(across, down) >= LEAST_AREA:
                values[code] = math.degrees(math.atan2(down, across))
    return values


def _frontal(prepared: Prepared, beat: MedianBeat, qrs_on: float) -> Signal | None:
    """Return what the heart does in the frontal plane: two rows, towards I and towards the feet, mV.

    The second is aVF * 2/sqrt(3), by which aVF's construction makes it too small against I (Goldberger); where aVF is
    missing it is (II - I/2), which is the same.
    """
    waves = beat.signal - level(beat.signal, qrs_on, beat.rate)[:, None]
    first, second, foot = (prepared.row(name) for name in ("I", "II", "aVF"))
    if first is None:
        return None
    if foot is not None:
        down = waves[foot]
    elif second is not None:
        down = waves[second] - waves[first] / 2
    else:
        return None
    return np.stack([waves[first], down * 2 / math.sqrt(3)])


def _voltages(table: tuple[LeadMeasure, ...]) -> Values:
    rows = {row.lead: row for row in table}
    values: Values = {}
    if "V5" in rows:
        values["rv5"] = rows["V5"].r
    if "V1" in rows:
        values["sv1"] = max(rows["V1"].q, rows["V1"].s)  # a Qr in V1 is as deep as an S
    if len(values) == 2:
        values["rv5_sv1"] = values["rv5"] + values["sv1"]
    return values
