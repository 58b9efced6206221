"""Appointments 预约 at the shell."""

from typing import Annotated

import typer

from yiji.booking.cli import guide, planning, verify
from yiji.booking.cli.common import Day, Named, Reason, appointment_id, date_of, item_id, patient_id
from yiji.core.contract.booking import (
    AppointmentState,
    BookExam,
    CancelExam,
    ConfirmExam,
    HoldExam,
    ListAppointments,
    MarkNoShow,
    MoveExam,
    RecordPayment,
    ShowAppointment,
)
from yiji.core.contract.queue import CheckIn
from yiji.core.faces import shell

app = typer.Typer(add_completion=False, no_args_is_help=True)

Item = Annotated[str, typer.Argument(help="Order item id or accession number. 检查号。")]
SlotId = Annotated[str, typer.Argument(metavar="SLOT", help="Slot id. 号源。")]
Pool = Annotated[str, typer.Option(help="Channel pool; by the order's visit class when left out. 号源池。")]
Key = Annotated[str, typer.Option(help="Idempotency key: the same again gives the same answer. 幂等键。")]
Override = Annotated[
    list[str] | None, typer.Option(help="Id of a rule to set aside; needs a permission and a reason. 放行的规则。")
]

_APPOINTMENTS = [
    ("starts_at", "时间", "time"),
    ("patient_name", "患者", "patient"),
    ("exam_name", "检查项目", "examination"),
    ("room_name", "诊室", "room"),
    ("state", "状态", "state"),
    ("accession_number", "检查号", "accession"),
]


@app.command("book", epilog="Example: yiji booking book 26030200000001 slt-01jd...")
def book(
    item: Item, slot_id: SlotId, pool: Pool = "", override: Override = None, reason: Reason = "", key: Key = ""
) -> None:
    """Book an examination into a slot. 预约。"""
    here, rules = shell(), tuple(override or ())
    wish = BookExam(item_id=item_id(item), slot_id=slot_id, pool=pool, overrides=rules, reason=reason)
    here.show(here.bus.ask(wish, key=key))


@app.command("hold", epilog="Example: yiji booking hold 26030200000001 slt-01jd... --minutes 15")
def hold(
    item: Item,
    slot_id: SlotId,
    minutes: Annotated[int, typer.Option(min=0, help="How long; 0: as the hospital decided. 占号分钟数。")] = 0,
    pool: Pool = "",
    key: Key = "",
) -> None:
    """Hold a place for a while. 占号。"""
    here = shell()
    here.show(here.bus.ask(HoldExam(item_id=item_id(item), slot_id=slot_id, minutes=minutes, pool=pool), key=key))


@app.command("confirm", epilog="Example: yiji booking confirm 26030200000001")
def confirm(appointment: Named, key: Key = "") -> None:
    """Make a held place a booked one. 确认占号。"""
    here = shell()
    here.show(here.bus.ask(ConfirmExam(appointment_id=appointment_id(appointment)), key=key))


@app.command("move", epilog="Example: yiji booking move 26030200000001 slt-01jd... --reason 患者要求")
def move(
    appointment: Named,
    slot_id: Annotated[str, typer.Argument(metavar="SLOT", help="The new slot. 新号源。")],
    pool: Pool = "",
    override: Override = None,
    reason: Reason = "",
    key: Key = "",
) -> None:
    """Move an appointment to another slot, in one step. 改约。"""
    here, rules = shell(), tuple(override or ())
    named = appointment_id(appointment)
    wish = MoveExam(appointment_id=named, slot_id=slot_id, pool=pool, overrides=rules, reason=reason)
    here.show(here.bus.ask(wish, key=key))


@app.command("cancel", epilog="Example: yiji booking cancel 26030200000001 --reason 患者要求")
def cancel(appointment: Named, reason: Reason = "", key: Key = "") -> None:
    """Give the place back; a hold is released the same way. 取消预约。"""
    here = shell()
    here.show(here.bus.ask(CancelExam(appointment_id=appointment_id(appointment), reason=reason), key=key))


@app.command("no-show", epilog="Example: yiji booking no-show 26030200000001")
def no_show(appointment: Named, reason: Reason = "") -> None:
    """The patient did not come. 爽约。"""
    here = shell()
    here.show(here.bus.ask(MarkNoShow(appointment_id=appointment_id(appointment), reason=reason)))


@app.command("pay", epilog="Example: yiji booking pay 26030200000001 --number PAY20260302001 --amount 12000")
def pay(
    appointment: Annotated[str, typer.Argument(metavar="APPOINTMENT", help="Or the order item. 预约号或检查项。")],
    number: Annotated[str, typer.Option(help="The payment's number. 支付流水号。")],
    amount: Annotated[int, typer.Option(min=0, help="In fen. 金额（分）。")],
) -> None:
    """Record a payment, as the cashier's callback does. 缴费回调。"""
    here = shell()
    named = appointment if appointment.startswith("itm-") else appointment_id(appointment)
    here.show(here.bus.ask(RecordPayment(appointment_id=named, payment_number=number, amount=amount)))


@app.command("show", epilog="Example: yiji booking show 26030200000001")
def show(appointment: Named) -> None:
    """One appointment with its chain of changes. 查看预约。"""
    here = shell()
    here.show(here.bus.ask(ShowAppointment(id=appointment)))


@app.command("list", epilog="Example: yiji booking list --day 2026-03-02 --device ECG-1")
def list_them(
    day: Day = None,
    days: Annotated[int, typer.Option(min=1, max=3660, help="How many days. 天数。")] = 1,
    patient: Annotated[str, typer.Option(help="A patient's id or any number. 患者。")] = "",
    device: Annotated[str, typer.Option(help="Code of a device. 设备代码。")] = "",
    state: Annotated[list[AppointmentState] | None, typer.Option(help="Only these states. 状态。")] = None,
    limit: Annotated[int, typer.Option(min=1, max=5000, help="At most so many. 条数。")] = 200,
) -> None:
    """Appointments of a day, a device or a patient. 预约列表。"""
    here = shell()
    asked = ListAppointments(
        patient_id=patient_id(patient) if patient else "",
        device=device,
        first_day=date_of(day),
        days=days,
        states=tuple(state or ()),
        limit=limit,
    )
    here.table(here.bus.ask(asked).appointments, _APPOINTMENTS, here.words("预约", "Appointments"))


@app.command("check-in", epilog="Example: yiji booking check-in 26030200000001")
def check_in(appointment: Named) -> None:
    """The patient is here. 签到。"""
    here = shell()
    here.show(here.bus.ask(CheckIn(appointment_id=appointment_id(appointment))))


guide.register(app)
planning.register(app)
verify.register(app)
