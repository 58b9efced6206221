"""What the cart itself measured and said, from the Waveform Annotation Sequence (0040,B020).

The MDC numbers are those of DICOM PS3.16 CID 3227 (QTc), 3229 (axes) and 3689 (global durations); 16168 (RR) and 16770
(heart rate) are ISO/IEEE 11073-10101's (recalled). The SCPECG codes are those that files of two makers carry.
"""

from typing import Any, cast

from yiji.core.contract.measure import Measurement

_MDC_PARTITION = 131072
_MDC = {
    15872: "pr",
    15876: "qtc",
    15880: "qtc",
    15892: "qtc_fridericia",
    16000: "rr",
    16168: "rr",
    16128: "p_axis",
    16132: "qrs_axis",
    16136: "t_axis",
    16156: "qrs",
    16160: "qt",
    16184: "p",
    16770: "heart_rate",
}
_SCP = {
    "5.10.2.1-3": "rr",
    "5.13.5-7": "pr",
    "5.13.5-9": "qrs",
    "5.13.5-11": "qt",
    "5.10.2.5-5": "qtc",
    "5.10.3-11": "p_axis",
    "5.10.3-13": "qrs_axis",
    "5.10.3-15": "t_axis",
}
_BY_MEANING = {
    "rr interval": "rr",
    "pr interval": "pr",
    "p duration": "p",
    "qrs duration": "qrs",
    "qt interval": "qt",
    "qtc interval": "qtc",
    "p axis": "p_axis",
    "qrs axis": "qrs_axis",
    "t axis": "t_axis",
    "heart rate": "heart_rate",
    "ventricular heart rate": "heart_rate",
}
# MDC numbers to write, and what they mean
NUMBERS = {
    "rr": (16168, "RR Interval"),
    "heart_rate": (16770, "Heart Rate"),
    "p": (16184, "P Duration"),
    "pr": (15872, "PR Interval"),
    "qrs": (16156, "QRS Duration"),
    "qt": (16160, "QT Interval"),
    "qtc": (15876, "QTc Interval"),
    "p_axis": (16128, "P Axis"),
    "qrs_axis": (16132, "QRS Axis"),
    "t_axis": (16136, "T Axis"),
}
_UNITS = {"heart_rate": "/min", "p_axis": "deg", "qrs_axis": "deg", "t_axis": "deg"}


def items(dataset: Any, keyword: str) -> list[Any]:
    """Return a sequence's items; none where the sequence is absent or empty."""
    return list(cast("list[Any] | None", dataset.get(keyword)) or [])


def text(dataset: Any, keyword: str) -> str:
    """Return an element as text; empty where it is absent."""
    value: Any = dataset.get(keyword)
    return "" if value is None else str(value).strip()


def measured(dataset: Any) -> tuple[Measurement, ...]:
    """Return the cart's global measurements, each code once, in our codes and units (ms, deg, /min).

    A duration of 0 is how carts write "not measured": its value is None. The unit follows the code, since carts are
    known to write axes in ms.
    """
    found: dict[str, Measurement] = {}
    for note in items(dataset, "WaveformAnnotationSequence"):
        names, value = items(note, "ConceptNameCodeSequence"), text(note, "NumericValue")
        code = _code(names[0]) if names else None
        if code is not None and value and code not in found:
            found[code] = _measurement(code, float(value), note)
    return tuple(found.values())


def statements(dataset: Any) -> tuple[str, ...]:
    """Return the cart's own sentences, as they stand in its language."""
    texts = (text(note, "UnformattedTextValue") for note in items(dataset, "WaveformAnnotationSequence"))
    return tuple(told for told in texts if told)


def _measurement(code: str, value: float, note: Any) -> Measurement:
    unit = _UNITS.get(code, "ms")
    units = items(note, "MeasurementUnitsCodeSequence")
    if unit == "ms" and units and text(units[0], "CodeValue") == "s":
        value *= 1000
    absent = unit != "deg" and value == 0
    return Measurement(code=code, value=None if absent else value, unit=unit, method="cart")


def _code(name: Any) -> str | None:
    scheme, value = text(name, "CodingSchemeDesignator"), text(name, "CodeValue")
    if scheme == "SCPECG" and value in _SCP:
        return _SCP[value]
    number = value.removeprefix("2:")
    if scheme == "MDC" and number.isdigit():
        known = _MDC.get(int(number) - (0 if value.startswith("2:") else _MDC_PARTITION))
        if known:
            return known
    return _BY_MEANING.get(text(name, "CodeMeaning").lower())
