"""HL7 annotated ECG: ANSI/HL7 V3 ECG R1-2004 (recalled; by the samples of its authors and of the FDA)."""

import re
from datetime import datetime, timedelta, timezone
from typing import Any
from xml.etree.ElementTree import Element

import numpy as np
from numpy.typing import NDArray

from yiji.core.contract.measure import Measurement
from yiji.core.signal import Recording
from yiji.devices.errors import DamagedFile, NoEcg, TruncatedFile
from yiji.devices.recording import leads
from yiji.devices.recording.xml import attribute, parse, text

_LEAD = "MDC_ECG_LEAD_"
_MILLIVOLTS = {"uV": 1e-3, "mV": 1.0, "nV": 1e-6, "V": 1e3}
_SECONDS = {"s": 1.0, "ms": 1e-3, "us": 1e-6}
_MEASURES = {
    "MDC_ECG_HEART_RATE": ("heart_rate", "/min"),
    "MDC_ECG_TIME_PD_RR": ("rr", "ms"),
    "MDC_ECG_TIME_PD_PR": ("pr", "ms"),
    "MDC_ECG_TIME_PD_QRS": ("qrs", "ms"),
    "MDC_ECG_TIME_PD_QT": ("qt", "ms"),
    "MDC_ECG_TIME_PD_QTc": ("qtc", "ms"),
    "MDC_ECG_ANGLE_P_FRONT": ("p_axis", "deg"),
    "MDC_ECG_ANGLE_QRS_FRONT": ("qrs_axis", "deg"),
    "MDC_ECG_ANGLE_T_FRONT": ("t_axis", "deg"),
}


def read_aecg(data: bytes, name: str) -> Recording:
    """Read the rhythm of an annotated ECG; raises `TruncatedFile`, `DamagedFile` or `NoEcg`."""
    root = parse(data, name)
    series = next((one for one in root.findall("component/series") if _has_leads(one)), None)
    if series is None:
        raise NoEcg(file=name, detail="no series with a lead")
    fs, start, columns = _longest(series, name)
    steps = [_scale(column, name) for column in columns]
    labels = tuple(_label(column) for column in columns)
    return Recording(
        "ecg",
        labels,
        fs,
        _counts(columns, name),
        "hl7-aecg",
        scale=np.array([scale for scale, _ in steps]),
        offset=np.array([origin for _, origin in steps]),
        start=start,
        names=tuple(leads.by_name(label) or label for label in labels),
        measured_by_device=_measured(series),
        **_facts(root, series),
    )


def _has_leads(series: Element) -> bool:
    return any(_is_lead(one) for one in series.iterfind("component/sequenceSet/component/sequence"))


def _is_lead(sequence: Element) -> bool:
    return attribute(sequence, "code", "code").startswith(_LEAD)


def _label(sequence: Element) -> str:
    """Return a lead's name: MDC_ECG_LEAD_AVR is aVR."""
    told = attribute(sequence, "code", "code").removeprefix(_LEAD).replace("_", " ").strip()
    return leads.by_name(told) or told


def _longest(series: Element, name: str) -> tuple[float, datetime | None, list[Element]]:
    """Return the sampling rate, the start and the lead sequences of the longest of the simultaneous sets."""
    found: list[tuple[float, float, datetime | None, list[Element]]] = []
    for together in series.iterfind("component/sequenceSet"):
        sequences = list(together.iterfind("component/sequence"))
        columns = [one for one in sequences if _is_lead(one)]
        if columns:
            fs, start = _clock(sequences, name)
            samples = digits(columns[0]).count(" ") + 1
            found.append((samples / fs, fs, start, columns))
    _, fs, start, columns = max(found, key=lambda one: one[0])
    return fs, start or _moment(attribute(series, "effectiveTime/low", "value")), columns


def digits(sequence: Element) -> str:
    """Return a sequence's digits, with one blank between two."""
    return text(sequence, "value/digits")


def _clock(sequences: list[Element], name: str) -> tuple[float, datetime | None]:
    """Return the sampling rate and the start that a set's time sequence tells."""
    for one in sequences:
        if attribute(one, "code", "code") in ("TIME_ABSOLUTE", "TIME_RELATIVE"):
            step, unit = attribute(one, "value/increment", "value"), attribute(one, "value/increment", "unit")
            seconds = float(step) * _SECONDS.get(unit, 0.0) if step else 0.0
            if seconds > 0:
                return round(1 / seconds, 6), _moment(attribute(one, "value/head", "value"))
    raise DamagedFile(file=name, detail="no sampling interval")


def _moment(told: str) -> datetime | None:
    """Return an HL7 time, YYYYMMDDHHMMSS.fff+ZZZZ; None for one that is not told to the second."""
    match = re.match(r"^(\d{14})(?:\.(\d{1,6})\d*)?(?:([+-])(\d\d)(\d\d))?$", told)
    if match is None:
        return None
    whole, part, sign, hours, minutes = match.groups()
    try:
        at = datetime.strptime(whole, "%Y%m%d%H%M%S").replace(microsecond=int((part or "0").ljust(6, "0")))
    except ValueError:
        return None
    if sign is None:
        return at
    ahead = timedelta(hours=int(hours), minutes=int(minutes))
    return at.replace(tzinfo=timezone(-ahead if sign == "-" else ahead))


def _scale(sequence: Element, name: str) -> tuple[float, float]:
    """Return mV a count and mV at count 0."""
    scale, unit = attribute(sequence, "value/scale", "value"), attribute(sequence, "value/scale", "unit")
    origin = attribute(sequence, "value/origin", "value") or "0"
    origin_unit = attribute(sequence, "value/origin", "unit") or unit
    if not scale or unit not in _MILLIVOLTS or origin_unit not in _MILLIVOLTS:
        raise DamagedFile(file=name, detail=f"scale {scale or '-'} {unit or '-'}")
    return float(scale) * _MILLIVOLTS[unit], float(origin) * _MILLIVOLTS[origin_unit]


def _counts(columns: list[Element], name: str) -> NDArray[np.int32]:
    told = [np.array(digits(column).split(), np.int64) for column in columns]
    lengths = {column.size for column in told}
    if len(lengths) != 1:
        raise TruncatedFile(file=name, detail=f"leads of {min(lengths)} to {max(lengths)} samples")
    table = np.stack(told, axis=1)
    if np.abs(table).max(initial=0) >= 1 << 31:
        raise DamagedFile(file=name, detail="a sample of more than 32 bits")
    return table.astype(np.int32)


def _facts(root: Element, series: Element) -> dict[str, Any]:
    subject = next(root.iter("trialSubject"), None)
    author = series.find("author/seriesAuthor")
    told = {
        "patient_id": attribute(subject, "id", "extension"),
        "patient_name": text(subject, "subjectDemographicPerson/name"),
        "manufacturer": text(author, "manufacturerOrganization/name"),
        "model": text(author, "manufacturedSeriesDevice/manufacturerModelName"),
        "serial": attribute(author, "manufacturedSeriesDevice/id", "extension") or attribute(author, "id", "extension"),
    }
    return {key: value for key, value in told.items() if value}


def _measured(series: Element) -> tuple[Measurement, ...]:
    """Return the device's global measurements, those that no lead and no single beat is named for."""
    found: dict[str, Measurement] = {}
    for note in series.iterfind("subjectOf/annotationSet/component/annotation"):
        code, unit = _MEASURES.get(attribute(note, "code", "code"), ("", ""))
        value, told = attribute(note, "value", "value"), attribute(note, "value", "unit")
        if code and value and code not in found:
            number = float(value) * (1000 if unit == "ms" and told == "s" else 1)
            absent = unit != "deg" and number == 0
            found[code] = Measurement(code=code, value=None if absent else number, unit=unit, method="cart")
    return tuple(found.values())
