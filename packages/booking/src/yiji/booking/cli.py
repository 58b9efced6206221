"""Booking at the shell: slots, appointments, orders, master data, the queue."""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from yiji.core.contract.booking import (
    BookExam,
    CallPatient,
    CancelExam,
    Catalogue,
    CheckIn,
    FindSlots,
    LoadCatalogue,
    MoveExam,
    OpenSlots,
    ShowAppointment,
    ShowCatalogue,
)
from yiji.core.contract.order import ListOrders, OrderState, ShowOrder
from yiji.core.faces import shell

slot = typer.Typer(add_completion=False, no_args_is_help=True)
booking = typer.Typer(add_completion=False, no_args_is_help=True)
order = typer.Typer(add_completion=False, no_args_is_help=True)
catalogue = typer.Typer(add_completion=False, no_args_is_help=True)
queue = typer.Typer(add_completion=False, no_args_is_help=True)

Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="A day, e.g. 2026-03-02. 日期。")]
Reason = Annotated[str, typer.Option(help="Why. 原因。")]

_SLOTS = [
    ("starts_at", "开始", "starts"),
    ("room_name", "诊室", "room"),
    ("device_name", "设备", "device"),
    ("capacity", "号数", "places"),
    ("booked", "已约", "booked"),
    ("free", "余号", "free"),
    ("id", "号源", "slot"),
]
_ORDERS = [
    ("registered_at", "登记时间", "registered"),
    ("patient.name", "患者", "patient"),
    ("requesting_department", "申请科室", "department"),
    ("state", "状态", "state"),
    ("id", "申请单", "order"),
]
_EXAMS = [
    ("code", "代码", "code"),
    ("name", "检查项目", "examination"),
    ("department", "科室", "department"),
    ("modality", "类型", "modality"),
    ("minutes", "分钟", "minutes"),
]


def _date(value: datetime | None) -> date | None:
    return value.date() if value else None


@slot.command("list", epilog="Example: yiji slot list --exam ECG12 --day 2026-03-02")
def slot_list(
    exam: Annotated[str, typer.Option(help="Code of an examination. 检查项目代码。")] = "",
    department: Annotated[str, typer.Option(help="Code of a department. 科室代码。")] = "",
    day: Day = None,
    days: Annotated[int, typer.Option(min=1, max=90, help="How many days. 天数。")] = 7,
    full: Annotated[bool, typer.Option("--all", help="Full slots too. 含已满号源。")] = False,
) -> None:
    """Slots with room, earliest first. 查询号源。"""
    query = FindSlots(exam_code=exam, department=department, first_day=_date(day), days=days, only_free=not full)
    here = shell()
    here.table(here.bus.ask(query).slots, _SLOTS, here.words("号源", "Slots"))


@slot.command("open", epilog="Example: yiji slot open --day 2026-03-02 --days 14")
def slot_open(
    day: Day = None, days: Annotated[int, typer.Option(min=1, max=366, help="How many days. 天数。")] = 14
) -> None:
    """Make slots from the calendars. 按排班开放号源。"""
    here = shell()
    with here.progress(here.words("正在开放号源", "opening slots")):
        here.show(here.bus.ask(OpenSlots(first_day=_date(day), days=days), timeout=120))


@booking.command("book", epilog="Example: yiji booking book 26030200000001 slt-01jd...")
def book(
    item: Annotated[str, typer.Argument(help="Order item id or accession number. 检查号。")],
    slot_id: Annotated[str, typer.Argument(metavar="SLOT", help="Slot id. 号源。")],
    key: Annotated[str, typer.Option(help="Idempotency key: the same again gives the same answer. 幂等键。")] = "",
) -> None:
    """Book an examination into a slot. 预约。"""
    here = shell()
    here.show(here.bus.ask(BookExam(item_id=_item(item), slot_id=slot_id), key=key))


def _item(named: str) -> str:
    """Return the item's id; an accession or placer number is looked up."""
    if named.startswith("itm-"):
        return named
    found = shell().bus.ask(ShowOrder(id=named))
    named_so = [one for one in found.items if named in (one.accession_number, one.placer_number)]
    return (named_so or list(found.items))[0].id


def _appointment(named: str) -> str:
    return named if named.startswith("apt-") else shell().bus.ask(ShowAppointment(id=named)).id


Named = Annotated[
    str, typer.Argument(metavar="APPOINTMENT", help="Appointment id or accession number. 预约号或检查号。")
]


@booking.command("move", epilog="Example: yiji booking move 26030200000001 slt-01jd... --reason 患者要求")
def move(
    appointment: Named,
    slot_id: Annotated[str, typer.Argument(metavar="SLOT", help="The new slot. 新号源。")],
    reason: Reason = "",
) -> None:
    """Move an appointment to another slot, in one step. 改约。"""
    here = shell()
    here.show(here.bus.ask(MoveExam(appointment_id=_appointment(appointment), slot_id=slot_id, reason=reason)))


@booking.command("cancel", epilog="Example: yiji booking cancel 26030200000001 --reason 患者要求")
def cancel(appointment: Named, reason: Reason = "") -> None:
    """Give the place back. 取消预约。"""
    here = shell()
    here.show(here.bus.ask(CancelExam(appointment_id=_appointment(appointment), reason=reason)))


@booking.command("show", epilog="Example: yiji booking show 26030200000001")
def show(appointment: Named) -> None:
    """One appointment with its chain of changes. 查看预约。"""
    here = shell()
    here.show(here.bus.ask(ShowAppointment(id=appointment)))


@booking.command("check-in", epilog="Example: yiji booking check-in 26030200000001")
def check_in(appointment: Named) -> None:
    """The patient is here. 签到。"""
    here = shell()
    here.show(here.bus.ask(CheckIn(appointment_id=_appointment(appointment))))


@queue.command("call", epilog="Example: yiji queue call --room ECG-R1")
def call(
    room: Annotated[str, typer.Option(help="Call the next of this room. 诊室。")] = "",
    ticket: Annotated[str, typer.Option(help="Call this ticket. 票号。")] = "",
) -> None:
    """Call the next patient of a room, or one ticket. 叫号。"""
    here = shell()
    here.show(here.bus.ask(CallPatient(room=room, ticket_id=ticket)))


@order.command("list", epilog="Example: yiji order list --day 2026-03-02 --patient 张三")
def order_list(
    day: Day = None,
    patient: Annotated[str, typer.Option(help="Part of a name, or a number. 姓名或号码。")] = "",
    state: Annotated[OrderState | None, typer.Option(help="Only this state. 状态。")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many. 条数。")] = 100,
) -> None:
    """Orders, newest first. 申请单列表。"""
    here = shell()
    found = here.bus.ask(ListOrders(day=_date(day), patient=patient, state=state, limit=limit))
    here.table(found.orders, _ORDERS, here.words("申请单", "Orders"))


@order.command("show", epilog="Example: yiji order show 26030200000001")
def order_show(
    order_id: Annotated[str, typer.Argument(metavar="ORDER", help="Any of its numbers. 任一号码。")],
) -> None:
    """One order with its examinations. 查看申请单。"""
    here = shell()
    here.show(here.bus.ask(ShowOrder(id=order_id)))


@catalogue.command("load", epilog="Example: yiji catalogue load hospital.toml")
def catalogue_load(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A TOML file. TOML 文件。")],
) -> None:
    """Load master data; what has the same code is changed. 导入基础数据。"""
    here = shell()
    loaded = here.bus.ask(LoadCatalogue(catalogue=_read_catalogue(file)))
    here.table(loaded.exams, _EXAMS, here.words("检查目录", "Catalogue"))


def _read_catalogue(file: Path) -> Catalogue:
    import tomllib

    from pydantic import ValidationError

    from yiji.core.errors import InvalidMessage

    try:
        told: dict[str, Any] = tomllib.loads(file.read_text("utf-8"))
        return Catalogue.model_validate(told)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, ValidationError) as fault:
        raise InvalidMessage(message=file.name, detail=str(fault).splitlines()[0]) from None


@catalogue.command("show", epilog="Example: yiji catalogue show --json")
def catalogue_show() -> None:
    """The catalogue of examinations; with --json all master data. 查看基础数据。"""
    here = shell()
    found = here.bus.ask(ShowCatalogue())
    if here.json:
        here.show(found)
    else:
        here.table(found.exams, _EXAMS, here.words("检查目录", "Catalogue"))
