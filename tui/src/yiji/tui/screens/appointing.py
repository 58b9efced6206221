"""Places for examinations: book, plan several at once, confirm what is held, move, cancel."""

from typing import TYPE_CHECKING

from yiji.core.errors import YijiError
from yiji.tui.base import Base
from yiji.tui.screens.ask import AskScreen, Question, reasoned
from yiji.tui.screens.plan import Picked, PlanScreen
from yiji.tui.screens.slots import SlotScreen, Wanted
from yiji.tui.screens.subject import Subject, booked_row, waiting_row, waits, what

if TYPE_CHECKING:
    from yiji.core.contract.booking import Appointment, BookedPlan
    from yiji.core.contract.desk import DeskRow
    from yiji.core.contract.inventory import Slot


async def book(app: Base, subject: Subject) -> None:
    """Choose a slot and book it; after a refusal choose again."""
    from yiji.core.contract.booking import BookExam

    row = waiting_row(app, subject)
    picked: Slot | None = None
    while row:
        picked = await app.push_screen_wait(SlotScreen(Wanted(row), picked))
        if picked is None:
            return
        if done := await app.perform(BookExam(item_id=row.item_id, slot_id=picked.id)):
            _say_booked(app, done, app.reading.span(picked))
            return


def _say_booked(app: Base, done: "Appointment", span: str) -> None:
    told = {"patient": done.patient_name, "exam": done.exam_name, "span": span, "room": done.room_name}
    if done.expires_at:
        app.say("held_to_pay", until=app.reading.time(done.expires_at), **told)
    else:
        app.say("booked", **told)


async def plan(app: Base, subject: Subject) -> None:
    """Place all of the patient's examinations that wait for a place, at once 一站式预约.

    When no answer came the same plan is shown again: Enter sends the very same wish. A refused plan is made anew.
    """
    rows, known = await _waiting(app, subject), None
    while rows and (picked := await app.push_screen_wait(PlanScreen(rows, known))):
        fault = await _book_plan(app, rows[0], picked)
        if fault is None:
            return
        known = picked.plan if fault.facts.retry else None
        rows = rows if known else await _waiting(app, subject)


async def _waiting(app: Base, subject: Subject) -> "list[DeskRow]":
    """Return what of the selected patient waits for a place, the selected row first.

    The desk may show one department only; a plan goes across all of them.
    """
    from yiji.core.contract.desk import ShowDesk

    row = subject.row
    if row is None:
        app.warn("nothing_selected")
        return []
    desk = await app.perform(ShowDesk(day=subject.day))
    if desk is None:
        return []
    rows = [one for one in desk.rows if one.patient_id == row.patient_id and waits(one)]
    if not rows:
        app.warn("nothing_to_plan", **what(row, app.reading))
    return sorted(rows, key=lambda one: one.item_id != row.item_id)


async def _book_plan(app: Base, row: "DeskRow", picked: Picked) -> YijiError | None:
    """Book an alternative; return what stood in the way."""
    from yiji.core.contract.booking import BookPlan

    try:
        done = await app.ask(BookPlan(choices=picked.plan.alternatives[picked.chosen].choices))
    except YijiError as error:
        app.tell(error)
        return error
    _say_planned(app, row, done)
    return None


def _say_planned(app: Base, row: "DeskRow", done: "BookedPlan") -> None:
    held = [one.expires_at for one in done.appointments if one.expires_at]
    told = {"patient": row.patient_name, "number": len(done.appointments)}
    if held:
        app.say("planned_to_pay", held=len(held), until=app.reading.time(min(held)), **told)
    else:
        app.say("planned", **told)


async def confirm(app: Base, subject: Subject) -> None:
    """Make a held place a booked one."""
    from yiji.core.contract.booking import ConfirmExam

    row = booked_row(app, subject)
    if row is None:
        return
    if row.appointment_state != "held":
        app.warn("not_held", **what(row, app.reading))
    elif await app.perform(ConfirmExam(appointment_id=row.appointment_id)):
        app.say("confirmed", **what(row, app.reading))


async def move(app: Base, subject: Subject) -> None:
    """Choose another slot, confirm and move 改约; after a refusal choose again."""
    row = booked_row(app, subject)
    picked: Slot | None = None
    while row:
        picked = await app.push_screen_wait(SlotScreen(Wanted(row, moves=True), picked))
        if picked is None or await _moved(app, row, picked):
            return


async def _moved(app: Base, row: "DeskRow", slot: "Slot") -> bool:
    """Confirm and move; return whether that was the end of it."""
    from yiji.core.contract.booking import MoveExam

    told = {**what(row, app.reading), "span": app.reading.span(slot), "to_room": slot.room_name}
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

    row = booked_row(app, subject)
    if row is None:
        return
    question = Question("cancel", what(row, app.reading), reasons=True, must_say=True)
    done = await reasoned(app, question, lambda why: CancelExam(appointment_id=row.appointment_id, reason=why))
    if done:
        app.say("cancelled", **what(row, app.reading))
