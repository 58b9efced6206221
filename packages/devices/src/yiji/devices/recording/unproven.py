"""Formats of which no genuine file was at hand: GE MUSE XML, ISHNE, MFER. Unproven 未经真实样本验证.

They are read through the library `ecgdatakit`, if it is installed, and each recording says in its notes that its reader
is unproven. No layout is guessed here; what the library does not tell for certain (a unit, a scale) is refused.
"""

import warnings
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from yiji.core.signal import Recording
from yiji.devices.errors import DamagedFile, LibraryMissing, NoEcg, TruncatedFile
from yiji.devices.recording import leads, xml

PACKAGE = "ecgdatakit"
NOTE = "unproven reader 读取程序未经真实样本验证"
_MILLIVOLTS = {"uv": 1e-3, "µv": 1e-3, "mv": 1.0, "v": 1e3, "nv": 1e-6}
_NOT_WHOLE = ("missing", "shorter", "truncated", "left out", "not loaded", "checksum", "crc", "mismatch")


def read_muse(data: bytes, name: str) -> Recording:
    """Read a GE MUSE XML file; raises `LibraryMissing`, `DamagedFile`, `TruncatedFile` or `NoEcg`."""
    xml.parse(data, name)  # whole, and without entities
    return _read(data, name, "muse-xml", "ge_muse_xml", "GEMuseXMLParser")


def read_ishne(data: bytes, name: str) -> Recording:
    """Read an ISHNE Holter file; raises `LibraryMissing`, `DamagedFile`, `TruncatedFile` or `NoEcg`."""
    return _read(data, name, "ishne", "ishne_holter", "ISHNEHolterParser")


def read_mfer(data: bytes, name: str) -> Recording:
    """Read an MFER file; raises `LibraryMissing`, `DamagedFile`, `TruncatedFile` or `NoEcg`."""
    return _read(data, name, "mfer", "mfer", "MFERParser")


def _read(data: bytes, name: str, kind: str, module: str, parser: str) -> Recording:
    """Have the library read the bytes, from a file, as it wants them; what it warns of that is not whole is refused."""
    try:
        found: Any = getattr(import_module(f"{PACKAGE}.parsing.parsers.{module}"), parser)()
    except ImportError as fault:
        raise LibraryMissing(file=name, package=PACKAGE) from fault
    with TemporaryDirectory(prefix="yiji-") as folder, warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        file = Path(folder) / "file"
        file.write_bytes(data)
        record = found.parse(file)
    for one in told:
        if any(word in f"{one.category.__name__} {one.message}".lower() for word in _NOT_WHOLE):
            raise TruncatedFile(file=name, detail=str(one.message)[:120])
    return _recording(record, kind, name)


def _recording(record: Any, kind: str, name: str) -> Recording:
    chosen = [one for one in record.leads if leads.ecg_name(one.label) and len(one.samples)]
    if not chosen:
        raise NoEcg(file=name, detail=", ".join(one.label for one in record.leads))
    fastest = max(one.sampling_rate for one in chosen)
    chosen = [one for one in chosen if one.sampling_rate == fastest]
    if len({len(one.samples) for one in chosen}) != 1:
        raise TruncatedFile(file=name, detail="leads of several lengths")
    steps = [_step(one, name) for one in chosen]
    labels = tuple(str(one.label) for one in chosen)
    device = record.recording.device
    return Recording(
        "ecg",
        labels,
        float(fastest),
        np.stack([one.samples for one in chosen], axis=1),
        kind,
        scale=np.array([scale for scale, _ in steps]),
        offset=np.array([offset for _, offset in steps]),
        start=record.recording.date,
        names=tuple(map(leads.ecg_name, labels)),
        patient_id=str(record.patient.patient_id or ""),
        patient_name=f"{record.patient.first_name or ''} {record.patient.last_name or ''}".strip(),
        manufacturer=str(device.manufacturer or ""),
        model=str(device.model or ""),
        serial=str(device.serial_number or ""),
        notes=(NOTE,),
    )


def _step(lead: Any, name: str) -> tuple[float, float]:
    """Return (scale, offset) in mV of the samples as the library hands them out."""
    unit = _MILLIVOLTS.get((lead.resolution_unit if lead.is_raw else lead.units or "").lower())
    if unit is None:
        raise DamagedFile(file=name, detail=f"no unit for lead {lead.label}")
    return (lead.resolution * unit, lead.offset * unit) if lead.is_raw else (unit, 0.0)
