"""What measurements are called outside: a Chinese name, and the LOINC code where there is one.

LOINC codes recalled; each has its right check digit, and all but the RR interval were seen in public mappings.
"""

from typing import NamedTuple

OURS = "99YIJI"  # a local coding system, as HL7 table 0396 wants it (99zzz, recalled)


class Name(NamedTuple):
    """How a measurement is told to others."""

    zh: str
    loinc: str = ""
    en: str = ""


MEASUREMENTS: dict[str, Name] = {
    "heart_rate": Name("心率", "8867-4", "Heart rate"),
    "rr": Name("RR间期", "8637-1", "R-R interval"),
    "p": Name("P波时限"),
    "pr": Name("PR间期", "8625-6", "P-R interval"),
    "qrs": Name("QRS时限", "8633-0", "QRS duration"),
    "qt": Name("QT间期", "8634-8", "Q-T interval"),
    "qtc": Name("QTc间期", "8636-3", "Q-T interval corrected"),
    "p_axis": Name("P电轴", "8626-4", "P wave axis"),
    "qrs_axis": Name("QRS电轴", "8632-2", "QRS axis"),
    "t_axis": Name("T电轴", "8638-9", "T wave axis"),
}


def identifier(code: str) -> tuple[str, ...]:
    """Return OBX-3 (CWE) of a measurement: our code and name, then LOINC's."""
    name = MEASUREMENTS.get(code, Name(code))
    ours = (code, name.zh, OURS)
    return (*ours, name.loinc, name.en, "LN") if name.loinc else ours
