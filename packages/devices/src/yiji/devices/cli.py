"""Recordings at the shell: add, look at, analyse; the worklist."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from yiji.core.contract.recording import Finding, KeepRecording, Measurement, ShowRecording, ShowWorklist
from yiji.core.faces import shell
from yiji.core.message import Value

if TYPE_CHECKING:
    from yiji.core.signal import Recording
    from yiji.devices.analysis import Analysis

recording = typer.Typer(add_completion=False, no_args_is_help=True)
worklist = typer.Typer(add_completion=False, no_args_is_help=True)

_MEASURES = [
    ("code", "指标", "measure"),
    ("value", "本系统", "ours"),
    ("device", "设备", "device"),
    ("difference", "差值", "difference"),
    ("unit", "单位", "unit"),
    ("method", "方法", "method"),
]
_WHY = [("severity", "程度", "severity"), ("reason", "依据", "reason")]
_WORKLIST = [
    ("starts_at", "时间", "time"),
    ("station", "设备", "station"),
    ("patient_name", "患者", "patient"),
    ("exam_name", "检查", "examination"),
    ("accession_number", "检查号", "accession"),
]
File = Annotated[Path, typer.Argument(metavar="FILE", help="A DICOM file, a WFDB header or a zip of one. 记录文件。")]


class FileInfo(Value):
    """What a device's file holds."""

    file: str
    kind: str
    format: str
    device: str
    patient_id: str
    patient_name: str
    accession_number: str
    started_at: datetime | None
    leads: tuple[str, ...]
    rate: float
    seconds: float
    measured_by_device: tuple[Measurement, ...]
    quality: tuple[Finding, ...]


class Compared(Value):
    """One measure, ours beside the device's own; None: could not be had."""

    code: str
    value: float | None
    unit: str
    method: str
    device: float | None
    difference: float | None


class AnalysisView(Value):
    """What an analysis found in a file."""

    file: str
    algorithm: str
    rate: float
    seconds: float
    leads: tuple[str, ...]
    measurements: tuple[Compared, ...]
    findings: tuple[Finding, ...]
    beats: tuple[float, ...]


@recording.command("add", epilog="Example: yiji recording add ecg.dcm --accession 26030200000001")
def add(
    file: File,
    accession: Annotated[str, typer.Option(help="Whose it is, whatever the file says. 检查号。")] = "",
    station: Annotated[str, typer.Option(help="Which device it came from. 设备。")] = "",
) -> None:
    """Keep a recording; it is then analysed and reported. 添加记录。"""
    from yiji.devices.recording.formats import file_bytes

    here = shell()
    with here.progress(here.words("正在保存记录", "keeping the recording")):
        keep = KeepRecording(raw=file_bytes(file), file_name=file.name, station=station, accession_number=accession)
        info = here.bus.ask(keep, timeout=120)
    here.show(info)


@recording.command("info", epilog="Example: yiji recording info ecg.dcm    or    yiji recording info 26030200000001")
def info(
    named: Annotated[str, typer.Argument(metavar="FILE_OR_ID", help="A file, or a recording's number. 文件或编号。")],
) -> None:
    """What a file holds (no site needed), or what is kept under a number. 查看记录。"""
    here = shell()
    if Path(named).is_file():
        here.show(_describe(Path(named), _read(Path(named))))
    else:
        here.show(here.bus.ask(ShowRecording(id=named)))


def _read(file: Path) -> "Recording":
    """Read a file with the formats of all plugins."""
    from yiji.core.plug.manager import plugins
    from yiji.devices.plugged import formats
    from yiji.devices.recording import read

    return read(file, formats(plugins()))


def _describe(file: Path, found: "Recording") -> FileInfo:
    from yiji.devices.recording import quality

    return FileInfo(
        file=str(file),
        kind=found.kind,
        format=found.source,
        device=f"{found.manufacturer} {found.model}".strip(),
        patient_id=found.patient_id,
        patient_name=found.patient_name,
        accession_number=found.accession_number,
        started_at=found.trace.started_at,
        leads=found.trace.leads,
        rate=found.trace.rate,
        seconds=found.trace.seconds,
        measured_by_device=found.measured_by_device,
        quality=quality(found.trace),
    )


def analyse(file: File) -> None:
    """Measure a recording: ours beside the device's own; needs no site. 分析记录，无需站点。

    Example: yiji analyse ecg.dcm --json
    """
    from yiji.core.plug.manager import plugins
    from yiji.devices.plugged import analysis_of, run_analysis

    here = shell()
    with here.progress(here.words("正在分析", "analysing")):
        found = _read(file)
        view = _view(file, found, run_analysis(analysis_of(plugins(), None, found.kind), found, None))
    if here.json:
        return here.show(view)
    here.table(view.measurements, _MEASURES, f"{file.name}  {view.algorithm}")
    text = ("text_" + here.words("zh", "en"), "结论（机器判读）", "statement (a machine's)")
    here.table(view.findings, [text, *_WHY])
    return None


def _view(file: Path, found: "Recording", analysed: "Analysis") -> AnalysisView:
    own = {one.code: one.value for one in found.measured_by_device}
    return AnalysisView(
        file=str(file),
        algorithm=analysed.algorithm,
        rate=found.trace.rate,
        seconds=found.trace.seconds,
        leads=found.trace.leads,
        measurements=tuple(_compared(one, own.get(one.code)) for one in analysed.measurements),
        findings=analysed.findings,
        beats=analysed.beats,
    )


def _compared(one: Measurement, device: float | None) -> Compared:
    difference = None if one.value is None or device is None else round(one.value - device, 3)
    return Compared(**one.model_dump(), device=device, difference=difference)


@worklist.command("list", epilog="Example: yiji worklist list --station ECG-1")
def worklist_list(
    station: Annotated[str, typer.Option(help="Only this device. 设备。")] = "",
    modality: Annotated[str, typer.Option(help="Only this modality, e.g. ECG. 检查类型。")] = "",
    day: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Only this day. 日期。")] = None,
) -> None:
    """What is scheduled and not done yet. 待做的检查。"""
    here = shell()
    wanted = ShowWorklist(station=station, modality=modality, day=day.date() if day else None)
    here.table(here.bus.ask(wanted).entries, _WORKLIST, here.words("工作列表", "Worklist"))
