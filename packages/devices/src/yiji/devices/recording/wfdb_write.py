"""Writing WFDB records, plain (formats 16, 24 and 32) or as FLAC (516 and 524), which loses nothing either.

Written without the library `wfdb`, whose import costs more than all the rest of keeping a recording.
"""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yiji.core.signal import Recording
from yiji.devices.recording.whole import Whole, whole

_FACTS = ("accession_number", "manufacturer", "model", "serial", "patient_id")
_MOST_CHANNELS = 8  # of one FLAC stream
_FLAC_RATE = 96000  # what the WFDB library writes into the stream; the header tells the rate
_STRETCH = 1 << 16  # frames written at once
_EXACT = 1e-6  # counts


def write_wfdb(recording: Recording, folder: str | Path, name: str, flac: bool = False) -> Path:
    """Write `NAME.hea` and its signal files into `folder` and return the header's path.

    The counts are those that the device stored (bit-identical back) where it stored whole numbers; floats are rounded
    to the finest step of a ladder from 0.25 uV that holds the peak. A gap stays one.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    packed = whole(recording, 24 if flac else 32)
    files = _flac_files(packed, folder, name) if flac else [_plain_file(packed, folder, name)] * len(recording.leads)
    (folder / f"{name}.hea").write_text(_header(recording, packed, name, files), "utf-8")
    return folder / f"{name}.hea"


def _plain_file(packed: Whole, folder: Path, name: str) -> str:
    with (folder / f"{name}.dat").open("wb") as file:
        for first in range(0, len(packed.counts), _STRETCH):
            file.write(_bytes(packed.counts[first : first + _STRETCH], packed.bits))
    return f"{name}.dat {packed.bits}"


def _bytes(counts: NDArray[Any], bits: int) -> bytes:
    if bits == 24:
        return np.ascontiguousarray(counts, "<i4").view(np.uint8).reshape(-1, 4)[:, :3].tobytes()
    return counts.astype(f"<i{bits // 8}").tobytes()


def _flac_files(packed: Whole, folder: Path, name: str) -> list[str]:
    """Write as few FLAC files as hold all leads, equally wide; return "file format" of each lead."""
    leads = packed.counts.shape[1]
    count = -(-leads // _MOST_CHANNELS)
    told: list[str] = []
    for number in range(count):
        first, last = number * leads // count, (number + 1) * leads // count
        file = f"{name}.flac" if count == 1 else f"{name}_{number + 1}.flac"
        _flac_file(packed.counts[:, first:last], packed.bits, folder / file)
        told += [f"{file} {500 + packed.bits}"] * (last - first)
    return told


def _flac_file(counts: NDArray[Any], bits: int, path: Path) -> None:
    import soundfile

    subtype, up = f"PCM_{bits}", 8 if bits == 24 else 0  # soundfile wants 24 bits in the upper part of 32
    wide: Any = soundfile.SoundFile(
        path, "w", _FLAC_RATE, counts.shape[1], subtype, format="FLAC", compression_level=1.0
    )
    with wide as file:
        for first in range(0, len(counts), _STRETCH):
            file.write(np.ascontiguousarray(counts[first : first + _STRETCH]) << up)


def _header(recording: Recording, packed: Whole, name: str, files: list[str]) -> str:
    """Return a header: the record line, a line for each signal, our facts and the notes as comments."""
    at = recording.start
    when = f" {at:%H:%M:%S}.{at.microsecond // 1000:03} {at:%d/%m/%Y}" if at else ""
    lines = [f"{name} {len(recording.leads)} {_number(recording.fs)} {recording.samples}{when}"]
    sums = packed.counts.sum(axis=0, dtype=np.int64)
    for row, (lead, file) in enumerate(zip(recording.leads, files, strict=True)):
        gain, baseline = 1 / packed.scale[row], round(-packed.offset[row] / packed.scale[row])
        first = int(packed.counts[0, row]) if recording.samples else 0
        total = (int(sums[row]) + 32768) % 65536 - 32768  # of 16 bits, with its sign
        lines.append(f"{file} {_number(gain)}({baseline})/mV {packed.bits} 0 {first} {total} 0 {lead}")
    facts = [f"# {key}: {value}" for key in _FACTS if (value := getattr(recording, key))]
    return "\n".join([*lines, *facts, *(f"# {' '.join(note.splitlines())}" for note in recording.notes)]) + "\n"


def _number(value: float) -> str:
    """Write a number as short as it can be read back as it is; a gain is 1 / scale, so its last digit may be noise."""
    short = f"{value:.12g}"
    return short if np.isclose(float(short), value, rtol=4e-16, atol=0) else repr(float(value))


def lost_in_wfdb(recording: Recording) -> tuple[str, ...]:
    """Return what a WFDB record cannot keep of a recording: codes of `yiji.devices.recording.convert`."""
    levels = -np.asarray(recording.offset) / np.asarray(recording.scale)
    told = {
        "baseline": bool(np.any(np.abs(levels - np.rint(levels)) > _EXACT)),
        "rounded": not np.issubdtype(recording.counts.dtype, np.integer),
        "name": bool(recording.patient_name),
        "measurements": bool(recording.measured_by_device),
    }
    return tuple(code for code, true in told.items() if true)
