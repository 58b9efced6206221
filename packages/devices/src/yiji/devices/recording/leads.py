"""Lead names: one spelling for what every device calls differently.

The numbers are those of DICOM PS3.16 CID 3001 "ECG Leads" (MDC 2:n, ISO/IEEE 11073-10101; newer editions write the same
code as 131072 + n). SCP-ECG's 5.6.3-9-n and its section 3 use the same n, as files of three makers show.
"""

import re

_MDC_PARTITION = 131072
_BY_NUMBER = {
    1: "I",
    2: "II",
    3: "V1",
    4: "V2",
    5: "V3",
    6: "V4",
    7: "V5",
    8: "V6",
    9: "V7",
    11: "V3R",
    12: "V4R",
    13: "V5R",
    14: "V6R",
    16: "X",
    17: "Y",
    18: "Z",
    61: "III",
    62: "aVR",
    63: "aVL",
    64: "aVF",
    66: "V8",
    67: "V9",
}
_FRANK = {spelling: axis for axis in "XYZ" for spelling in (axis, f"V{axis}")}
_MODIFIED = ("MLI", "MLII", "MLIII")
_BY_NAME = {name.upper(): name for name in (*_BY_NUMBER.values(), *_MODIFIED)} | _FRANK
_KIND = re.compile(r"^(ECG|EKG)[\s_]+(?=\S)", re.IGNORECASE)  # EDF labels begin with the kind of signal
# Holter and monitor leads that have no place among the twelve: ECG1, CM5, ML5, MCL1, mod.V1, V2-V3, D3, Ch 1 ...
_OTHER_ECG = re.compile(
    r"(ECG|EKG|ML|MCL|MOD\.?\s*V|MV\d|C[BCMS]\d|D\d|V\d-V\d|V$)|(CH|CHAN|CHANNEL|LEAD|通道|导联)[\s._-]*\d+$"
)


def by_number(number: int) -> str | None:
    """Return the lead with an MDC or SCP-ECG number, or None."""
    return _BY_NUMBER.get(number)


def number_of(name: str) -> int:
    """Return the MDC number of a lead in our spelling; 0, which is "unspecified lead", for one that has none."""
    return next((number for number, known in _BY_NUMBER.items() if known == name), 0)


def by_code(scheme: str, value: str) -> str | None:
    """Return the lead that a code names, or None: ("MDC", "2:61") and ("SCPECG", "5.6.3-9-61") are III."""
    try:
        if scheme == "SCPECG" and value.startswith("5.6.3-9-"):
            return _BY_NUMBER.get(int(value.rsplit("-", 1)[1]))
        if scheme == "MDC":
            number = int(value.split(":")[1]) if value.startswith("2:") else int(value) - _MDC_PARTITION
            return _BY_NUMBER.get(number)
    except ValueError:
        return None
    return None


def by_name(text: str) -> str | None:
    """Return the lead that a label names, or None: "Lead I (Einthoven)", "avr", "ECG V2" and "LEAD_III" all do."""
    word = text.split("(")[0].replace("_", " ").upper()
    for noise in ("LEAD", "DERIVED", "ECG", "EKG", "导联"):
        word = word.replace(noise, " ")
    word = word.split(",")[0].strip()
    return _BY_NAME.get(word)


def ecg_name(label: str) -> str:
    """Return the name of a lead in our spelling, a Holter's or monitor's as it stands; nothing for another signal."""
    label = label.strip()
    known = by_name(label) or (label if _OTHER_ECG.match(label.upper()) else "")
    return _KIND.sub("", known)
