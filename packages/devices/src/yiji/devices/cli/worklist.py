"""The worklist at the shell."""

from datetime import datetime
from typing import Annotated

import typer

from yiji.core.contract.recording import ShowWorklist
from yiji.core.faces import shell

worklist = typer.Typer(add_completion=False, no_args_is_help=True)

_WORKLIST = [
    ("starts_at", "时间", "time"),
    ("station", "设备", "station"),
    ("patient_name", "患者", "patient"),
    ("exam_name", "检查", "examination"),
    ("accession_number", "检查号", "accession"),
]


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
