"""The frame of an SCP-ECG file, its sums, and section 1: EN 1064 / ISO 11073-91064 sections 5.2 to 5.4 (recalled)."""

import binascii
from datetime import datetime, timedelta, timezone
from typing import Any

from yiji.devices.errors import DamagedFile, TruncatedFile

HEADER = 16  # bytes of a section's own header
_POINTER = 10
_KNOWN = 12  # sections 0 to 11 are the standard's
_ENCODINGS = {0x07: "utf-16-le", 0x27: "gb2312", 0x37: "utf-8", 0x0F: "shift_jis", 0x17: "euc_jp", 0x2F: "cp949"}
_MAKERS = (
    *("", "Burdick", "Cambridge", "Compumed", "Datamed", "Fukuda", "Hewlett-Packard", "Marquette Electronics"),
    *("Mortara Instruments", "Nihon Kohden", "Okin", "Quinton", "Siemens", "Spacelabs", "Telemed", "Hellige"),
    *("ESA-OTE", "Schiller", "Picker-Schwarzer", "et medical devices", "Zwönitz"),
)


def number(data: bytes, place: int, size: int = 2) -> int:
    """Return an unsigned number; `ValueError` beyond the end."""
    part = data[place : place + size]
    if len(part) < size:
        raise ValueError(f"byte {place} of {len(data)}")
    return int.from_bytes(part, "little")


def _sum_is(data: bytes, told: int) -> bool:
    """Compare a CRC-CCITT; a writer that does not sum leaves 0."""
    return told in (0, binascii.crc_hqx(data, 0xFFFF))


def sections(data: bytes, name: str) -> dict[int, bytes]:
    """Return what each section holds, by its number, each checked against its sum.

    Raises `TruncatedFile` for a file shorter than it says, `DamagedFile` for one whose sums do not fit.
    """
    size = number(data, 2, 4)
    if size > len(data):
        raise TruncatedFile(file=name, detail=f"{len(data)} of {size} bytes")
    data = data[:size]
    if not _sum_is(data[2:], number(data, 0)):
        raise DamagedFile(file=name, detail="CRC of the record")
    first = data[6 : 6 + number(data, 10, 4)]
    found: dict[int, bytes] = {}
    for place in range(HEADER, len(first) - _POINTER + 1, _POINTER):
        section, length, index = number(first, place), number(first, place + 2, 4), number(first, place + 6, 4)
        if section < _KNOWN and length > HEADER and index:
            found[section] = _section(data[index - 1 : index - 1 + length], section, length, name)
    return found


def _section(part: bytes, section: int, length: int, name: str) -> bytes:
    if len(part) < length or number(part, 2) != section or number(part, 4, 4) != length:
        raise DamagedFile(file=name, detail=f"section {section} is not where it should be")
    if not _sum_is(part[2:], number(part, 0)):
        raise DamagedFile(file=name, detail=f"CRC of section {section}")
    return part[HEADER:]


def facts(section: bytes) -> dict[str, Any]:
    """Return what section 1 tells of patient, device and time, under the names of `Recording`."""
    tags = _tags(section)
    device = tags.get(14, b"")
    encoding = _ENCODINGS.get(device[16], "latin-1") if len(device) > 16 else "latin-1"

    def told(tag: int) -> str:
        return _text(tags.get(tag, b""), encoding)

    return {
        "patient_id": told(2),
        "patient_name": " ".join(filter(None, (told(1), told(0)))),
        "accession_number": told(31),
        "start": _start(tags),
        **_device(device, encoding),
    }


def _tags(section: bytes) -> dict[int, bytes]:
    """Return the values by their tags; the first of each."""
    found: dict[int, bytes] = {}
    place = 0
    while place + 3 <= len(section) and section[place] != 255:
        length = number(section, place + 1)
        found.setdefault(section[place], section[place + 3 : place + 3 + length])
        place += 3 + length
    return found


def _text(value: bytes, encoding: str) -> str:
    text = value.decode(encoding, "replace")
    return text.split("\0", 1)[0].strip()


def _device(value: bytes, encoding: str) -> dict[str, str]:
    if len(value) < 36:
        return {}
    texts = [*(part.decode(encoding, "replace").strip() for part in value[36:].split(b"\0")), *[""] * 5]
    maker = _MAKERS[value[7]] if value[7] < len(_MAKERS) else ""
    return {"manufacturer": texts[4] or maker, "model": _text(value[8:14], "latin-1"), "serial": texts[1]}


def _start(tags: dict[int, bytes]) -> datetime | None:
    day, clock, zone = tags.get(25, b""), tags.get(26, b""), tags.get(34, b"")
    if len(day) < 4 or len(clock) < 3:
        return None
    try:
        at = datetime(number(day, 0), day[2], day[3], clock[0], clock[1], clock[2])
        ahead = int.from_bytes(zone[:2], "little", signed=True) if len(zone) >= 2 else 0x7FFF
        return at if abs(ahead) > 14 * 60 else at.replace(tzinfo=timezone(timedelta(minutes=ahead)))
    except ValueError:
        return None
