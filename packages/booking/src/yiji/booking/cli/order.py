"""Orders 申请单 at the shell."""

from typing import Annotated

import typer

from yiji.booking.cli.common import Day, date_of
from yiji.core.contract.order import ListOrders, OrderState, ShowOrder
from yiji.core.faces import shell

app = typer.Typer(add_completion=False, no_args_is_help=True)

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
