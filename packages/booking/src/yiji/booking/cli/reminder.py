"""Reminders 检查提醒 at the shell."""

from typing import Annotated

import typer

from yiji.booking.cli.common import appointment_id
from yiji.core.contract.reminder import ListReminders, ReminderState
from yiji.core.faces import shell

app = typer.Typer(add_completion=False, no_args_is_help=True)

_REMINDERS = [
    ("at", "时间", "at"),
    ("state", "状态", "state"),
    ("hours", "提前（小时）", "hours before"),
    ("starts_at", "检查时间", "examination"),
    ("appointment_id", "预约", "appointment"),
    ("detail", "详情", "detail"),
]


@app.command("list", epilog="Example: yiji reminder list --state claimed")
def reminder_list(
    state: Annotated[ReminderState | None, typer.Option(help="Only this state. 状态。")] = None,
    appointment: Annotated[
        str, typer.Option(help="Only of this appointment: id or accession number. 仅此预约：预约号或检查号。")
    ] = "",
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many. 条数。")] = 100,
) -> None:
    """Reminders, newest first; one that stays claimed hangs half-way. 提醒列表；一直“已领取”的发送中断。"""
    here = shell()
    named = appointment_id(appointment) if appointment else ""
    found = here.bus.ask(ListReminders(appointment_id=named, state=state, limit=limit))
    here.table(found.reminders, _REMINDERS, here.words("检查提醒", "Reminders"))
