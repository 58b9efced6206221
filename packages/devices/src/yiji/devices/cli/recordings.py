"""Recordings at the shell: add, look at, convert, plot."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from yiji.core.contract.measure import Finding, Measurement
from yiji.core.contract.recording import KeepRecording, ShowRecording
from yiji.core.faces import shell
from yiji.core.message import Value
from yiji.devices.cli.files import File, Layout, read_file

if TYPE_CHECKING:
    from yiji.core.signal import Recording

recording = typer.Typer(add_completion=False, no_args_is_help=True)


class FileInfo(Value):
    """What a device's file holds."""

    file: str
    kind: str
    format: str
    proven: bool  # whether this format's reader was tried on genuine files
    device: str
    serial: str
    patient_id: str
    patient_name: str
    accession_number: str
    started_at: datetime | None
    leads: tuple[str, ...]
    rate: float
    samples: int
    seconds: float
    measured_by_device: tuple[Measurement, ...]
    notes: tuple[str, ...]
    quality: tuple[Finding, ...]


class Written(Value):
    """A file that was written, and what it could not keep."""

    file: str
    format: str
    bytes: int
    lost: tuple[str, ...]


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
    layout: Layout = None,
) -> None:
    """What a file holds (no site needed), or what is kept under a number. 查看记录。"""
    here = shell()
    if Path(named).is_file() or Path(f"{named}.hea").is_file():
        here.show(_describe(Path(named), read_file(Path(named), layout)))
    else:
        here.show(here.bus.ask(ShowRecording(id=named)))


def _describe(file: Path, found: "Recording") -> FileInfo:
    from yiji.devices.recording import quality
    from yiji.devices.recording.formats import UNPROVEN

    return FileInfo(
        file=str(file),
        kind=found.kind,
        format=found.source,
        proven=found.source not in UNPROVEN,
        device=f"{found.manufacturer} {found.model}".strip(),
        serial=found.serial,
        patient_id=found.patient_id,
        patient_name=found.patient_name,
        accession_number=found.accession_number,
        started_at=found.start,
        leads=found.leads,
        rate=found.fs,
        samples=found.samples,
        seconds=found.seconds,
        measured_by_device=found.measured_by_device,
        notes=found.notes,
        quality=quality(found.trace),
    )


@recording.command("convert", epilog="Example: yiji recording convert 100 100.edf    or    ... out.hea --to wfdb-flac")
def convert(
    file: File,
    out: Annotated[Path, typer.Argument(metavar="OUT", help="The file to write: .hea, .edf, .dcm or .csv. 输出文件。")],
    to: Annotated[str, typer.Option(help="wfdb, wfdb-flac, edf, dicom or csv; else by OUT's suffix. 输出格式。")] = "",
    force: Annotated[bool, typer.Option("--force", help="Overwrite. 覆盖已有文件。")] = False,
    layout: Layout = None,
) -> None:
    """Write a recording in another format, and tell what it cannot keep. 转换格式。"""
    from yiji.devices.recording.convert import LOST, target_of, write
    from yiji.devices.recording.wfdb_format import parts

    here = shell()
    kind = target_of(out, to)
    with here.progress(here.words("正在转换", "converting")):
        target, lost = write(read_file(file, layout), out, kind, force)
    told = tuple(here.words(*LOST[code]) for code in lost)
    size = sum(one.stat().st_size for one in (target, *parts(target)))
    here.show(Written(file=str(target), format=kind, bytes=size, lost=told))


@recording.command(
    "plot", epilog="Example: yiji recording plot ecg.dcm --lead II --seconds 5    or    ... --out ecg.svg"
)
def plot(
    file: File,
    out: Annotated[Path | None, typer.Option(help="A .png or .svg to scale; else the terminal. 输出图像文件。")] = None,
    lead: Annotated[list[str] | None, typer.Option(help="Only this lead; may come again. 导联。")] = None,
    first: Annotated[float, typer.Option("--from", help="From this second on. 起始秒。")] = 0.0,
    seconds: Annotated[float, typer.Option(min=0.1, max=600.0, help="How long. 时长（秒）。")] = 10.0,
    beats: Annotated[bool, typer.Option("--beats", help="Mark the beats. 标出心搏。")] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite. 覆盖已有文件。")] = False,
    layout: Layout = None,
) -> None:
    """Draw a recording: in the terminal, or to scale (25 mm/s, 10 mm/mV). 绘制波形。"""
    from yiji.devices.cli.drawing import draw, write_picture

    found = read_file(file, layout)
    if out is None:
        typer.echo(draw(found, lead or [], first, seconds, beats))
    else:
        write_picture(found, out, force, file.name, lead or [], first, seconds, beats)
        shell().show(Written(file=str(out), format=out.suffix[1:], bytes=out.stat().st_size, lost=()))
