"""Joint planning 一站式预约 at the shell: ``yiji booking plan``."""

from collections.abc import Iterable, Sequence
from typing import Annotated

import typer

from yiji.booking.cli.common import Day, Reason, date_of, item_id
from yiji.core.contract.booking import Alternative, BookedPlan, BookPlan, Plan, PlanExams
from yiji.core.contract.order import OrderState, ShowOrder
from yiji.core.errors import NotFound
from yiji.core.faces import shell

_CHOICES = [
    ("starts_at", "时间", "time"),
    ("ends_at", "结束", "until"),
    ("exam_name", "检查项目", "examination"),
    ("room_name", "诊室", "room"),
    ("device", "设备", "device"),
    ("slot_id", "号源", "slot"),
]
_BOOKED = [
    ("starts_at", "时间", "time"),
    ("exam_name", "检查项目", "examination"),
    ("room_name", "诊室", "room"),
    ("state", "状态", "state"),
    ("accession_number", "检查号", "accession"),
]


def register(app: typer.Typer) -> None:
    """Add the command to the booking group."""
    app.command("plan", epilog="Example: yiji booking plan 26030200000001 26030200000002 --days 14 --book 1")(plan)


def plan(
    items: Annotated[
        list[str],
        typer.Argument(
            metavar="ITEM...", help="Items, accession numbers, or an order for all of its. 检查号或申请单。"
        ),
    ],
    day: Day = None,
    days: Annotated[int, typer.Option(min=1, max=60, help="How many days are looked at. 天数。")] = 14,
    pool: Annotated[str, typer.Option(help="Channel pool; by the visit class when left out. 号源池。")] = "",
    book: Annotated[int, typer.Option(min=0, max=3, help="Book this alternative at once. 直接预约第几个方案。")] = 0,
    hold: Annotated[int, typer.Option(min=0, max=3, help="Hold this alternative. 为第几个方案占号。")] = 0,
    reason: Reason = "",
    key: Annotated[str, typer.Option(help="Idempotency key of the booking. 预约的幂等键。")] = "",
) -> None:
    """Plan up to 8 examinations of a patient together. 一站式预约。"""
    if book and hold:
        raise typer.BadParameter(shell().words("二者只能选一", "one of the two"), param_hint="--book, --hold")
    here = shell()
    wanted = tuple(_items(items))
    if not wanted:
        raise NotFound(what="order item", id=", ".join(items))
    asked = PlanExams(item_ids=wanted, first_day=date_of(day), days=days, pool=pool)
    with here.progress(here.words("正在安排", "planning")):
        found = here.bus.ask(asked, timeout=60)
    chosen = book or hold
    if not chosen:
        _show(found)
        return
    if chosen > len(found.alternatives):
        raise NotFound(what="alternative", id=chosen)
    choices = found.alternatives[chosen - 1].choices
    wish = BookPlan(choices=choices, pool=pool, hold=bool(hold), reason=reason)
    _show_booked(here.bus.ask(wish, key=key))
    _tell_unplaced(found)


def _items(named: Sequence[str]) -> Iterable[str]:
    """Yield item ids; an order stands for what it has that is still to be booked."""
    for name in dict.fromkeys(named):
        if not name.startswith("ord-"):
            yield item_id(name)
            continue
        order = shell().bus.ask(ShowOrder(id=name))
        yield from (one.id for one in order.items if one.state is OrderState.ACTIVE and not one.appointment_id)


def _show(found: Plan) -> None:
    here = shell()
    if here.json:
        here.show(found)
        return
    for number, alternative in enumerate(found.alternatives, 1):
        here.table(alternative.choices, _CHOICES, _title(number, alternative))
    _tell_unplaced(found)


def _title(number: int, alternative: Alternative) -> str:
    """Return what an alternative is and why it is offered, over its table."""
    here = shell()
    visits, waiting = alternative.visits, alternative.waiting_minutes
    head = here.words(
        f"方案 {number}：来院 {visits} 次，等候 {waiting} 分钟",
        f"Alternative {number}: {visits} {'visit' if visits == 1 else 'visits'}, {waiting} min of waiting",
    )
    return "\n  - ".join([head, *(_side(reason) for reason in alternative.reasons)])


def _side(reason: str) -> str:
    """Return the half of a reason that is in the user's language."""
    zh, _, en = reason.partition(" / ")
    return shell().words(zh, en or zh)


def _show_booked(booked: BookedPlan) -> None:
    here = shell()
    if here.json:
        here.show(booked)
    else:
        here.table(booked.appointments, _BOOKED, here.words("已安排", "Booked") + f" {booked.plan_id}")


def _tell_unplaced(found: Plan) -> None:
    here = shell()
    if found.unplaced:
        told = ", ".join(found.unplaced)
        here.say(here.words(f"未能安排：{told}（{found.why_not}）", f"no place: {told} ({found.why_not})"))
