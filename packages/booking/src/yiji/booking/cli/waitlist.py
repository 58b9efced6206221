"""The waitlist 候补 at the shell."""

from typing import Annotated

import typer

from yiji.booking.cli.common import Day, date_of, item_id
from yiji.core.contract.booking import JoinWaitlist, LeaveWaitlist, ListWaits, WaitState
from yiji.core.faces import shell

app = typer.Typer(add_completion=False, no_args_is_help=True)

_WAITS = [
    ("since", "加入时间", "since"),
    ("patient_name", "患者", "patient"),
    ("exam_name", "检查项目", "examination"),
    ("first_day", "从", "from"),
    ("last_day", "至", "to"),
    ("state", "状态", "state"),
    ("id", "候补", "wish"),
]


@app.command("join", epilog="Example: yiji waitlist join 26030200000001 --first 2026-03-02 --automatic")
def join(
    item: Annotated[str, typer.Argument(help="Order item id or accession number. 检查号。")],
    first: Day = None,
    last: Day = None,
    notice: Annotated[int, typer.Option(min=0, help="Minutes the patient needs to come. 提前通知分钟数。")] = 60,
    pool: Annotated[str, typer.Option(help="Channel pool. 号源池。")] = "",
    automatic: Annotated[bool, typer.Option(help="Book at once instead of offering. 自动预约。")] = False,
) -> None:
    """Wait for a place; who has one waits for an earlier one. 加入候补。"""
    here = shell()
    wish = JoinWaitlist(
        item_id=item_id(item),
        first_day=date_of(first),
        last_day=date_of(last),
        notice_minutes=notice,
        pool=pool,
        automatic=automatic,
    )
    here.show(here.bus.ask(wish))


@app.command("leave", epilog="Example: yiji waitlist leave wai-01jd...")
def leave(wait: Annotated[str, typer.Argument(metavar="WISH", help="Its id. 候补号。")]) -> None:
    """Wait no longer. 退出候补。"""
    here = shell()
    here.show(here.bus.ask(LeaveWaitlist(wait_id=wait)))


@app.command("list", epilog="Example: yiji waitlist list --exam MRHEAD")
def list_them(
    exam: Annotated[str, typer.Option(help="Code of an examination. 检查项目代码。")] = "",
    state: Annotated[WaitState | None, typer.Option(help="Only this state. 状态。")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many. 条数。")] = 100,
) -> None:
    """Who waits, in the order in which they are served. 候补列表。"""
    here = shell()
    found = here.bus.ask(ListWaits(exam_code=exam, state=state, limit=limit)).waits
    here.table(found, _WAITS, here.words("候补", "Waitlist"))
