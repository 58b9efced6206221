"""BookExam, MoveExam, CancelExam: lock, decide, write; many in one transaction, one outcome each."""

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any

from sqlalchemy import insert, update
from sqlalchemy.sql.expression import bindparam

from yiji.booking import loading
from yiji.booking.handlers.refusals import complete
from yiji.booking.hooks import Rule
from yiji.booking.loading import APPOINTMENT, ITEM, LIVE, SLOT
from yiji.booking.rules import decide
from yiji.booking.rules.board import Board, ItemFacts, SlotFacts
from yiji.booking.rules.decide import Decision
from yiji.booking.tables import TicketRow
from yiji.core import clock, ids
from yiji.core.contract.booking import (
    Appointment,
    BookExam,
    CancelExam,
    Change,
    ExamBooked,
    ExamCancelled,
    ExamMoved,
    MoveExam,
)
from yiji.core.errors import YijiError
from yiji.core.job import Job
from yiji.core.plug import resolve
from yiji.core.plug.manager import Plugins
from yiji.core.store.db import Tx
from yiji.core.store.match import one_of

Answer = Appointment | YijiError
TICKET = TicketRow.table()


@cache
def rules_of(plugins: Plugins) -> tuple[Rule, ...]:
    """Return the rules of all plugins, resolved once."""
    return tuple(Rule(record.id, resolve(record.target)) for record in plugins.hook("booking_rules"))


def _change(job: Job[Any], what: str, slot_id: str, reason: str = "") -> dict[str, str]:
    at = clock.now().isoformat()
    return {"at": at, "actor": job.actor.name, "what": what, "slot_id": slot_id, "reason": reason}


def _board(tx: Tx, items: dict[str, ItemFacts], slots: Iterable[str]) -> Board:
    """Lock patients, then slots; lay all live appointments of the patients on the board."""
    patients = {item.order.patient.id for item in items.values()}
    loading.lock_patients(tx.db, patients)
    board = Board(clock.now(), items, loading.lock_slots(tx.db, slots))
    live = one_of(APPOINTMENT.c.patient_id, patients) & APPOINTMENT.c.state.in_(LIVE)
    for appointment in loading.appointments(tx.db, live):
        board.put(appointment)
    return board


def _each(board: Board, jobs: Sequence[Job[Any]], judge: Callable[[Job[Any]], Decision]) -> list[Decision | YijiError]:
    outcomes: list[Decision | YijiError] = []
    for job in jobs:
        try:
            decision = judge(job)
            decide.apply(board, decision)
            outcomes.append(decision)
        except YijiError as refusal:
            outcomes.append(refusal)
    return outcomes


def told(decision: Decision, item: ItemFacts, slot: SlotFacts) -> Appointment:
    """Return an appointment as the contract tells it."""
    facts = decision.appointment
    return Appointment(
        id=facts.id,
        item_id=facts.item_id,
        order_id=item.order.order_id,
        accession_number=item.order.accession_number,
        patient_id=facts.patient_id,
        patient_name=item.order.patient.name,
        exam_code=item.order.exam_code,
        exam_name=item.order.exam_name,
        slot_id=slot.id,
        device=slot.device,
        room=slot.room,
        room_name=slot.room_name,
        starts_at=facts.starts_at,
        ends_at=facts.ends_at,
        state=facts.state,
        revision=facts.revision,
        changes=tuple(Change.model_validate(change) for change in facts.changes),
    )


def _row(decision: Decision) -> dict[str, Any]:
    facts = decision.appointment
    return {
        "id": facts.id,
        "item_id": facts.item_id,
        "patient_id": facts.patient_id,
        "slot_id": facts.slot_id,
        "starts_at": facts.starts_at,
        "ends_at": facts.ends_at,
        "state": facts.state.value,
        "revision": facts.revision,
        "changes": list(facts.changes),
    }


def _write_slots(tx: Tx, board: Board, decisions: Iterable[Decision]) -> None:
    """Write each slot once, as it stands after all decisions."""
    touched = sorted({slot.id for decision in decisions for slot in decision.slots})
    rows = [{"row": slot_id, "taken": board.slots[slot_id].booked} for slot_id in touched]
    if rows:
        tx.db.execute(update(SLOT).where(SLOT.c.id == bindparam("row")).values(booked=bindparam("taken")), rows)


def _write_changes(tx: Tx, decisions: Sequence[Decision]) -> None:
    fields = ("slot_id", "starts_at", "ends_at", "state", "revision", "changes")
    rows = [
        {"row": decision.appointment.id, **{f"new_{name}": _row(decision)[name] for name in fields}}
        for decision in decisions
    ]
    if rows:
        values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in fields}
        tx.db.execute(update(APPOINTMENT).where(APPOINTMENT.c.id == bindparam("row")).values(values), rows)


def _write_stage(tx: Tx, decisions: Sequence[Decision], stage: str) -> None:
    items = sorted({decision.appointment.item_id for decision in decisions})
    if items:
        tx.db.execute(update(ITEM).where(one_of(ITEM.c.id, items)).values(stage=stage))


def _done(outcomes: Iterable[Decision | YijiError]) -> list[Decision]:
    return [outcome for outcome in outcomes if isinstance(outcome, Decision)]


def book_exam(tx: Tx, jobs: Sequence[Job[BookExam]]) -> list[Answer]:
    """Give order items places; a full slot is refused with the next free time."""
    items = loading.items(tx.db, {job.command.item_id for job in jobs})
    board = _board(tx, items, (job.command.slot_id for job in jobs))
    rules = rules_of(tx.plugins)

    def judge(job: Job[BookExam]) -> Decision:
        wish = job.command
        change = _change(job, "booked", wish.slot_id)
        return decide.book(board, rules, wish.item_id, wish.slot_id, ids.new("apt"), change)

    outcomes = _each(board, jobs, judge)
    decisions = _done(outcomes)
    if decisions:
        tx.db.execute(insert(APPOINTMENT), [_row(decision) for decision in decisions])
    _write_slots(tx, board, decisions)
    _write_stage(tx, decisions, "booked")
    complete(tx, board, outcomes)
    return [_booked(board, job, outcome) for job, outcome in zip(jobs, outcomes, strict=True)]


def _booked(board: Board, job: Job[BookExam], outcome: Decision | YijiError) -> Answer:
    if isinstance(outcome, YijiError):
        return outcome
    item, slot = board.items[outcome.appointment.item_id], board.slots[outcome.appointment.slot_id]
    job.emit(
        ExamBooked(
            order_id=item.order.order_id,
            appointment_id=outcome.appointment.id,
            slot_id=slot.id,
            device=slot.device,
            station=slot.station,
            room_name=slot.room_name,
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
            order=item.order,
        )
    )
    return told(outcome, item, slot)


def _known(tx: Tx, appointment_ids: Iterable[str], more_slots: Iterable[str] = ()) -> Board:
    """Lay the named appointments on a board, with their items, slots and patients locked."""
    wanted = sorted(set(appointment_ids))
    first = loading.appointments(tx.db, one_of(APPOINTMENT.c.id, wanted))
    items = loading.items(tx.db, {one.item_id for one in first})
    loading.lock_patients(tx.db, (one.patient_id for one in first))
    again = loading.appointments(
        tx.db, one_of(APPOINTMENT.c.id, wanted)
    )  # as they stand now that nobody else may write
    board = _board(tx, items, [*(one.slot_id for one in again), *more_slots])
    for appointment in again:
        board.put(appointment)
    return board


def move_exam(tx: Tx, jobs: Sequence[Job[MoveExam]]) -> list[Answer]:
    """Move appointments, each in one step."""
    board = _known(tx, (job.command.appointment_id for job in jobs), (job.command.slot_id for job in jobs))
    rules = rules_of(tx.plugins)

    def judge(job: Job[MoveExam]) -> Decision:
        wish = job.command
        return decide.move(
            board, rules, wish.appointment_id, wish.slot_id, _change(job, "moved", wish.slot_id, wish.reason)
        )

    outcomes = _each(board, jobs, judge)
    _write_changes(tx, _done(outcomes))
    _write_slots(tx, board, _done(outcomes))
    complete(tx, board, outcomes)
    return [_moved(board, job, outcome) for job, outcome in zip(jobs, outcomes, strict=True)]


def _moved(board: Board, job: Job[MoveExam], outcome: Decision | YijiError) -> Answer:
    if isinstance(outcome, YijiError):
        return outcome
    item, slot = board.items[outcome.appointment.item_id], board.slots[outcome.appointment.slot_id]
    job.emit(
        ExamMoved(
            order_id=item.order.order_id,
            appointment_id=outcome.appointment.id,
            from_slot_id=outcome.slots[0].id,
            slot_id=slot.id,
            device=slot.device,
            station=slot.station,
            room_name=slot.room_name,
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
            order=item.order,
        )
    )
    return told(outcome, item, slot)


def cancel_exam(tx: Tx, jobs: Sequence[Job[CancelExam]]) -> list[Answer]:
    """Give places back."""
    board = _known(tx, (job.command.appointment_id for job in jobs))

    def judge(job: Job[CancelExam]) -> Decision:
        return decide.cancel(board, job.command.appointment_id, _change(job, "cancelled", "", job.command.reason))

    outcomes = _each(board, jobs, judge)
    _write_changes(tx, _done(outcomes))
    _write_slots(tx, board, _done(outcomes))
    _write_stage(tx, _done(outcomes), "registered")
    _leave_queue(tx, _done(outcomes))
    return [_cancelled(board, job, outcome) for job, outcome in zip(jobs, outcomes, strict=True)]


def _leave_queue(tx: Tx, decisions: Sequence[Decision]) -> None:
    """Whoever was checked in leaves the queue."""
    gone = [decision.appointment.id for decision in decisions]
    waiting = one_of(TICKET.c.appointment_id, gone) & TICKET.c.state.in_(("ready", "called"))
    if gone:
        tx.db.execute(update(TICKET).where(waiting).values(state="skipped"))


def _cancelled(board: Board, job: Job[CancelExam], outcome: Decision | YijiError) -> Answer:
    if isinstance(outcome, YijiError):
        return outcome
    item, slot = board.items[outcome.appointment.item_id], board.slots[outcome.appointment.slot_id]
    job.emit(
        ExamCancelled(
            order_id=item.order.order_id,
            appointment_id=outcome.appointment.id,
            item_id=item.order.item_id,
            slot_id=slot.id,
            reason=job.command.reason,
        )
    )
    return told(outcome, item, slot)
