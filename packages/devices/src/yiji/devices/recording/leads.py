"""Lead names: one spelling for what every device calls differently.

The numbers are those of DICOM PS3.16 CID 3001 "ECG Leads" (MDC 2:n, ISO/IEEE 11073-10101; newer editions write the same
code as 131072 + n). SCP-ECG's 5.6.3-9-n uses the same n, as files of two makers show.
"""

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
    for noise in ("LEAD", "DERIVED", "ECG", "EKG"):
        word = word.replace(noise, " ")
    word = word.split(",")[0].strip()
    return _BY_NAME.get(word)
