"""Philips Sierra ECG XML 1.03, 1.04 and 1.04.x, as the Sierra ECG Tools (MIT licence) tell it.

Versions 1.04 and 1.04.01 are proven on genuine files; 1.03 differs in how it names its leads and is not.
"""

import base64
import re
from datetime import datetime
from typing import Any
from xml.etree.ElementTree import Element

import numpy as np
from numpy.typing import NDArray

from yiji.core.contract.measure import Measurement
from yiji.core.signal import STANDARD, Recording
from yiji.devices.errors import DamagedFile, NoEcg, TruncatedFile, UnsupportedVariant
from yiji.devices.recording import leads, xli
from yiji.devices.recording.xml import parse, text

_VERSIONS = ("1.03", "1.04", "1.04.01", "1.04.02")
_TWELVE_WIRES = ("STD-12", "10-WIRE")
_MEASURES = {
    "meanventrate": ("heart_rate", "/min"),
    "meanprint": ("pr", "ms"),
    "meanqrsdur": ("qrs", "ms"),
    "meanqtint": ("qt", "ms"),
    "meanqtc": ("qtc", "ms"),
    "pfrontaxis": ("p_axis", "deg"),
    "qrsfrontaxis": ("qrs_axis", "deg"),
    "tfrontaxis": ("t_axis", "deg"),
}


def read_sierra(data: bytes, name: str) -> Recording:
    """Read a Sierra file; raises `TruncatedFile`, `DamagedFile`, `NoEcg` or `UnsupportedVariant`."""
    root = parse(data, name)
    version = text(root, "documentinfo/documentversion")
    if version not in _VERSIONS:
        raise UnsupportedVariant(file=name, detail=f"Sierra ECG {version or '-'}")
    waves, signal = next(root.iter("parsedwaveforms"), None), root.find("dataacquisition/signalcharacteristics")
    if waves is None or signal is None:
        raise NoEcg(file=name, detail="no parsedwaveforms")
    fs, labels = float(text(signal, "samplingrate")), _labels(waves, signal)
    samples = round(float(waves.get("durationperchannel", "0")) * fs / 1000)
    counts = _counts(waves, samples, len(labels), name)
    step = float(waves.get("resolution") or text(signal, "resolution")) * 1e-3  # told in uV
    return Recording(
        "ecg",
        tuple(labels),
        fs,
        counts,
        "philips-xml",
        scale=np.full(len(labels), step),
        offset=np.full(len(labels), -float(text(signal, "signaloffset") or 0) * step),
        start=_start(root),
        names=tuple(leads.by_name(label) or label for label in labels),
        measured_by_device=_measured(root),
        notes=tuple(filter(None, (text(one, "leftstatement") for one in root.iter("statement")))),
        **_facts(root),
    )


def _labels(waves: Element, signal: Element) -> list[str]:
    told, count = waves.get("leadlabels", "").split(), text(signal, "numberchannelsallocated")
    if told:
        return told[: int(waves.get("numberofleads") or len(told))]
    standard = STANDARD if text(signal, "acquisitiontype") in _TWELVE_WIRES else ()
    return [standard[row] if row < len(standard) else f"Channel {row + 1}" for row in range(min(int(count), 256))]


def _counts(waves: Element, samples: int, count: int, name: str) -> NDArray[np.int32]:
    try:
        raw = base64.b64decode("".join((waves.text or "").split()), validate=True)
    except ValueError as fault:
        raise DamagedFile(file=name, detail=f"Base64: {fault}") from fault
    packing = waves.get("compressmethod") or waves.get("compression") or "Uncompressed"
    if waves.get("dataencoding") != "Base64" or packing not in ("XLI", "Uncompressed"):
        raise UnsupportedVariant(file=name, detail=f"{waves.get('dataencoding')}, {packing}")
    if not samples or not count:
        raise NoEcg(file=name, detail=f"{count} leads of {samples} samples")
    if samples > 100 * len(raw):
        raise TruncatedFile(file=name, detail=f"{samples} samples of {count} leads in {len(raw)} bytes")
    return _unpacked(raw, samples, count, name) if packing == "XLI" else _plain(raw, samples, count, name)


def _plain(raw: bytes, samples: int, count: int, name: str) -> NDArray[np.int32]:
    if len(raw) < 2 * samples * count:
        raise TruncatedFile(file=name, detail=f"{len(raw)} of {2 * samples * count} bytes")
    return np.frombuffer(raw, "<i2", samples * count).reshape(count, samples).T.astype(np.int32)


def _unpacked(raw: bytes, samples: int, count: int, name: str) -> NDArray[np.int32]:
    try:
        found = xli.unpack(raw, samples)
    except ValueError as fault:
        raise DamagedFile(file=name, detail=str(fault)) from fault
    if len(found) < count:
        raise TruncatedFile(file=name, detail=f"{len(found)} of {count} leads")
    return _derived(found)[:count].T


def _derived(found: list[NDArray[np.int32]]) -> NDArray[np.int32]:
    """Return leads as rows: III to aVF, if there, are packed as what is left when I and II have told most of them."""
    table = np.stack(found)
    if len(table) < 6:
        return table
    one, two, three, right, left, foot = table[:6].copy()
    table[2] = three = two - one - three
    table[3] = -right - (one + two) // 2
    table[4] = (one - three) // 2 - left
    table[5] = (two + three) // 2 - foot
    return table


def _start(root: Element) -> datetime | None:
    acquired = root.find("dataacquisition")
    told = "" if acquired is None else f"{acquired.get('date', '')} {acquired.get('time', '')}"
    try:
        return datetime.fromisoformat(told.strip()).replace(tzinfo=None) if re.match(r"\d{4}-", told) else None
    except ValueError:
        return None


def _facts(root: Element) -> dict[str, Any]:
    person, machine = root.find("patient/generalpatientdata"), root.find("dataacquisition/machine")
    names = (text(person, f"name/{part}") for part in ("firstname", "middlename", "lastname"))
    device = "" if machine is None else machine.get("detaildescription", "")
    told = {
        "patient_id": text(person, "patientid"),
        "patient_name": " ".join(filter(None, names)),
        "manufacturer": device.split(":")[0] or "Philips",
        "model": text(root, "dataacquisition/machine"),
        "serial": "" if machine is None else machine.get("machineid", ""),
        "accession_number": text(root, "orderinfo/ordernumber"),
    }
    return {key: value for key, value in told.items() if value}


def _measured(root: Element) -> tuple[Measurement, ...]:
    """Return the cart's own global measurements."""
    across = root.find("internalmeasurements/crossleadmeasurements")
    told = [(text(across, tag), *named) for tag, named in _MEASURES.items()]
    return tuple(
        Measurement(code=code, value=float(value), unit=unit, method="cart")
        for value, code, unit in told
        if re.fullmatch(r"-?\d+(\.\d+)?", value)
    )
