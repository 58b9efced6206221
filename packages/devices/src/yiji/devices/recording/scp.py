"""SCP-ECG: EN 1064 / ISO 11073-91064 (recalled), sections 2 to 7.

What is read: plain and Huffman-coded rhythm, first and second differences, the reference beat taken out of it and put
back. Rhythm that is thinned out between the beats ("bimodal") is refused: its filter is the writer's own.
"""

from dataclasses import dataclass
from math import gcd
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yiji.core.contract.measure import Measurement
from yiji.core.signal import Recording
from yiji.devices.errors import DamagedFile, NoEcg, UnsupportedVariant
from yiji.devices.recording import huffman, leads
from yiji.devices.recording.scp_sections import facts, number, sections

Samples = NDArray[np.int64]

_NOT_MEASURED = (29999, 0xFFFF, 0)
_NO_AXIS = 999
_LAST_LEAD = 85  # of the standard's table


@dataclass(frozen=True, slots=True)
class _Lead:
    first: int  # sample numbers, from 1
    last: int
    number: int


@dataclass(frozen=True, slots=True)
class _Packed:
    """Section 5 or 6: nanovolts a count, microseconds a sample, the order of the differences, bytes a lead."""

    nanovolts: int
    microseconds: int
    order: int
    bimodal: bool
    leads: tuple[bytes, ...]


def read_scp(data: bytes, name: str) -> Recording:
    """Read the rhythm; raises `TruncatedFile`, `DamagedFile`, `NoEcg` or `UnsupportedVariant`."""
    try:
        found = sections(data, name)
        if 3 not in found or 6 not in found:
            raise NoEcg(file=name, detail="no rhythm (sections 3 and 6)")
        return _recording(found, name)
    except (ValueError, IndexError) as fault:
        raise DamagedFile(file=name, detail=f"SCP-ECG: {fault}") from fault


def _recording(found: dict[int, bytes], name: str) -> Recording:
    defined, subtracted = _leads(found[3])
    rhythm = _packed(found[6], len(defined))
    if rhythm.bimodal:
        raise UnsupportedVariant(file=name, detail="bimodal compression")
    if len({(one.first, one.last) for one in defined}) != 1:
        raise UnsupportedVariant(file=name, detail="leads that are not simultaneous")
    tables = huffman.tables(found[2]) if 2 in found else None
    length = defined[0].last - defined[0].first + 1
    counts = [_samples(part, length, rhythm.order, tables) for part in rhythm.leads]
    unit = rhythm.nanovolts
    if subtracted:
        counts, unit = _with_beats(found, counts, rhythm, tables, defined[0].first)
    names = tuple(leads.by_number(one.number) or f"lead {one.number}" for one in defined)
    told = facts(found[1]) if 1 in found else {}
    return Recording(
        "ecg",
        names,
        round(1e6 / rhythm.microseconds, 6),
        np.stack(counts, axis=1).astype(np.int32),
        "scp-ecg",
        scale=np.full(len(names), unit * 1e-6),
        offset=np.zeros(len(names)),
        names=names,
        measured_by_device=_measured(found.get(7, b"")),
        **told,
    )


def _leads(section: bytes) -> tuple[list[_Lead], bool]:
    """Return the leads that are defined, and whether the reference beat is taken out of them."""
    count, flags = section[0], section[1]
    found = [
        _Lead(number(section, place, 4), number(section, place + 4, 4), number(section, place + 8, 1))
        for place in range(2, 2 + 9 * count, 9)
    ]
    if not found or any(not 1 <= one.first <= one.last or one.number > _LAST_LEAD for one in found):
        raise ValueError("lead definitions")
    return found, bool(flags & 1)


def _packed(section: bytes, count: int) -> _Packed:
    sizes = [number(section, 6 + 2 * row) for row in range(count)]
    places = np.cumsum([6 + 2 * count, *sizes])
    if places[-1] > len(section) or section[4] > 2 or not number(section, 0) or not number(section, 2):
        raise ValueError("lead data")
    parts = tuple(section[first : first + size] for first, size in zip(places, sizes, strict=False))
    return _Packed(number(section, 0), number(section, 2), section[4], section[5] == 1, parts)


def _samples(part: bytes, length: int, order: int, tables: list[huffman.Table] | None) -> Samples:
    """Return one lead's samples; arithmetic is that of 16 bits, as the encoders' is."""
    if tables is None and len(part) < 2 * length:
        raise ValueError(f"{len(part) // 2} of {length} samples")
    told = (
        np.frombuffer(part, "<i2", length).astype(np.int64) if tables is None else huffman.decode(part, length, tables)
    )
    if order == 1:
        told = np.cumsum(told)
    elif order == 2 and length > 2:
        slopes = (told[1] - told[0]) + np.cumsum(told[2:])
        told = np.concatenate((told[:2], told[1] + np.cumsum(slopes)))
    return told.astype(np.int16).astype(np.int64)


def _with_beats(
    found: dict[int, bytes], counts: list[Samples], rhythm: _Packed, tables: list[huffman.Table] | None, first: int
) -> tuple[list[Samples], int]:
    """Put the reference beat back where it was taken out; return the samples and nanovolts a count."""
    if 4 not in found or 5 not in found:
        raise ValueError("no reference beat (sections 4 and 5)")
    beat = _packed(found[5], len(counts))
    if beat.microseconds != rhythm.microseconds:
        raise ValueError("reference beat of another rate")
    unit = gcd(rhythm.nanovolts, beat.nanovolts)
    length = round(number(found[4], 0) * 1000 / beat.microseconds)
    whole: list[Samples] = []
    for lead, part in zip(counts, beat.leads, strict=True):
        reference = _samples(part, length, beat.order, tables) * (beat.nanovolts // unit)
        whole.append(_added(lead * (rhythm.nanovolts // unit), reference, found[4], first))
    return whole, unit


def _added(lead: Samples, reference: Samples, places: bytes, first: int) -> Samples:
    """Add the reference beat at each QRS of type 0, from its start to its end, its fiducial point on the QRS's."""
    fiducial = number(places, 2)
    for row in range(number(places, 4)):
        place = 6 + 14 * row
        kind, start, at, end = (number(places, place), *(number(places, place + 2 + 4 * n, 4) for n in range(3)))
        begin = max(start, first, at - fiducial + 1)
        stop = min(end, first + lead.size - 1, at - fiducial + reference.size)
        if kind == 0 and begin <= stop:
            behind = begin - (at - fiducial + 1)
            lead[begin - first : stop - first + 1] += reference[behind : behind + stop - begin + 1]
    return lead


def _measured(section: bytes) -> tuple[Measurement, ...]:
    """Return the global measurements of section 7: bounds of the first block as lengths, its axes, RR."""
    if len(section) < 6:
        return ()
    told: dict[str, int | None] = {"rr": _length(0, number(section, 2))}
    if section[0] and len(section) >= 22:
        p_on, p_off, qrs_on, qrs_off, t_off = (number(section, 6 + 2 * row) for row in range(5))
        told |= {"p": _length(p_on, p_off), "pr": _length(p_on, qrs_on)}
        told |= {"qrs": _length(qrs_on, qrs_off), "qt": _length(qrs_on, t_off)}
        axes = np.frombuffer(section, "<i2", 3, 16).tolist()
        told |= dict(zip(("p_axis", "qrs_axis", "t_axis"), map(_axis, axes), strict=True))
    return tuple(
        Measurement(code=code, value=value, unit="deg" if code.endswith("axis") else "ms", method="cart")
        for code, value in told.items()
        if value is not None
    )


def _length(first: int, last: int) -> int | None:
    unknown = last in _NOT_MEASURED or first in _NOT_MEASURED[:2]
    return None if unknown or last <= first else last - first


def _axis(value: Any) -> int | None:
    return None if abs(value) in (_NO_AXIS, 29999) else int(value)
