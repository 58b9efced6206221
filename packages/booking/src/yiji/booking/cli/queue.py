"""The day of the examination 检查当日 at the shell."""

import sys
from typing import Annotated

import typer

from yiji.booking.cli.common import Day, Named, Reason, appointment_id, date_of
from yiji.core.contract.booking import FulfilExam
from yiji.core.contract.queue import (
    CallPatient,
    CheckIn,
    QueueBoard,
    Rank,
    RequeuePatient,
    ShowQueue,
    SkipPatient,
    StartExam,
    Ticket,
    TransferPatient,
    TriagePatient,
    WatchQueue,
)
from yiji.core.errors import NotFound
from yiji.core.faces import shell

app = typer.Typer(add_completion=False, no_args_is_help=True)

TicketName = Annotated[
    str, typer.Argument(metavar="TICKET", help="Its number (A001), id, or the accession number. 号码、票号或检查号。")
]
Room = Annotated[str, typer.Option(help="Code of the room. 诊室。")]
Note = Annotated[str, typer.Option(help="A note for the desk. 备注。")]

_CLEAR = "\x1b[2J\x1b[H"  # the terminal's screen emptied, its cursor in the corner (ECMA-48 ED and CUP, recalled)
_TICKETS = [
    ("room_name", "诊室", "room"),
    ("number", "号码", "number"),
    ("patient_name", "患者", "patient"),
    ("exam_name", "检查项目", "examination"),
    ("rank", "优先级", "rank"),
    ("starts_at", "预约时间", "appointment"),
    ("state", "状态", "state"),
    ("calls", "呼叫", "calls"),
    ("ahead", "前面", "ahead"),
    ("wait_minutes", "预计分钟", "wait (min)"),
]


def _ticket(named: str, room: str = "") -> Ticket:
    """Return a ticket of today by its id, number or accession number; raises `NotFound`."""
    tickets = shell().bus.ask(ShowQueue(room=room)).tickets
    found = [one for one in tickets if named in (one.id, one.number, one.accession_number, one.appointment_id)]
    if not found:
        raise NotFound(what="ticket", id=named)
    if len(found) > 1:
        rooms = ", ".join(one.room for one in found)
        raise typer.BadParameter(f"{named}: {rooms}; --room?")
    return found[0]


def _ticket_id(named: str, room: str) -> str:
    return named if named.startswith("tkt-") else _ticket(named, room).id


@app.command("check-in", epilog="Example: yiji queue check-in 26030200000001 --rank urgent")
def check_in(
    appointment: Named,
    rank: Annotated[
        Rank | None, typer.Option(help="The nurse's word; told by order and age if left out. 分诊。")
    ] = None,
    note: Note = "",
) -> None:
    """The patient is here. 签到。"""
    here = shell()
    here.show(here.bus.ask(CheckIn(appointment_id=appointment_id(appointment), rank=rank, note=note)))


@app.command("call", epilog="Example: yiji queue call --room ECG-R1")
def call(
    ticket: Annotated[
        str, typer.Argument(metavar="[TICKET]", help="Who; the next if left out. 号码，缺省为下一位。")
    ] = "",
    room: Room = "",
) -> None:
    """Call the next patient of a room, or one ticket. 叫号。"""
    here = shell()
    wish = CallPatient(ticket_id=_ticket_id(ticket, room)) if ticket else CallPatient(room=room)
    here.show(here.bus.ask(wish))


@app.command("recall", epilog="Example: yiji queue recall A001 --room ECG-R1")
def recall(ticket: TicketName, room: Room = "") -> None:
    """Call once more who was called and did not come. 复呼。"""
    here = shell()
    here.show(here.bus.ask(CallPatient(ticket_id=_ticket_id(ticket, room))))


@app.command("start", epilog="Example: yiji queue start A001 --room ECG-R1")
def start(ticket: TicketName, room: Room = "") -> None:
    """The called patient is in the room. 开始检查。"""
    here = shell()
    here.show(here.bus.ask(StartExam(ticket_id=_ticket_id(ticket, room))))


@app.command("finish", epilog="Example: yiji queue finish A001 --room US-R1")
def finish(ticket: TicketName, room: Room = "") -> None:
    """The examination was made, where no device tells it. 检查完成。"""
    here = shell()
    done = _ticket(ticket, room)
    here.bus.ask(FulfilExam(item_id=done.item_id))
    here.say(here.words(f"{done.number} 已完成", f"{done.number} is done"))


@app.command("skip", epilog="Example: yiji queue skip A001 --room ECG-R1")
def skip(ticket: TicketName, room: Room = "") -> None:
    """The called patient did not come. 过号。"""
    here = shell()
    here.show(here.bus.ask(SkipPatient(ticket_id=_ticket_id(ticket, room))))


@app.command("back", epilog="Example: yiji queue back A001 --room ECG-R1")
def back(ticket: TicketName, room: Room = "") -> None:
    """A skipped patient is back and queues again. 过号重排。"""
    here = shell()
    here.show(here.bus.ask(RequeuePatient(ticket_id=_ticket_id(ticket, room))))


@app.command("transfer", epilog="Example: yiji queue transfer A001 ECG-R2 --room ECG-R1 --reason 设备故障")
def transfer(
    ticket: TicketName,
    to: Annotated[str, typer.Argument(help="Code of the other room. 转入诊室。")],
    room: Room = "",
    reason: Reason = "",
) -> None:
    """Let a waiting patient queue at another room. 转诊室。"""
    here = shell()
    here.show(here.bus.ask(TransferPatient(ticket_id=_ticket_id(ticket, room), room=to, reason=reason)))


@app.command("triage", epilog="Example: yiji queue triage A001 emergency --room ECG-R1 --note 胸痛")
def triage(
    ticket: TicketName,
    rank: Annotated[Rank, typer.Argument(help="The new rank. 优先级。")],
    room: Room = "",
    note: Note = "",
) -> None:
    """Change a waiting patient's rank. 分诊。"""
    here = shell()
    here.show(here.bus.ask(TriagePatient(ticket_id=_ticket_id(ticket, room), rank=rank, note=note)))


@app.command("show", epilog="Example: yiji queue show --department ECG")
def show(
    room: Room = "",
    department: Annotated[str, typer.Option(help="Code of a department. 科室。")] = "",
    day: Day = None,
) -> None:
    """Who waits where, in the order of calling. 候诊队列。"""
    here = shell()
    board = here.bus.ask(ShowQueue(room=room, department=department, day=date_of(day)))
    here.table(board.tickets, _TICKETS, here.words(f"候诊队列 {board.day}", f"Queue of {board.day}"))


@app.command("watch", epilog="Example: yiji queue watch --department ECG")
def watch(
    room: Room = "",
    department: Annotated[str, typer.Option(help="Code of a department. 科室。")] = "",
    names: Annotated[bool, typer.Option("--names", help="Whole names, for who may read the desk. 显示全名。")] = False,
    changes: Annotated[int, typer.Option(min=0, help="End after so many; 0: never. 显示几次后结束。")] = 0,
) -> None:
    """The queue on a wall screen: told again whenever it changes; Ctrl-C ends it. With --json: once. 候诊大屏。"""
    here = shell()
    wanted = changes or int(here.json)  # one document on stdout
    watching = here.bus.watch(WatchQueue(room=room, department=department, masked=not names))
    try:
        for number, board in enumerate(watching, 1):
            _tell(board)
            if number == wanted:
                break
    except KeyboardInterrupt:
        here.say("")
    finally:
        watching.close()


def _tell(board: QueueBoard) -> None:
    """Show the board, on a terminal in place of the last."""
    here = shell()
    if here.json:
        here.show(board)
        return
    if sys.stdout.isatty():
        typer.echo(_CLEAR, nl=False)
    here.table(board.tickets, _TICKETS, here.words(f"候诊队列 {board.day}", f"Queue of {board.day}"))
    sys.stdout.flush()
