"""WFDB records: a header and its signal files, or both in one zip, which is how a record travels as one file."""

import struct
import zipfile
import zlib
from collections.abc import Callable
from io import BytesIO
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

import numpy as np

from yiji.core.signal import Recording
from yiji.devices.errors import DamagedFile, EmptyFile, NoEcg, TruncatedFile, UnsupportedVariant
from yiji.devices.recording import leads
from yiji.devices.recording.wfdb_header import MOST_BYTES, Header, Signal, is_header, parse, record_name, signal_files
from yiji.devices.recording.wfdb_samples import FLAC, FORMATS, Counts, Raw, decode, gap_of, held

_MOST_UNPACKED = 1 << 30  # bytes of a bundle, and ...
_MOST_RATIO = 200  # ... so many times the zip itself
_SMALL = 64 << 20  # bytes that any bundle may have
_MOST_WIDTH = 1 << 16  # samples a frame
_FACTS = ("accession_number", "manufacturer", "model", "serial", "patient_id")
_GAP = -(1 << 31)  # where signals of several formats meet

Opened = Callable[[str], Raw]  # a signal file's bytes by its name


def bundle(path: str | Path) -> bytes:
    """Pack the record whose header is at `path` into a zip: the same record always gives the same bytes.

    Raises `TruncatedFile` when a signal file is not there.
    """
    path = Path(path)
    header = path.read_bytes()
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(zipfile.ZipInfo(f"{record_name(header)}.hea"), header)
        for name in signal_files(header):
            if not (path.parent / name).is_file():
                raise TruncatedFile(file=path.name, detail=f"{name} missing")
            archive.writestr(zipfile.ZipInfo(name), (path.parent / name).read_bytes())
    return packed.getvalue()


def parts(path: Path) -> list[Path]:
    """Return the signal files beside a WFDB header that are there; none for any other file."""
    with path.open("rb") as file:
        data = file.read(MOST_BYTES + 1)
    named = signal_files(data) if is_header(data) else []
    return [path.parent / name for name in named if (path.parent / name).is_file()]


def is_bundle(data: bytes) -> bool:
    """Say whether bytes are a zip that holds a WFDB header."""
    if not data.startswith(b"PK\x03\x04"):
        return False
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            return any(name.endswith(".hea") for name in archive.namelist())
    except (zipfile.BadZipFile, NotImplementedError, ValueError):
        return b".hea" in data[:4096]  # torn; the reader says so


def read_bundle(data: bytes, name: str) -> Recording:
    """Read the record in a zip; `name` is for messages. Raises `TruncatedFile`, `DamagedFile` or `NoEcg`."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            files = _unpacked(archive, name, data)
    except zipfile.BadZipFile as fault:
        raise TruncatedFile(file=name, detail=str(fault)) from fault
    headers = [member for member in files if member.endswith(".hea")]
    if len(headers) != 1:
        raise DamagedFile(file=name, detail=f"{len(headers)} headers in one zip")

    def opened(file: str) -> Raw:
        return np.frombuffer(files[file], np.uint8)

    return _read(bytes(files[headers[0]]), opened, name)


def _unpacked(archive: zipfile.ZipFile, name: str, data: bytes) -> dict[str, bytes | memoryview]:
    """Return the files by their last names, whatever folders the zip names."""
    total = sum(member.file_size for member in archive.infolist())
    if total > min(_MOST_UNPACKED, max(_SMALL, len(data) * _MOST_RATIO)):
        raise DamagedFile(file=name, detail=f"{total} bytes unpacked")
    members = [member for member in archive.infolist() if not member.is_dir()]
    return {Path(member.filename).name: _content(archive, member, data) for member in members}


def _content(archive: zipfile.ZipFile, member: zipfile.ZipInfo, data: bytes) -> bytes | memoryview:
    """Return a file of a zip; one that is stored as it is stays where it lies, for a day of samples is large."""
    at = member.header_offset
    lengths = data[at + 26 : at + 30]  # of the name and of the extra field after the local header (APPNOTE 4.3.7)
    if member.compress_type == zipfile.ZIP_STORED and not member.flag_bits & 1 and len(lengths) == 4:
        first = at + 30 + sum(struct.unpack("<HH", lengths))
        part = memoryview(data)[first : first + member.file_size]
        if len(part) == member.file_size and zlib.crc32(part) == member.CRC:
            return part
    return archive.read(member)


def read_record(path: str | Path) -> Recording:
    """Read the record whose header is at `path`; its files are mapped, not loaded, where their format allows it."""
    path = Path(path)

    def opened(file: str) -> Raw:
        beside = path.parent / file
        return np.memmap(beside, np.uint8, "r") if beside.stat().st_size else np.empty(0, np.uint8)

    return _read(path.read_bytes(), opened, path.name)


def _read(data: bytes, opened: Opened, name: str) -> Recording:
    if not data:
        raise EmptyFile(file=name)
    if not is_header(data):
        raise DamagedFile(file=name, detail="no WFDB header")
    try:
        header = parse(data)
    except (ValueError, OverflowError) as fault:
        raise DamagedFile(file=name, detail=f"header: {fault}") from fault
    if header.segments:
        raise UnsupportedVariant(file=name, detail="multi-segment WFDB record")
    return _recording(header, *_chosen(header, opened, name))


def _chosen(header: Header, opened: Opened, name: str) -> tuple[list[Signal], list[Counts]]:
    """Return the ECG signals with the highest rate among them, and the samples of each."""
    wanted = [one for one in header.signals if _lead(one)]
    if not wanted:
        raise NoEcg(file=name, detail=", ".join(one.name for one in header.signals))
    per_frame = max(one.per_frame for one in wanted)
    chosen, samples = list[Signal](), list[Counts]()
    for file, group in groupby(header.signals, lambda one: one.file):
        signals = list(group)
        if any(one in wanted for one in signals):
            for one, counts in zip(signals, _of_file(header, file, signals, opened, name), strict=True):
                if one in wanted and one.per_frame == per_frame:
                    chosen.append(one)
                    samples.append(counts)
    if not samples[0].size:
        raise NoEcg(file=name, detail="no samples")
    return chosen, samples


def _lead(signal: Signal) -> str:
    return leads.ecg_name(signal.name) if signal.millivolts and signal.fmt != "0" else ""


def _of_file(header: Header, file: str, signals: list[Signal], opened: Opened, name: str) -> list[Counts]:
    """Return the samples of each signal in a file, checked against its sums; without skew."""
    try:
        raw = opened(Path(file).name)[signals[0].prolog :]
    except (KeyError, OSError):
        raise TruncatedFile(file=name, detail=f"{Path(file).name} missing") from None
    try:
        decoded = _frames(header, raw, signals)
    except EOFError as fault:
        raise TruncatedFile(file=name, detail=f"{file}: {fault}") from fault
    except ValueError as fault:
        raise DamagedFile(file=name, detail=f"{file}: {fault}") from fault
    for one, counts in zip(signals, decoded, strict=True):
        _check_sum(one, counts, name)
    return [_aligned(one, counts) for one, counts in zip(signals, decoded, strict=True)]


def _frames(header: Header, raw: Raw, signals: list[Signal]) -> list[Counts]:
    """Return each signal's samples out of a file's frames; `EOFError` if the file is too short for them."""
    fmt, width = _shape(signals)
    there = held(raw, fmt, len(signals)) // width
    frames = there if header.frames is None else header.frames
    if frames > there:
        raise EOFError(f"{there} of {frames} frames")
    together = fmt in FLAC  # a FLAC's channels go sample by sample, other files' signals frame by frame
    table = decode(raw, fmt, frames * width, len(signals)).reshape(-1, len(signals) if together else width)
    widths = [1 if together else one.per_frame for one in signals]
    places = np.cumsum([0, *widths]).tolist()
    parts = [table[:, first:last].reshape(-1) for first, last in pairwise(places)]
    return [_summed(part, one.first or 0) for part, one in zip(parts, signals, strict=True)] if fmt == "8" else parts


def _shape(signals: list[Signal]) -> tuple[str, int]:
    """Return a file's format and its samples a frame; `ValueError` for what no file can be."""
    fmt, width = signals[0].fmt, sum(one.per_frame for one in signals)
    alike = all(one.fmt == fmt and one.prolog == signals[0].prolog for one in signals)
    even = fmt not in FLAC or len({one.per_frame for one in signals}) == 1
    if fmt not in FORMATS or not alike or not even or not 0 < width <= _MOST_WIDTH:
        raise ValueError(f"format {fmt}, {width} samples a frame")
    return fmt, width


def _summed(differences: Counts, first: int) -> Counts:
    return np.cumsum(differences, dtype=np.int32) + first


def _check_sum(signal: Signal, counts: Counts, name: str) -> None:
    """Compare the 16-bit sum that the header may carry; a torn or altered signal file shows here."""
    if signal.checksum is not None and (signal.checksum - int(counts.sum(dtype=np.int64))) % 65536:
        raise DamagedFile(file=name, detail=f"checksum of signal {signal.name}")


def _aligned(signal: Signal, counts: Counts) -> Counts:
    """Take a signal's skew out: the end that is not known becomes a gap."""
    late = min(signal.skew * signal.per_frame, counts.size)
    if not late:
        return counts
    gap = gap_of(signal.fmt)
    return np.concatenate([counts[late:], np.full(late, _GAP if gap is None else gap, counts.dtype)])


def _recording(header: Header, chosen: list[Signal], samples: list[Counts]) -> Recording:
    counts, gap = _table(chosen, samples)
    scale = np.array([one.millivolts / one.gain for one in chosen])
    facts: dict[str, Any] = dict(note.split(": ", 1) for note in header.notes if ": " in note)
    return Recording(
        "ecg",
        tuple(one.name for one in chosen),
        header.fs * chosen[0].per_frame,
        counts,
        "wfdb",
        scale=scale,
        offset=-np.array([one.baseline for one in chosen]) * scale,
        gap=gap,
        start=header.start,
        names=tuple(map(_lead, chosen)),
        notes=tuple(note for note in header.notes if note.split(": ")[0] not in _FACTS),
        **{key: facts[key] for key in _FACTS if key in facts},
    )


def _table(chosen: list[Signal], samples: list[Counts]) -> tuple[Counts, int | None]:
    """Return the counts, shape (samples, leads), and their gap: a view of one file's frames where that is possible."""
    gaps = {gap_of(one.fmt) for one in chosen}
    if len(gaps) == 1:
        return _side_by_side(samples), gaps.pop()
    marked = [np.where(counts == gap_of(one.fmt), _GAP, counts) for one, counts in zip(chosen, samples, strict=True)]
    return np.stack(marked, axis=1).astype(np.int32), _GAP


def _side_by_side(samples: list[Counts]) -> Counts:
    """Return columns as a table; those that lie side by side in one file's frames already are not copied."""
    first, step = samples[0], samples[0].dtype.itemsize
    places = [counts.__array_interface__["data"][0] for counts in samples]
    near = all(place == places[0] + column * step for column, place in enumerate(places))
    if near and len({counts.strides for counts in samples}) == 1 and first.strides[0] >= step * len(samples):
        return np.lib.stride_tricks.as_strided(
            first, (first.size, len(samples)), (first.strides[0], step), writeable=False
        )
    return np.stack(samples, axis=1)
