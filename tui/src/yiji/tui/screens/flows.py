"""What a dispatcher does with what is selected: ask what must be asked, then the bus, then tell the outcome."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from yiji.tui.base import Base
from yiji.tui.reading import Reading
from yiji.tui.screens.ask import AskScreen, Question
from yiji.tui.screens.choose import Choice, ChooseScreen
from yiji.tui.screens.detail import DetailScreen
from yiji.tui.screens.slots import SlotScreen, Wanted

if TYPE_CHECKING:
    from yiji.core.contract.booking import Slot, Ticket
    from yiji.core.contract.desk import DeskRow


@dataclass(frozen=True, slots=True)
class Subject:
    """What is selected: the order item's row, the ticket when it was selected in the queue, and the whole queue."""

    row: "DeskRow | None"
    ticket: "Ticket | None"
    queue: "Sequence[Ticket]"


def _what(row: "DeskRow", reading: Reading) -> dict[str, str]:
    """Return the parameters by which texts name an examination and its appointment."""
    starts = (
        f"{reading.day(reading.local(row.starts_at).date())} {reading.time(row.starts_at)}" if row.starts_at else ""
    )
    return {"patient": row.patient_name, "exam": row.exam_name, "starts": starts, "room": row.room_name}


def _row(app: Base, subject: Subject, booked: bool) -> "DeskRow | None":
    """Return the row, if it is there and has an appointment, or has none, as the deed needs; else say what is wrong."""
    row = subject.row
    if row is None:
        app.warn("nothing_selected")
    elif booked and not row.appointment_id:
        app.warn("not_booked", **_what(row, app.reading))
    elif not booked and row.appointment_id:
        app.warn("is_booked", **_what(row, app.reading))
    else:
        return row
    return None


async def book(app: Base, subject: Subject) -> None:
    """Choose a slot and book it; after a refusal choose again."""
    from yiji.core.contract.booking import BookExam

    row = _row(app, subject, booked=False)
    picked: Slot | None = None
    while row:
        picked = await app.push_screen_wait(SlotScreen(Wanted(row), picked))
        if picked is None:
            return
        if done := await app.perform(BookExam(item_id=row.item_id, slot_id=picked.id)):
            app.say(
                "booked",
                patient=done.patient_name,
                exam=done.exam_name,
                span=app.reading.span(picked),
                room=done.room_name,
            )
            return


async def move(app: Base, subject: Subject) -> None:
    """Choose another slot, confirm and move 改约; after a refusal choose again."""
    row = _row(app, subject, booked=True)
    picked: Slot | None = None
    while row:
        picked = await app.push_screen_wait(SlotScreen(Wanted(row, moves=True), picked))
        if picked is None or await _moved(app, row, picked):
            return


async def _moved(app: Base, row: "DeskRow", slot: "Slot") -> bool:
    """Confirm and move; return whether that was the end of it."""
    from yiji.core.contract.booking import MoveExam

    told = {**_what(row, app.reading), "span": app.reading.span(slot), "to_room": slot.room_name}
    question = Question("move", told, reasons=True)
    reason = await app.push_screen_wait(AskScreen(question))
    if reason is None:
        return False
    done = await app.perform(MoveExam(appointment_id=row.appointment_id, slot_id=slot.id, reason=reason))
    if done:
        app.say(
            "moved", patient=done.patient_name, exam=done.exam_name, span=app.reading.span(slot), room=done.room_name
        )
    return done is not None


async def cancel(app: Base, subject: Subject) -> None:
    """Ask why, and give the place back."""
    from yiji.core.contract.booking import CancelExam

    row = _row(app, subject, booked=True)
    if row is None:
        return
    question = Question("cancel", _what(row, app.reading), reasons=True, must_say=True)
    reason = await app.push_screen_wait(AskScreen(question))
    if reason and await app.perform(CancelExam(appointment_id=row.appointment_id, reason=reason)):
        app.say("cancelled", **_what(row, app.reading))


async def check_in(app: Base, subject: Subject) -> None:
    """Put the patient into the queue 签到; on another day than the appointment's only when confirmed."""
    from yiji.core.contract.booking import CheckIn

    row = _row(app, subject, booked=True)
    if row is None or not (_is_today(app.reading, row) or await _sure(app, "early", _what(row, app.reading))):
        return
    if ticket := await app.perform(CheckIn(appointment_id=row.appointment_id)):
        app.say("checked_in", patient=ticket.patient_name, number=ticket.number, room=ticket.room_name)


def _is_today(reading: Reading, row: "DeskRow") -> bool:
    today = reading.local(datetime.now(UTC)).date()
    return row.starts_at is None or reading.local(row.starts_at).date() == today


async def _sure(app: Base, what: str, told: dict[str, str]) -> bool:
    return await app.push_screen_wait(AskScreen(Question(what, told))) is not None


async def call(app: Base, subject: Subject) -> None:
    """Call the selected patient 叫号; out of turn only when confirmed."""
    item = subject.row.item_id if subject.row else ""
    ticket = subject.ticket or next((one for one in subject.queue if one.item_id == item), None)
    if ticket is None:
        app.warn("not_waiting")
        return
    ahead = _ahead(ticket, subject.queue)
    told = {"patient": ticket.patient_name, "number": ticket.number, "room": ticket.room_name, "ahead": str(ahead)}
    if not ahead or await _sure(app, "out_of_turn", told):
        await _call(app, ticket_id=ticket.id)


def _ahead(ticket: "Ticket", queue: "Sequence[Ticket]") -> int:
    """Return how many wait in the same room before a patient who was not called yet."""
    waiting = [one.id for one in queue if one.room == ticket.room and one.state == "ready"]
    return waiting.index(ticket.id) if ticket.id in waiting else 0


async def call_next(app: Base, subject: Subject) -> None:
    """Call the next of a room: of the selected ticket's, of the only one with a queue, or of one that is chosen."""
    waiting = [one for one in subject.queue if one.state == "ready"]
    first = {one.room: one for one in reversed(waiting)}
    if subject.ticket:
        room: str | None = subject.ticket.room
    elif len(first) == 1:
        room = next(iter(first))
    elif not first:
        app.warn("nobody_waits")
        return
    else:
        room = await _choose_room(app, first, waiting)
    if room is not None:
        await _call(app, room=room)


async def _choose_room(app: Base, first: "dict[str, Ticket]", waiting: "Sequence[Ticket]") -> str | None:
    told = [
        Choice(
            room,
            f"{ticket.room_name}  {app.t('next_is', number=ticket.number, patient=ticket.patient_name)}  "
            f"{app.t('waiting', number=sum(one.room == room for one in waiting))}",
        )
        for room, ticket in sorted(first.items())
    ]
    return await app.push_screen_wait(ChooseScreen("choose_room", told))


async def _call(app: Base, *, room: str = "", ticket_id: str = "") -> None:
    from yiji.core.contract.booking import CallPatient

    if ticket := await app.perform(CallPatient(room=room, ticket_id=ticket_id)):
        app.say("called", patient=ticket.patient_name, number=ticket.number, room=ticket.room_name)


async def detail(app: Base, subject: Subject) -> None:
    """Show all that is known of the examination."""
    if subject.row:
        await app.push_screen_wait(DetailScreen(subject.row))


async def department(app: Base, current: str) -> str | None:
    """Choose a department; empty: all of them."""
    told = [Choice("", app.t("all_departments"))]
    told += [Choice(code, f"{name}  {code}") for code, name in sorted(app.reading.departments.items())]
    return await app.push_screen_wait(ChooseScreen("choose_department", told, current))


FLOWS: dict[str, Callable[[Base, Subject], Awaitable[None]]] = {
    "book": book,
    "move": move,
    "cancel": cancel,
    "check_in": check_in,
    "call": call,
    "call_next": call_next,
    "detail": detail,
}
