"""Orders 申请单 at the shell."""

from enum import StrEnum
from typing import Annotated

import typer

from yiji.booking.cli.common import Day, date_of
from yiji.core import ids
from yiji.core.contract.order import (
    ListOrders,
    OrderedItem,
    OrderState,
    Priority,
    RegisterOrder,
    RevokeOrder,
    ShowOrder,
)
from yiji.core.contract.patient import PatientBrief, ShowPatient
from yiji.core.faces import shell

app = typer.Typer(add_completion=False, no_args_is_help=True)

SENDER = "yiji"  # who sends the orders that are registered here


class VisitClass(StrEnum):
    """HL7 table 0004 (recalled)."""

    OUTPATIENT = "O"
    INPATIENT = "I"
    EMERGENCY = "E"


_ORDERS = [
    ("registered_at", "登记时间", "registered"),
    ("patient.name", "患者", "patient"),
    ("requesting_department", "申请科室", "department"),
    ("state", "状态", "state"),
    ("id", "申请单", "order"),
]


@app.command("list", epilog="Example: yiji order list --day 2026-03-02 --patient 张三")
def order_list(
    day: Day = None,
    patient: Annotated[str, typer.Option(help="Part of a name, or a number. 姓名或号码。")] = "",
    state: Annotated[OrderState | None, typer.Option(help="Only this state. 状态。")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many. 条数。")] = 100,
) -> None:
    """Orders, newest first. 申请单列表。"""
    here = shell()
    found = here.bus.ask(ListOrders(day=date_of(day), patient=patient, state=state, limit=limit))
    here.table(found.orders, _ORDERS, here.words("申请单", "Orders"))


@app.command("show", epilog="Example: yiji order show 26030200000001")
def order_show(
    order_id: Annotated[str, typer.Argument(metavar="ORDER", help="Any of its numbers. 任一号码。")],
) -> None:
    """One order with its examinations. 查看申请单。"""
    here = shell()
    here.show(here.bus.ask(ShowOrder(id=order_id)))


@app.command("register", epilog="Example: yiji order register HIS:P0001 ECG12 MR1:HEAD --department 心内科")
def order_register(
    patient: Annotated[str, typer.Argument(metavar="PATIENT", help="Patient id, or any of the numbers. 患者。")],
    exams: Annotated[list[str], typer.Argument(metavar="EXAM[:PART]...", help="Examinations. 检查项目[:部位]。")],
    number: Annotated[str, typer.Option(help="The sender's number; the same again changes nothing. 申请单号。")] = "",
    requester: Annotated[str, typer.Option(help="Who asks for it. 申请医生。")] = "",
    department: Annotated[str, typer.Option(help="Where from. 申请科室。")] = "",
    reason: Annotated[str, typer.Option(help="Why. 申请理由。")] = "",
    priority: Annotated[Priority, typer.Option(help="How urgent. 优先级。")] = Priority.ROUTINE,
    visit: Annotated[VisitClass, typer.Option(help="Out, in or emergency. 门诊 住院 急诊。")] = VisitClass.OUTPATIENT,
    visit_number: Annotated[str, typer.Option(help="Number of the visit. 门诊/住院号。")] = "",
) -> None:
    """Register an order where no HIS sends it. 登记申请单。"""
    here = shell()
    person = here.bus.ask(ShowPatient(id=patient))
    group = number or ids.new("cli")
    ordered = RegisterOrder(
        sender=SENDER,
        group_number=group,
        patient=PatientBrief(
            **person.model_dump(include={"id", "name", "sex", "birth_date", "identifiers", "phone"}),
            visit_class=visit.value,
            visit_number=visit_number,
        ),
        items=tuple(_item(group, place, exam) for place, exam in enumerate(exams, 1)),
        priority=priority,
        requester=requester,
        requesting_department=department,
        reason=reason,
    )
    here.show(here.bus.ask(ordered))


def _item(group: str, place: int, named: str) -> OrderedItem:
    exam, _, part = named.partition(":")
    return OrderedItem(placer_number=f"{group}-{place}", exam_code=exam, body_part=part)


@app.command("revoke", epilog="Example: yiji order revoke 26030200000001 --reason 医生撤销")
def order_revoke(
    order_id: Annotated[str, typer.Argument(metavar="ORDER", help="Any of its numbers. 任一号码。")],
    reason: Annotated[str, typer.Option(help="Why. 原因。")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask. 不再询问。")] = False,
) -> None:
    """Withdraw an order; what is booked is cancelled with it. 撤销申请单。"""
    here = shell()
    order = here.bus.ask(ShowOrder(id=order_id))
    told = " ".join(item.accession_number for item in order.items)
    if not yes:
        typer.confirm(here.words(f"撤销 {order.patient.name} 的 {told}？", f"Withdraw {told}?"), abort=True, err=True)
    placers = tuple(item.placer_number for item in order.items)
    here.show(here.bus.ask(RevokeOrder(sender=order.sender, placer_numbers=placers, reason=reason)))
