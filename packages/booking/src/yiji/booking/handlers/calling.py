"""CallPatient: the next of a room, or the one named; a called one again is a recall 复呼."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from yiji.booking.errors import NobodyDue, QueueEmpty, RecallsSpent
from yiji.booking.handlers.ticketing import answer, check_state, lock_rooms, locked_ticket, waiting, write
from yiji.booking.known import Known, known
from yiji.booking.queries.tickets import standing
from yiji.booking.rules.queueing import calling_order, next_due
from yiji.core import clock
from yiji.core.contract.queue import CallPatient, PatientCalled, Ticket
from yiji.core.errors import InvalidMessage, YijiError
from yiji.core.job import Job
from yiji.core.store.db import Tx


def call_patient(tx: Tx, jobs: Sequence[Job[CallPatient]]) -> list[Ticket | YijiError]:
    """Call the patient named, or the next of the room."""
    return [_call(tx, job) for job in jobs]


def _call(tx: Tx, job: Job[CallPatient]) -> Ticket:
    house, now, wish = known(tx), clock.now(), job.command
    if wish.ticket_id:
        row = locked_ticket(tx, house, wish.ticket_id, now)
        _check_named(row, house)
    elif wish.room:
        row = _next(tx, house, wish.room, now)
    else:
        raise InvalidMessage(message="CallPatient", detail="neither a room nor a ticket is named")
    write(tx, row, stage="called", state="called", called_at=row.called_at or now, calls=row.calls + 1)
    ticket, told = answer(tx, house, row.id, row.room, now)
    job.emit(
        PatientCalled(
            order_id=told.order_id, appointment_id=ticket.appointment_id, item_id=ticket.item_id, ticket=ticket
        )
    )
    return ticket


def _check_named(row: Row[Any], house: Known) -> None:
    check_state(row, ("ready", "called"))
    if row.state == "called" and row.calls > house.parameters.recalls:
        raise RecallsSpent(number=row.number, calls=row.calls)


def _next(tx: Tx, house: Known, room: str, now: datetime) -> Row[Any]:
    """Return who is called next; raises `QueueEmpty`, or `NobodyDue` where who waits is early."""
    lock_rooms(tx, room)
    rows = {row.id: row for row in waiting(tx, house, room, now)}
    if not rows:
        raise QueueEmpty(room=room)
    queue = [standing(row, house) for row in rows.values()]
    called = next_due(queue, now)
    if called is None:
        first = calling_order(queue, now)[0]
        opens = clock.local(first.opens_at, house.zone).isoformat(timespec="minutes")
        raise NobodyDue(room=room, number=rows[first.id].number, ticket=first.id, opens=opens)
    return rows[called.id]
