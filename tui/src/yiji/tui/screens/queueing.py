"""The queue: check in, call, call the next, skip who did not come, let him back in."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from yiji.tui.base import Base
from yiji.tui.screens.ask import AskScreen, Question
from yiji.tui.screens.choose import Choice, ChooseScreen
from yiji.tui.screens.subject import Subject, booked_row

if TYPE_CHECKING:
    from yiji.core.contract.queue import Ticket


async def check_in(app: Base, subject: Subject) -> None:
    """Put the patient into the queue 签到; the site refuses what is not of today."""
    from yiji.core.contract.queue import CheckIn

    row = booked_row(app, subject)
    if row is None:
        return
    if ticket := await app.perform(CheckIn(appointment_id=row.appointment_id)):
        app.say("checked_in", patient=ticket.patient_name, number=ticket.number, room=ticket.room_name)


def _ticket(app: Base, subject: Subject) -> "Ticket | None":
    if subject.ticket is None:
        app.warn("not_waiting")
    return subject.ticket


async def call(app: Base, subject: Subject) -> None:
    """Call the selected patient 叫号; out of turn only when confirmed."""
    ticket = _ticket(app, subject)
    if ticket is None:
        return
    told = {"patient": ticket.patient_name, "number": ticket.number, "room": ticket.room_name}
    if ticket.state == "skipped":
        app.warn("is_skipped", **told)
        return
    ahead = ticket.ahead if ticket.state == "ready" else 0
    if not ahead or await _sure(app, "out_of_turn", {**told, "ahead": str(ahead)}):
        await _call(app, ticket_id=ticket.id)


async def _sure(app: Base, what: str, told: dict[str, str]) -> bool:
    return await app.push_screen_wait(AskScreen(Question(what, told))) is not None


async def call_next(app: Base, subject: Subject) -> None:
    """Call the next of a room: of the selected ticket's, of the only one with a queue, or of one that is chosen."""
    waiting = [one for one in subject.queue if one.state == "ready"]
    first = {one.room: one for one in reversed(waiting)}
    if subject.ticket and subject.in_queue:
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
    from yiji.core.contract.queue import CallPatient

    if ticket := await app.perform(CallPatient(room=room, ticket_id=ticket_id)):
        app.say("called", patient=ticket.patient_name, number=ticket.number, room=ticket.room_name)


async def skip(app: Base, subject: Subject) -> None:
    """The called patient did not come 过号."""
    from yiji.core.contract.queue import SkipPatient

    ticket = _ticket(app, subject)
    if ticket is None:
        return
    if ticket.state == "ready":
        app.warn("not_called", patient=ticket.patient_name, number=ticket.number)
    elif done := await app.perform(SkipPatient(ticket_id=ticket.id)):
        app.say("skipped", patient=done.patient_name, number=done.number)


async def requeue(app: Base, subject: Subject) -> None:
    """A skipped patient is back 回队."""
    from yiji.core.contract.queue import RequeuePatient

    ticket = _ticket(app, subject)
    if ticket is None:
        return
    if ticket.state != "skipped":
        app.warn("not_skipped", patient=ticket.patient_name, number=ticket.number)
    elif done := await app.perform(RequeuePatient(ticket_id=ticket.id)):
        app.say("requeued", patient=done.patient_name, number=done.number, ahead=done.ahead)
