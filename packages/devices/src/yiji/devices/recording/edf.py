"""EDF, EDF+ and BDF: Kemp and Olivan 2003 (edfplus.info), read by `edfio` once the sizes are known to fit."""

import warnings
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yiji.core.signal import Recording
from yiji.devices.errors import DamagedFile, NoEcg, TruncatedFile, UnsupportedVariant
from yiji.devices.recording import leads

_FIXED = 256  # bytes of the header, and of each signal's share
_COUNT_AT = 216  # in a signals' share: samples a record, after 216 bytes of each signal
_MILLIVOLTS = {"uv": 1e-3, "µv": 1e-3, "mv": 1.0, "v": 1e3, "nv": 1e-6}
_MOST_NOTES = 1000


@dataclass(frozen=True, slots=True)
class _Frame:
    """What a header tells of the file's size. `records` may be -1 while a recording goes on."""

    records: int
    seconds: float
    widths: tuple[int, ...]  # samples a record of each signal
    size: int  # bytes a sample


def read_edf(data: bytes, name: str) -> Recording:
    """Read the ECG signals with the highest rate among them; annotations become notes.

    Raises `TruncatedFile`, `DamagedFile`, `NoEcg`, or `UnsupportedVariant` for EDF+D, whose records do not follow one
    another.
    """
    frame = _frame(data, name)
    if data[192:236].startswith((b"EDF+D", b"BDF+D")):
        raise UnsupportedVariant(file=name, detail="discontinuous EDF+D")
    data = _whole(data, frame, name)
    file = _opened(data, frame)
    chosen = _chosen(file.signals, name)
    steps = [_step(signal, name) for signal in chosen]
    return Recording(
        "ecg",
        tuple(signal.label for signal in chosen),
        float(chosen[0].samples_per_data_record / frame.seconds),
        _counts(chosen),
        "edf" if frame.size == 2 else "bdf",
        scale=np.array([scale for scale, _ in steps]),
        offset=np.array([offset for _, offset in steps]),
        start=_start(file, data),
        names=tuple(leads.ecg_name(signal.label) for signal in chosen),
        notes=_notes(file),
        **_facts(file),
    )


def _frame(data: bytes, name: str) -> _Frame:
    count = _number(data[252:256], name)
    if len(data) < _FIXED * (count + 1):
        raise TruncatedFile(file=name, detail=f"{len(data)} of {_FIXED * (count + 1)} bytes of header")
    first = _FIXED + _COUNT_AT * count
    widths = tuple(_number(data[first + 8 * row : first + 8 * row + 8], name) for row in range(count))
    frame = _Frame(
        _number(data[236:244], name, least=-1), _seconds(data[244:252], name), widths, 3 if data[0] == 0xFF else 2
    )
    if not count or not sum(widths):
        raise NoEcg(file=name, detail="no signals")
    if _number(data[184:192], name) != _FIXED * (count + 1):
        raise DamagedFile(file=name, detail="length of the header")
    return frame


def _number(field: bytes, name: str, least: int = 0) -> int:
    try:
        value = int(field.decode("ascii"))
    except ValueError:
        value = least - 1
    if value < least:
        raise DamagedFile(file=name, detail=f"header field {field!r}")
    return value


def _seconds(field: bytes, name: str) -> float:
    try:
        value = float(field.decode("ascii"))
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise NoEcg(file=name, detail=f"records of {field!r} seconds")
    return value


def _whole(data: bytes, frame: _Frame, name: str) -> bytes:
    """Return the bytes that the header tells of; a recorder that was stopped hard leaves the count at -1."""
    header, record = _FIXED * (len(frame.widths) + 1), sum(frame.widths) * frame.size
    there = (len(data) - header) // record
    if frame.records > there:
        raise TruncatedFile(file=name, detail=f"{there} of {frame.records} records")
    if 0 <= frame.records < there:
        raise DamagedFile(file=name, detail=f"{there} records, not {frame.records}")
    return data[: header + record * there]


def _opened(data: bytes, frame: _Frame) -> Any:
    import edfio

    read = edfio.read_edf if frame.size == 2 else edfio.read_bdf
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # edfio quotes the header; what matters of it has been checked
        return read(data, header_encoding="latin-1")


def _chosen(signals: Any, name: str) -> list[Any]:
    found = [one for one in signals if leads.ecg_name(one.label) and one.physical_dimension.lower() in _MILLIVOLTS]
    if not found:
        raise NoEcg(file=name, detail=", ".join(one.label for one in signals))
    widest = max(one.samples_per_data_record for one in found)
    return [one for one in found if one.samples_per_data_record == widest]


def _step(signal: Any, name: str) -> tuple[float, float]:
    """Return (scale, offset) in mV from the physical and the digital range."""
    (low, high), (first, last) = signal.physical_range, signal.digital_range
    if first == last or low == high:
        raise DamagedFile(file=name, detail=f"range of signal {signal.label}")
    unit = _MILLIVOLTS[signal.physical_dimension.lower()]
    scale = (high - low) / (last - first)
    return scale * unit, (low - first * scale) * unit


def _counts(signals: list[Any]) -> NDArray[Any]:
    columns = (signal.digital for signal in signals)
    first = next(columns)
    table = np.empty((first.size, len(signals)), first.dtype)
    table[:, 0] = first
    for row, column in enumerate(columns, 1):
        table[:, row] = column
    return table


def _start(file: Any, data: bytes) -> datetime | None:
    """Return the start; without a day there is none. An EDF of 1985 to 2084 tells two digits of its year."""
    try:
        return file.startdatetime
    except ValueError:
        pass
    try:
        at = datetime.strptime(data[168:184].decode("ascii"), "%d.%m.%y%H.%M.%S")
    except ValueError:
        return None
    return None if (at.day, at.month, at.year) == (1, 1, 1985) else at.replace(year=_year(at.year))


def _year(year: int) -> int:
    return year % 100 + (1900 if year % 100 >= 85 else 2000)


def _notes(file: Any) -> tuple[str, ...]:
    """Return the annotations, each with its second."""
    told = [(one.onset, one.text.strip()) for one in file.annotations[:_MOST_NOTES]]
    return tuple(f"{onset:g} s: {text}" if onset else text for onset, text in told if text)


def _facts(file: Any) -> dict[str, Any]:
    """Return patient and equipment as EDF+ tells them; "X" is its word for nothing."""
    plus = file.reserved[:4] in ("EDF+", "BDF+")
    patient: list[str] = file.local_patient_identification.split() if plus else []
    recording: list[str] = file.local_recording_identification.split() if plus else []
    told = {
        "patient_id": patient[0] if patient else "",
        "patient_name": patient[3].replace("_", " ") if len(patient) > 3 else "",
        "accession_number": recording[2] if len(recording) > 4 else "",
        "model": recording[4].replace("_", " ") if len(recording) > 4 else "",
    }
    return {key: value for key, value in told.items() if value not in ("", "X")}
