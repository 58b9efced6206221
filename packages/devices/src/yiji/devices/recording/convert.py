"""From one recording to a file of another format, and what the format could not keep."""

from collections.abc import Callable
from pathlib import Path

from yiji.core.signal import Recording
from yiji.devices.errors import TargetExists, UnknownTarget
from yiji.devices.recording.wfdb_write import lost_in_wfdb, write_wfdb

FORMATS = ("wfdb", "wfdb-flac", "edf", "dicom", "csv")
_SUFFIXES = {".hea": "wfdb", "": "wfdb", ".edf": "edf", ".dcm": "dicom", ".dicom": "dicom", ".csv": "csv"}

LOST = {
    "rounded": ("样本值已按最细可用步长取整", "samples are rounded to the finest step that fits"),
    "scale": ("比例因子只能近似保存（8 位或 16 位字符）", "the scale is kept as nearly as the header's digits allow"),
    "baseline": ("零点取整到一个计数", "the zero level is rounded to a whole count"),
    "padded": ("末尾补足到整数据块（重复最后一个样本）", "the last record is filled up by repeating the last sample"),
    "gaps": ("缺失的样本写成数字最小值", "gaps are written as the lowest digital value"),
    "text": ("非 ASCII 文字写成“?”", "text beyond ASCII is written as '?'"),
    "notes": ("未保存设备文字", "the device's sentences are not kept"),
    "measurements": ("未保存设备自带测量值", "the device's own measurements are not kept"),
    "name": ("未保存患者姓名", "the patient's name is not kept"),
}


def target_of(path: Path, to: str = "") -> str:
    """Return the format to write, by its name or by the file's; raises `UnknownTarget`."""
    kind = to or _SUFFIXES.get(path.suffix.lower(), "")
    if kind not in FORMATS:
        raise UnknownTarget(file=path, known=", ".join(FORMATS))
    return kind


def write(recording: Recording, path: Path, to: str = "", force: bool = False) -> tuple[Path, tuple[str, ...]]:
    """Write a recording; return the file, for WFDB its header, and what was lost, as keys of `LOST`.

    Raises `UnknownTarget`, `TargetExists` unless `force`, or `CannotWrite`.
    """
    kind = target_of(path, to)
    target = path.with_suffix(".hea") if kind.startswith("wfdb") else path
    if target.exists() and not force:
        raise TargetExists(file=target)
    target.parent.mkdir(parents=True, exist_ok=True)
    return target, _writer(kind)(recording, target)


def _writer(kind: str) -> Callable[[Recording, Path], tuple[str, ...]]:
    if kind == "edf":
        from yiji.devices.recording.edf_write import write_edf

        return write_edf
    if kind == "dicom":
        from yiji.devices.recording.dicom_write import write_dicom

        return write_dicom
    if kind == "csv":
        from yiji.devices.recording.csv_write import write_csv

        return write_csv
    return lambda recording, path: _write_record(recording, path, kind == "wfdb-flac")


def _write_record(recording: Recording, path: Path, flac: bool) -> tuple[str, ...]:
    write_wfdb(recording, path.parent, path.stem, flac)
    return lost_in_wfdb(recording)
