"""The marks by which formats are known: nothing is imported and nothing is parsed for them."""

import re

_HEAD = 4096
_EDF_COUNT = re.compile(rb"^(-1|\d+) *$")


def is_dicom(data: bytes) -> bool:
    """A DICOM file has its mark after a preamble of 128 bytes (PS3.10 section 7.1, recalled)."""
    return data[128:132] == b"DICM"


def is_edf(data: bytes) -> bool:
    """An EDF begins with version "0", a BDF with FFh "BIOSEMI"; both tell their header's length as 256 (n + 1)."""
    if data[:8] not in (b"0       ", b"\xffBIOSEMI"):
        return False
    return data[184:192].strip().isdigit() or len(data) < 192 or bool(_EDF_COUNT.match(data[236:244]))


def is_scp(data: bytes) -> bool:
    """An SCP-ECG's first section is the pointers', with id 0; protocol versions are followed by "SCPECG" or zeros."""
    reserved = data[16:22]
    return data[8:10] == b"\0\0" and reserved in (b"SCPECG", bytes(6)) and data[14:16] != b"\0\0" and len(data) > 22


def xml_root(data: bytes) -> str:
    """Return the local name of an XML file's first element; empty where there is none near the beginning."""
    head = data[:_HEAD]
    wide = head[:2] in (b"\xff\xfe", b"\xfe\xff")
    text = head.decode("utf-16" if wide else "latin-1", "ignore").lstrip("\ufeff\u00ef\u00bb\u00bf \t\r\n")
    text = re.sub(r"<!--.*?(-->|$)|<\?.*?(\?>|$)|<!DOCTYPE[^<>]*(\[.*?\])?\s*>", " ", text, flags=re.DOTALL).lstrip()
    found = re.match(r"<(?:[\w.-]+:)?([\w.-]+)", text)
    return found.group(1) if found else ""


def is_aecg(data: bytes) -> bool:
    """An HL7 annotated ECG's root is AnnotatedECG."""
    return xml_root(data) == "AnnotatedECG"


def is_sierra(data: bytes) -> bool:
    """A Philips Sierra file's root is restingecgdata."""
    return xml_root(data) == "restingecgdata"


def is_muse(data: bytes) -> bool:
    """A GE MUSE file's root is RestingECG."""
    return xml_root(data) == "RestingECG"


def is_ishne(data: bytes) -> bool:
    """An ISHNE Holter file begins with "ISHNE1.0"."""
    return data[:8] == b"ISHNE1.0"


def is_mfer(data: bytes) -> bool:
    """An MFER file begins with the preamble tag 40h and the text "MFR "."""
    return data[:1] == b"@" and b"MFR " in data[:8]


def is_csv(data: bytes) -> bool:
    """A CSV that we read has its layout at its head, after this mark."""
    return data.removeprefix(b"\xef\xbb\xbf").startswith(b"# yiji-csv")
