"""Which format a file has, told by its content and never by its name."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from yiji.core.errors import YijiError
from yiji.core.signal import Recording
from yiji.devices.errors import DamagedFile, EmptyFile, FileMissing, UnknownFormat
from yiji.devices.recording import sniff, wfdb_format
from yiji.devices.recording.sane import sane
from yiji.devices.recording.sniff import is_dicom
from yiji.devices.recording.wfdb_header import MOST_BYTES, is_header


@dataclass(frozen=True, slots=True)
class Format:
    """A file format: `sniff` says whether bytes have it, `read` makes a recording of them and the file's name."""

    name: str
    sniff: Callable[[bytes], bool]
    read: Callable[[bytes, str], Recording]


def _late(module: str, function: str) -> Callable[[bytes, str], Recording]:
    """Return a reader that is imported when it is needed, since it brings a library along."""

    def read_it(data: bytes, name: str) -> Recording:
        return getattr(import_module(f"yiji.devices.recording.{module}"), function)(data, name)

    return read_it


UNPROVEN = ("muse-xml", "ishne", "mfer")  # no genuine file was at hand for them
BUILT_IN: tuple[Format, ...] = (
    Format("dicom", is_dicom, _late("dicom", "read_dicom")),
    Format("wfdb-zip", wfdb_format.is_bundle, wfdb_format.read_bundle),
    Format("edf", sniff.is_edf, _late("edf", "read_edf")),
    Format("scp-ecg", sniff.is_scp, _late("scp", "read_scp")),
    Format("hl7-aecg", sniff.is_aecg, _late("aecg", "read_aecg")),
    Format("philips-xml", sniff.is_sierra, _late("sierra", "read_sierra")),
    Format("csv", sniff.is_csv, _late("csv_format", "read_csv")),
    Format("muse-xml", sniff.is_muse, _late("unproven", "read_muse")),
    Format("ishne", sniff.is_ishne, _late("unproven", "read_ishne")),
    Format("mfer", sniff.is_mfer, _late("unproven", "read_mfer")),
)


def read_bytes(data: bytes, name: str, formats: Sequence[Format] = BUILT_IN) -> Recording:
    """Make a recording of a file's bytes; `name` is only for messages.

    Raises `EmptyFile`, `UnknownFormat`, `TruncatedFile`, `DamagedFile`, `NoEcg` or `UnsupportedVariant`. Whatever else
    a reader trips over is a `DamagedFile` too: a device's file must never bring a daemon down.
    """
    if not data:
        raise EmptyFile(file=name)
    for known in formats:
        if known.sniff(data):
            return _guarded(known.name, lambda known=known: known.read(data, name), name)
    raise UnknownFormat(file=name)


def _guarded(kind: str, reading: Callable[[], Recording], name: str) -> Recording:
    try:
        return sane(reading(), name)
    except YijiError:
        raise
    except Exception as fault:  # readers of foreign formats fail in many ways
        raise DamagedFile(file=name, detail=f"{kind}: {type(fault).__name__}: {str(fault)[:120]}") from fault


def found(path: str | Path) -> Path:
    """Return the file that is meant: the path itself, or the header of the WFDB record that it names.

    Raises `FileMissing`.
    """
    path = Path(path)
    header = path.with_name(f"{path.name}.hea")
    for there in (path, header):
        if there.is_file():
            return there
    raise FileMissing(file=path)


def _is_wfdb(path: Path) -> bool:
    with path.open("rb") as file:
        return is_header(file.read(MOST_BYTES + 1))


def file_bytes(path: str | Path, layout: Path | None = None) -> bytes:
    """Return what is kept of the file at `path`: its bytes, or for a WFDB header the record's files bundled in a zip.

    A CSV with a layout beside it, or at `layout`, is kept with the layout at its head. Raises `FileMissing`, and what
    `bundle` and `with_layout` raise.
    """
    path = found(path)
    if _is_wfdb(path):
        return wfdb_format.bundle(path)
    from yiji.devices.recording.csv_layout import with_layout

    return with_layout(path.read_bytes(), path, layout)


def read(path: str | Path, formats: Sequence[Format] = BUILT_IN, layout: Path | None = None) -> Recording:
    """Read a device's file of any known format, or a WFDB record by its name or its header.

    `.signal` is float64 mV, shape (samples, leads), leads as in the file; `.start` has a time zone only if the file
    names one. A WFDB record's samples are mapped or unpacked, never held twice. Raises `FileMissing` and what
    `read_bytes` raises.
    """
    path = found(path)
    if _is_wfdb(path):
        return _guarded("wfdb", lambda: wfdb_format.read_record(path), path.name)
    return read_bytes(file_bytes(path, layout), path.name, formats)
