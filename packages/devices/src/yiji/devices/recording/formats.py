"""Which format a file has, told by its content and never by its name."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from yiji.core.errors import YijiError
from yiji.core.signal import Recording
from yiji.devices.errors import DamagedFile, EmptyFile, FileMissing, UnknownFormat
from yiji.devices.recording import wfdb_format


@dataclass(frozen=True, slots=True)
class Format:
    """A file format: `sniff` says whether bytes have it, `read` makes a recording of them and the file's name."""

    name: str
    sniff: Callable[[bytes], bool]
    read: Callable[[bytes, str], Recording]


def is_dicom(data: bytes) -> bool:
    """A DICOM file has its mark after a preamble of 128 bytes (PS3.10 section 7.1, recalled)."""
    return data[128:132] == b"DICM"


def _read_dicom(data: bytes, name: str) -> Recording:
    from yiji.devices.recording.dicom import read_dicom

    return read_dicom(data, name)


BUILT_IN: tuple[Format, ...] = (
    Format("dicom", is_dicom, _read_dicom),
    Format("wfdb-zip", wfdb_format.is_bundle, wfdb_format.read_bundle),
)


def read_bytes(data: bytes, name: str, formats: Sequence[Format] = BUILT_IN) -> Recording:
    """Make a recording of a file's bytes; `name` is only for messages.

    Raises `EmptyFile`, `UnknownFormat`, `TruncatedFile`, `DamagedFile` or `NoEcg`. Whatever else a reader trips over is
    a `DamagedFile` too: a device's file must never bring a daemon down.
    """
    if not data:
        raise EmptyFile(file=name)
    for known in formats:
        if known.sniff(data):
            try:
                return known.read(data, name)
            except YijiError:
                raise
            except Exception as fault:  # readers of foreign formats fail in many ways
                raise DamagedFile(
                    file=name, detail=f"{known.name}: {type(fault).__name__}: {str(fault)[:120]}"
                ) from fault
    raise UnknownFormat(file=name)


def file_bytes(path: str | Path) -> bytes:
    """Return what is kept of the file at `path`: its bytes, or for a WFDB header the record's files bundled in a zip.

    Raises `FileMissing`, or what `wfdb_format.bundle` raises.
    """
    path = Path(path)
    if not path.is_file():
        raise FileMissing(file=path)
    data = path.read_bytes()
    return wfdb_format.bundle(path) if wfdb_format.is_header(data) else data


def read(path: str | Path, formats: Sequence[Format] = BUILT_IN) -> Recording:
    """Read a device's file: DICOM ECG, a WFDB header beside its signal files, or a zip with such a record.

    The samples are float32 of shape (leads, samples) in mV, standard leads first. `started_at` has a time zone only if
    the file names one. Raises `FileMissing` and what `read_bytes` raises.
    """
    return read_bytes(file_bytes(path), Path(path).name, formats)
