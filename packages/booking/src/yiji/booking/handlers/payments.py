"""RecordPayment: the cashier's callback. Against the end of a hold there is one winner: both lock the patient."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import select, update

from yiji.booking.handlers.deciding import change
from yiji.booking.handlers.paying import PAYMENT, refund_due
from yiji.booking.handlers.telling import tell, told
from yiji.booking.handlers.writing import write
from yiji.booking.loading import items
from yiji.booking.loading.boards import board_for
from yiji.booking.loading.names import APPOINTMENT, ITEM, LIVE
from yiji.booking.loading.patients import lock_owners
from yiji.booking.rules import decide
from yiji.booking.rules.board import Board
from yiji.booking.rules.decide import Decision
from yiji.core import clock
from yiji.core.contract.booking import Payment, RecordPayment
from yiji.core.errors import NotFound, YijiError
from yiji.core.job import Job
from yiji.core.store.bulk import insert_rows
from yiji.core.store.db import Tx
from yiji.core.store.match import one_of

Said = dict[str, tuple[str, str]]  # payment number -> (appointment, state) of what was recorded before


def record_payment(tx: Tx, jobs: Sequence[Job[RecordPayment]]) -> list[Payment | YijiError]:
    """Confirm what is held, mark what is booked as paid, send back what came too late."""
    asked = [job.command.appointment_id for job in jobs]
    if items_named := [one for one in asked if one.startswith("itm-")]:
        lock_owners(tx, items_named)  # nobody books them from now on
    named = _appointments(tx, asked)
    board = board_for(tx, (), [(one, "") for one in sorted(set(named.values()))])
    unbooked = {job.command.appointment_id for job in jobs} - set(named)
    board.items.update(items(tx.db, unbooked, board.house))
    before = _recorded(tx, jobs)
    answers: list[Payment | YijiError] = []
    for job in jobs:
        try:
            answers.append(_record(tx, board, job, named, before))
        except YijiError as refusal:
            answers.append(refusal)
    return answers


def _appointments(tx: Tx, wanted: Sequence[str]) -> dict[str, str]:
    """Return the appointment of each name: itself, or the live one of an order item."""
    query = select(APPOINTMENT.c.item_id, APPOINTMENT.c.id).where(
        one_of(APPOINTMENT.c.item_id, wanted), APPOINTMENT.c.state.in_(LIVE)
    )
    live = {row.item_id: row.id for row in tx.db.execute(query)}
    return {name: live.get(name, name) for name in wanted if name in live or not name.startswith("itm-")}


def _recorded(tx: Tx, jobs: Sequence[Job[RecordPayment]]) -> Said:
    numbers = [job.command.payment_number for job in jobs]
    rows = tx.db.execute(select(PAYMENT).where(one_of(PAYMENT.c.payment_number, numbers)))
    return {row.payment_number: (row.appointment_id, row.state) for row in rows}


def _record(tx: Tx, board: Board, job: Job[RecordPayment], named: dict[str, str], before: Said) -> Payment:
    command = job.command
    appointment_id = named.get(command.appointment_id, "")
    if command.payment_number in before:
        known_appointment, state = before[command.payment_number]
        return _answer(board, command, known_appointment, state == "accepted")
    if not appointment_id:
        return _pay_ahead(tx, board, job, before)
    decision = decide.pay(board, appointment_id, change(board, job, "paid", reason=command.payment_number))
    accepted = decision is not None
    if decision is not None:
        decide.apply(board, decision)
        write(tx, board, [decision], board.now)
        tell(board, job, decision, "")
    else:
        item_id = board.appointments[appointment_id].item_id
        job.emit(refund_due(board, item_id, appointment_id, command.payment_number, command.amount, "too_late"))
    _keep(tx, board.appointments[appointment_id].item_id, appointment_id, command, accepted, before)
    return _answer(board, command, appointment_id, accepted)


def _pay_ahead(tx: Tx, board: Board, job: Job[RecordPayment], before: Said) -> Payment:
    """The item is paid before it has a place; what is paid already, or revoked, is paid in vain."""
    command, item_id = job.command, job.command.appointment_id
    item = board.items.get(item_id)
    if item is None:
        raise NotFound(what="appointment", id=item_id)
    accepted = item.state == "active" and not item.paid
    if accepted:
        tx.db.execute(update(ITEM).where(ITEM.c.id == item_id).values(paid=True))
        board.items[item_id] = replace(item, paid=True)
    else:
        job.emit(refund_due(board, item_id, "", command.payment_number, command.amount, "too_late"))
    _keep(tx, item_id, "", command, accepted, before)
    return Payment(payment_number=command.payment_number, accepted=accepted)


def _keep(tx: Tx, item_id: str, appointment_id: str, command: RecordPayment, accepted: bool, before: Said) -> None:
    state = "accepted" if accepted else "refund"
    before[command.payment_number] = (appointment_id, state)
    row = {
        "payment_number": command.payment_number,
        "item_id": item_id,
        "appointment_id": appointment_id,
        "amount": command.amount,
        "state": state,
        "at": clock.now(),
    }
    insert_rows(tx.db, PAYMENT, [row])


def _answer(board: Board, command: RecordPayment, appointment_id: str, accepted: bool) -> Payment:
    facts = board.appointments.get(appointment_id)
    shown = told(board, Decision(facts)) if facts is not None else None
    return Payment(payment_number=command.payment_number, accepted=accepted, appointment=shown)
