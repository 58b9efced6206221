"""WFDB records: a header and its signal files, or both in one zip, which is how a record travels as one file.

The header's lines are those of WFDB's header(5) (recalled); the library `wfdb` does the reading and writing.
"""

import re
import zipfile
from datetime import datetime
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yiji.core.signal import Recording
from yiji.devices.errors import DamagedFile, NoEcg, TruncatedFile
from yiji.devices.recording import leads

_RECORD_LINE = re.compile(r"^[\w-]+(/\d+)?\s+\d+(\s+[\d.]+\S*)?(\s|$)")
_SIGNAL_LINE = re.compile(r"^(\S+)\s+(\d+)(x\d+)?(:\d+)?(\+\d+)?(\s|$)")
_MILLIVOLTS = {"uv": 1e-3, "mv": 1.0, "v": 1e3}
_STEPS = (
    0.00025,
    0.0005,
    0.001,
    0.0025,
    0.005,
    0.01,
    0.025,
    0.05,
)  # mV a count, the finest that holds the peak is taken
_MAX_COUNT = 32000
_GAP = -32768  # format 16's "no valid sample"
_NO_SAMPLE = -(1 << 31)  # ours
_MOST_HEADER = 1 << 16  # bytes
_MOST_BYTES = 1 << 30  # of an unpacked bundle
_NOTES = ("accession_number", "manufacturer", "model", "serial", "patient_id")


def _wfdb() -> Any:
    """Return the library, untyped as it is; imported late, since it brings pandas with it."""
    import wfdb

    return wfdb


def is_header(data: bytes) -> bool:
    """Say whether bytes are a WFDB header: a record line, then a line for each signal."""
    if len(data) > _MOST_HEADER or b"\0" in data:
        return False
    lines = _lines(data)
    return bool(lines) and bool(_RECORD_LINE.match(lines[0])) and all(map(_SIGNAL_LINE.match, lines[1:2]))


def _lines(data: bytes) -> list[str]:
    text = data.decode("utf-8", "replace")
    return [line for line in text.splitlines() if line.strip() and not line.startswith("#")]


def _signal_files(header: bytes) -> list[str]:
    """Return the names of the files that a header's signal lines refer to, each once; they lie beside the header."""
    found = [Path(match.group(1)).name for line in _lines(header)[1:] if (match := _SIGNAL_LINE.match(line))]
    return list(dict.fromkeys(found))


def bundle(path: str | Path) -> bytes:
    """Pack the record whose header is at `path` into a zip: the same record always gives the same bytes.

    Raises `TruncatedFile` when a signal file is not there.
    """
    path = Path(path)
    header = path.read_bytes()
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(zipfile.ZipInfo(f"{_record_name(header)}.hea"), header)
        for name in _signal_files(header):
            if not (path.parent / name).is_file():
                raise TruncatedFile(file=path.name, detail=f"{name} missing")
            archive.writestr(zipfile.ZipInfo(name), (path.parent / name).read_bytes())
    return packed.getvalue()


def parts(path: Path) -> list[Path]:
    """Return the signal files beside a WFDB header that are there; none for any other file."""
    with path.open("rb") as file:
        data = file.read(_MOST_HEADER + 1)
    named = _signal_files(data) if is_header(data) else []
    return [path.parent / name for name in named if (path.parent / name).is_file()]


def _record_name(header: bytes) -> str:
    return _lines(header)[0].split()[0].split("/")[0]


def is_bundle(data: bytes) -> bool:
    """Say whether bytes are a zip that holds a WFDB header."""
    if not data.startswith(b"PK\x03\x04"):
        return False
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            return any(name.endswith(".hea") for name in archive.namelist())
    except zipfile.BadZipFile:
        return b".hea" in data[:4096]  # torn; the reader says so


def read_bundle(data: bytes, name: str) -> Recording:
    """Read the record in a zip; `name` is for messages. Raises `TruncatedFile`, `DamagedFile` or `NoEcg`."""
    try:
        with TemporaryDirectory(prefix="yiji-") as folder, zipfile.ZipFile(BytesIO(data)) as archive:
            return _read_record(_unpack(archive, Path(folder), name), name)
    except zipfile.BadZipFile as fault:
        raise TruncatedFile(file=name, detail=str(fault)) from fault


def _unpack(archive: zipfile.ZipFile, folder: Path, name: str) -> Path:
    """Write the record's files flat into `folder`, whatever paths the zip names; return the header's path."""
    if sum(member.file_size for member in archive.infolist()) > _MOST_BYTES:
        raise DamagedFile(file=name, detail=f"more than {_MOST_BYTES} bytes unpacked")
    headers = [member for member in archive.namelist() if member.endswith(".hea")]
    if len(headers) != 1:
        raise DamagedFile(file=name, detail=f"{len(headers)} headers in one zip")
    for member in archive.namelist():
        if not member.endswith("/"):
            (folder / Path(member).name).write_bytes(archive.read(member))
    return folder / Path(headers[0]).name


def _read_record(header: Path, name: str) -> Recording:
    text = header.read_bytes()
    if not is_header(text):
        raise DamagedFile(file=name, detail="no WFDB header")
    if "/" in _lines(text)[0].split()[0]:
        raise DamagedFile(file=name, detail="multi-segment records are not read")
    _check_files(header, text, name)
    path = str(header.with_suffix(""))
    # several samples a frame have to be kept apart; for one a frame the library's expanded way fails on format 61
    expanded = max(_wfdb().rdheader(path).samps_per_frame, default=1) > 1
    record: Any = _wfdb().rdrecord(path, physical=False, smooth_frames=not expanded)
    _check_sums(record, expanded, name)
    return _recording(record, expanded, name)


def _check_files(header: Path, text: bytes, name: str) -> None:
    for file in _signal_files(text):
        if not (header.parent / file).is_file():
            raise TruncatedFile(file=name, detail=f"{file} missing")


def _check_sums(record: Any, expanded: bool, name: str) -> None:
    """Compare the 16-bit checksums that the header may carry; a torn or altered signal file shows here.

    Only of ECG signals without skew: for a skewed one the library shifts the samples that the sum was taken over.
    """
    counted = record.calc_checksum(expanded=expanded)
    for row in range(record.n_sig):
        told = record.checksum[row] if _lead(record, row) and not record.skew[row] else None
        if told is not None and (int(told) - int(counted[row])) % 65536:
            raise DamagedFile(file=name, detail=f"checksum of signal {record.sig_name[row]}")


def _recording(record: Any, expanded: bool, name: str) -> Recording:
    """Make a recording of the ECG signals; where signals have several rates, of those with the highest."""
    leads_at = {row: lead for row in range(record.n_sig) if (lead := _lead(record, row))}
    if not leads_at or not record.sig_len:
        raise NoEcg(file=name, detail=", ".join(map(str, record.sig_name)))
    per_frame = max(record.samps_per_frame[row] for row in leads_at)
    rows = [row for row in leads_at if record.samps_per_frame[row] == per_frame]
    counts = np.stack([record.e_d_signal[row] for row in rows], axis=1) if expanded else record.d_signal[:, rows]
    scale = np.array([_millivolts(record, row) / record.adc_gain[row] for row in rows])
    notes = dict(line.split(": ", 1) for line in record.comments if ": " in line)
    return Recording(
        "ecg",
        tuple(str(record.sig_name[row]) for row in rows),
        float(record.fs) * per_frame,
        np.where(counts == _invalid(record, rows), _NO_SAMPLE, counts).astype(np.int32),
        "wfdb",
        scale=scale,
        offset=-np.array([record.baseline[row] for row in rows]) * scale,
        gap=_NO_SAMPLE,
        start=_started_at(record),
        names=tuple(leads_at[row] for row in rows),
        **{key: notes[key] for key in _NOTES if key in notes},
    )


def _invalid(record: Any, rows: list[int]) -> NDArray[np.int64]:
    """Return the count by which each signal's format tells that there is no valid sample."""
    from wfdb.io._signal import INVALID_SAMPLE_VALUE

    return np.array([INVALID_SAMPLE_VALUE.get(str(record.fmt[row])) or _NO_SAMPLE for row in rows])


def _lead(record: Any, row: int) -> str:
    """Return a signal's lead name, or nothing for what is not an ECG; an unnamed voltage called ECG keeps its name."""
    label = str(record.sig_name[row] or "")
    if not _millivolts(record, row):
        return ""
    return leads.by_name(label) or (label if label.upper().startswith(("ECG", "EKG", "ML", "MCL")) else "")


def _millivolts(record: Any, row: int) -> float:
    return _MILLIVOLTS.get(str(record.units[row] or "mV").lower(), 0.0)


def _started_at(record: Any) -> datetime | None:
    moment = record.base_datetime
    return moment if isinstance(moment, datetime) else None


def write_wfdb(recording: Recording, folder: str | Path, name: str) -> Path:
    """Write `NAME.hea` and `NAME.dat` (format 16) into `folder` and return the header's path.

    The resolution is the finest of a ladder from 0.25 uV that holds the peak, so it is within half a step of every
    sample; a gap (NaN) stays one. Written without the library, whose import costs more than all the rest of keeping.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    step = _step(recording.trace.samples)
    finite = np.isfinite(recording.trace.samples)
    counts = np.where(finite, np.rint(np.where(finite, recording.trace.samples, 0) / step), _GAP).astype("<i2")
    (folder / f"{name}.dat").write_bytes(counts.T.tobytes())
    (folder / f"{name}.hea").write_text(_header(recording, name, counts, step), "utf-8")
    return folder / f"{name}.hea"


def _header(recording: Recording, name: str, counts: NDArray[np.int16], step: float) -> str:
    """Return a header: the record line, a line for each signal, our notes as comments."""
    trace, at = recording.trace, recording.trace.started_at
    when = f" {at:%H:%M:%S}.{at.microsecond // 1000:03} {at:%d/%m/%Y}" if at else ""
    lines = [f"{name} {len(trace.leads)} {trace.rate:g} {counts.shape[1]}{when}"]
    for lead, row in zip(trace.leads, counts, strict=True):
        first, total = (int(row[0]) if row.size else 0), int(row.sum(dtype=np.int64))
        checksum = (total + 32768) % 65536 - 32768  # of 16 bits, with its sign
        lines.append(f"{name}.dat 16 {1 / step:g}(0)/mV 16 0 {first} {checksum} 0 {lead}")
    notes = [f"# {key}: {value}" for key in _NOTES if (value := getattr(recording, key))]
    return "\n".join([*lines, *notes]) + "\n"


def _step(samples: NDArray[np.float32]) -> float:
    peak = float(np.max(np.abs(samples), initial=0.0, where=np.isfinite(samples)))
    return next((step for step in _STEPS if peak <= step * _MAX_COUNT), peak / _MAX_COUNT)
