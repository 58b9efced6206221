"""Stops 停诊/停机 at the shell: part of ``yiji slot``."""

from datetime import datetime
from typing import Annotated

import typer

from yiji.booking.cli.common import aware
from yiji.core.contract.inventory import ListStops, NoteTold, PreviewStop, ResumeDevice, Stop, StopDevice
from yiji.core.faces import shell

Device = Annotated[str, typer.Argument(help="Code of a device or staff group. 设备或医护组代码。")]
_FORMATS = ["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d"]
From = Annotated[datetime, typer.Option("--from", formats=_FORMATS, help="On the hospital's clock. 医院时间，起。")]
To = Annotated[datetime, typer.Option("--to", formats=_FORMATS, help="On the hospital's clock. 医院时间，止。")]
StopId = Annotated[str, typer.Argument(metavar="STOP", help="Its id. 停诊号。")]

_STOPS = [
    ("device", "设备", "device"),
    ("starts_at", "从", "from"),
    ("ends_at", "至", "to"),
    ("reason", "原因", "reason"),
    ("moved", "已改约", "moved"),
    ("untold", "待通知", "to tell"),
    ("id", "停诊", "stop"),
]
_DISPLACED = [
    ("patient_name", "患者", "patient"),
    ("phone", "电话", "phone"),
    ("exam_name", "检查项目", "examination"),
    ("was_at", "原时间", "was"),
    ("starts_at", "新时间", "now"),
    ("room_name", "新诊室", "room"),
    ("why_not", "未安排原因", "why not"),
]


def register(app: typer.Typer) -> None:
    """Add the commands to ``yiji slot``."""
    app.command("stop", epilog="Example: yiji slot stop MR-1 --from '2026-03-02 08:00' --to '2026-03-02 12:00'")(stop)
    app.command("resume", epilog="Example: yiji slot resume stp-01jd...")(resume)
    app.command("stops", epilog="Example: yiji slot stops --device MR-1")(stops)
    app.command("told", epilog="Example: yiji slot told stp-01jd... apt-01jd...")(told)


def stop(
    device: Device,
    start: From,
    end: To,
    reason: Annotated[str, typer.Option(help="Why. 原因。")] = "",
    keep: Annotated[bool, typer.Option("--keep", help="Leave the displaced where they are. 不自动改约。")] = False,
    preview: Annotated[bool, typer.Option("--preview", help="Only show what would happen. 仅预览。")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask. 不再确认。")] = False,
) -> None:
    """Close a device for a while; the displaced get new places with the least disruption. 停诊/停机。"""
    here, span = shell(), {"starts_at": aware(start), "ends_at": aware(end)}
    foreseen = here.bus.ask(PreviewStop(device=device, **span), timeout=120)
    if preview:
        _show(foreseen)
        return
    if not yes and not here.json:
        _show(foreseen)
        typer.confirm(here.words("确定停诊吗？", "Stop it?"), abort=True, err=True)
    why = reason or typer.prompt(here.words("原因", "Why"), err=True)
    _show(here.bus.ask(StopDevice(device=device, reason=why, replan=not keep, **span), timeout=120))


def _show(found: Stop) -> None:
    here = shell()
    if here.json:
        here.show(found)
        return
    here.table(found.displaced, _DISPLACED, here.words("受影响的患者", "The displaced"))
    here.say(here.words(f"关闭号源 {found.closed_slots} 个", f"{found.closed_slots} slots closed"))


def resume(stop_id: StopId) -> None:
    """End a stop early. 恢复。"""
    here = shell()
    here.show(here.bus.ask(ResumeDevice(stop_id=stop_id)))


def stops(
    device: Annotated[str, typer.Option(help="Only this device. 设备代码。")] = "",
    past: Annotated[bool, typer.Option("--all", help="Those that are over, too. 含已结束。")] = False,
) -> None:
    """Stops in force or to come, and how many are still to be told. 停诊列表。"""
    here = shell()
    found = here.bus.ask(ListStops(device=device, past=past)).stops
    here.table(found, _STOPS, here.words("停诊", "Stops"))


def told(
    stop_id: StopId, appointment: Annotated[str, typer.Argument(metavar="APPOINTMENT", help="Its id. 预约号。")]
) -> None:
    """Note that the patient of a displaced appointment knows. 已通知。"""
    here = shell()
    here.bus.ask(NoteTold(stop_id=stop_id, appointment_id=appointment))
    here.say(here.words("已记录", "noted"))
