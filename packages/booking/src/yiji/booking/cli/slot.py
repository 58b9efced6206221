"""Slots 号源 at the shell."""

from datetime import date
from typing import Annotated

import typer

from yiji.booking.cli import stop
from yiji.booking.cli.common import Day, aware, date_of
from yiji.booking.cli.stop import From, To
from yiji.core.contract.catalogue import CopyCalendars, PoolShare
from yiji.core.contract.inventory import AddPlaces, EditSlots, FindSlots, OpenSlots
from yiji.core.faces import shell

app = typer.Typer(add_completion=False, no_args_is_help=True)
PATIENCE = 900.0  # seconds: a year of fifty devices takes a minute or two

Days = Annotated[int, typer.Option(min=1, max=366, help="How many days. 天数。")]
_SLOTS = [
    ("starts_at", "开始", "starts"),
    ("device", "设备", "device"),
    ("capacity", "号数", "cap"),
    ("booked", "已约", "booked"),
    ("free", "余号", "free"),
    ("id", "号源", "slot"),
]


@app.command("list", epilog="Example: yiji slot list --exam ECG12 --day 2026-03-02")
def slot_list(
    exam: Annotated[str, typer.Option(help="Code of an examination. 检查项目代码。")] = "",
    body_part: Annotated[str, typer.Option(help="Its body part. 部位代码。")] = "",
    department: Annotated[str, typer.Option(help="Code of a department. 科室代码。")] = "",
    device: Annotated[str, typer.Option(help="Code of a device. 设备代码。")] = "",
    campus: Annotated[str, typer.Option(help="Code of a campus. 院区代码。")] = "",
    pool: Annotated[str, typer.Option(help="Only what this pool may take. 号源池。")] = "",
    day: Day = None,
    days: Days = 7,
    full: Annotated[bool, typer.Option("--all", help="Full slots too. 含已满号源。")] = False,
    limit: Annotated[int, typer.Option(min=1, max=5000, help="At most so many. 条数。")] = 200,
) -> None:
    """Slots with room, earliest first. 查询号源。"""
    query = FindSlots(
        exam_code=exam,
        body_part=body_part,
        department=department,
        device=device,
        campus=campus,
        pool=pool,
        first_day=date_of(day),
        days=days,
        only_free=not full,
        limit=limit,
    )
    here = shell()
    here.table(here.bus.ask(query).slots, _SLOTS, here.words("号源", "Slots"))


@app.command("open", epilog="Example: yiji slot open --day 2026-03-02 --days 14")
def slot_open(
    devices: Annotated[
        list[str] | None,
        typer.Argument(metavar="[DEVICE]...", help="Only these; none: all. 设备或医护组，不写为全部。"),
    ] = None,
    day: Day = None,
    days: Days = 14,
) -> None:
    """Make slots from the calendars, where none is in the way. 按排班开放号源。"""
    _open(devices or [], date_of(day), days)


def _open(devices: list[str], first_day: date | None, days: int) -> None:
    here = shell()
    with here.progress(here.words("正在开放号源", "opening slots")):
        here.show(here.bus.ask(OpenSlots(first_day=first_day, days=days, devices=tuple(devices)), timeout=PATIENCE))


@app.command(
    "edit", epilog="Example: yiji slot edit CT-1 --from '2026-03-02 08:00' --to '2026-03-02 12:00' --capacity 2"
)
def slot_edit(
    device: Annotated[str, typer.Argument(help="Code of a device or staff group. 设备或医护组代码。")],
    start: From,
    end: To,
    capacity: Annotated[
        int | None, typer.Option(min=0, max=10_000, help="Places of each slot. 每个号源的号数。")
    ] = None,
    pool: Annotated[
        list[str] | None, typer.Option(help="'POOL cap=2 reserve=1 release=120'; several in all. 号源池份额，可多次。")
    ] = None,
    no_pools: Annotated[bool, typer.Option("--no-pools", help="Without pools. 取消号源池。")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Take out what nobody booked. 移除无人预约的号源。")] = False,
    reason: Annotated[str, typer.Option(help="Why. 原因。")] = "",
) -> None:
    """Change the slots that begin in a range; capacity 0 shuts them, slot open makes removed ones anew. 调整号源。"""
    here = shell()
    command = EditSlots(
        device=device,
        starts_at=aware(start),
        ends_at=aware(end),
        capacity=capacity,
        change_pools=bool(pool) or no_pools,
        pools=_shares(pool or []),
        remove=remove,
        reason=reason,
    )
    edited = here.bus.ask(command, timeout=120)
    if here.json:
        here.show(edited)
        return
    here.say(here.words(f"已调整 {edited.changed} 个号源", f"{edited.changed} slots changed"))
    if edited.kept:
        here.table(edited.kept, _SLOTS, here.words("已约满，未调整", "Kept, for more is taken than would fit"))


def _shares(told: list[str]) -> tuple[PoolShare, ...]:
    from yiji.booking.exchange.cells import read_pool

    try:
        return tuple(read_pool(share.strip()) for share in told)
    except ValueError as fault:
        raise typer.BadParameter(str(fault), param_hint="--pool") from None


@app.command("add", epilog="Example: yiji slot add slt-01jd... --reason 急诊加号")
def slot_add(
    slot_id: Annotated[str, typer.Argument(metavar="SLOT", help="Slot id. 号源。")],
    reason: Annotated[str, typer.Option(help="Why. 原因。")],
    places: Annotated[int, typer.Option(min=1, max=100, help="How many. 几个号。")] = 1,
) -> None:
    """Add places to a slot, within its calendar's budget. 加号。"""
    here = shell()
    here.show(here.bus.ask(AddPlaces(slot_id=slot_id, places=places, reason=reason)))


@app.command("copy", epilog="Example: yiji slot copy CT-1 CT-2 --days 14")
def slot_copy(
    device: Annotated[str, typer.Argument(metavar="FROM", help="Whose calendars. 从哪台设备。")],
    to: Annotated[list[str], typer.Argument(metavar="TO...", help="Devices or staff groups. 到哪些设备。")],
    day: Day = None,
    days: Days = 14,
) -> None:
    """Give devices the calendars of another, and open their slots. 复制排班并开放号源。"""
    shell().bus.ask(CopyCalendars(device=device, to=tuple(to), note=f"slot copy {device}"))
    _open(to, date_of(day), days)


stop.register(app)
