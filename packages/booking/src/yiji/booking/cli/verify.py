"""``yiji booking verify`` 核查: do the invariants hold on what is kept?"""

from datetime import datetime
from typing import Annotated

import typer

from yiji.booking.cli.common import date_of
from yiji.core.contract.booking import Verified, VerifyBooking
from yiji.core.faces import shell

PATIENCE = 3600.0  # seconds that years of appointments may take
_COLUMNS = [
    ("invariant", "不变式", "invariant"),
    ("subject", "对象", "subject"),
    ("detail", "说明", "detail"),
]


def register(app: typer.Typer) -> None:
    """Add the command to ``yiji booking``."""
    app.command("verify", epilog="Example: yiji booking verify --since 2026-03-02")(verify)


def verify(
    since: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Only slots and appointments from this day on. 自该日起。"),
    ] = None,
) -> None:
    """Hold what is kept against the invariants; exit status 1 if one does not hold. 核查预约数据。"""
    here = shell()
    with here.progress(here.words("正在核查", "verifying")):
        told = here.bus.ask(VerifyBooking(since=date_of(since)), timeout=PATIENCE)
    if here.json:
        here.show(told)
    else:
        _show(told)
    if told.found:
        raise typer.Exit(1)


def _show(told: Verified) -> None:
    here = shell()
    here.say(
        here.words(
            f"核查了 {told.slots} 个号源、{told.appointments} 个预约、{told.patients} 位待检患者。",
            f"Looked at {told.slots} slots, {told.appointments} appointments, {told.patients} expected patients.",
        )
    )
    if told.notes:
        title = here.words("基础数据或规则后来改变，仅提示", "Master data or rules changed since; only noted")
        here.table(told.notes, _COLUMNS, title)
    if not told.found:
        here.say(here.words("全部不变式成立。", "All invariants hold."))
        return
    shown = len(told.violations)
    title = here.words(f"违反不变式 {told.found} 处，列出 {shown} 处", f"{told.found} violations, {shown} shown")
    here.table(told.violations, _COLUMNS, title)
