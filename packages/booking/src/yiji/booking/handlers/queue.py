"""CheckIn and CallPatient: the queue of a room on one day."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row, Select, func, insert, select, update

from yiji.booking.errors import QueueEmpty, WrongState
from yiji.booking.loading import APPOINTMENT, DEVICE, EXAM, ITEM, LIVE, ORDER, PATIENT, ROOM, SLOT
from yiji.booking.tables import TicketRow
from yiji.core import clock, ids
from yiji.core.contract.booking import (
    CallPatient,
    CheckIn,
    FulfilExam,
    PatientCalled,
    PatientCheckedIn,
    Ticket,
    TicketState,
)
from yiji.core.errors import NotFound, YijiError
from yiji.core.job import Job
from yiji.core.message import Done, Event
from yiji.core.store.db import Tx

TICKET = TicketRow.table()
_PLACES = (
    TICKET.join(APPOINTMENT, APPOINTMENT.c.id == TICKET.c.appointment_id)
    .join(ITEM, ITEM.c.id == APPOINTMENT.c.item_id)
    .join(EXAM, EXAM.c.code == ITEM.c.exam_code)
    .join(ORDER, ORDER.c.id == ITEM.c.order_id)
    .join(PATIENT, PATIENT.c.id == ORDER.c.patient_id)
    .join(ROOM, ROOM.c.code == TICKET.c.room)
)


def tickets_query() -> Select[*tuple[Any, ...]]:
    """Return the statement that reads tickets with what a desk shows."""
    return select(
        TICKET,
        ITEM.c.id.label("item_id"),
        ITEM.c.order_id,
        ITEM.c.accession_number,
        EXAM.c.name.label("exam_name"),
        PATIENT.c.name.label("patient_name"),
        ROOM.c.name.label("room_name"),
        ROOM.c.department,
    ).select_from(_PLACES)


def told(row: Row[Any]) -> Ticket:
    """Return a ticket as the contract tells it."""
    return Ticket(
        id=row.id,
        appointment_id=row.appointment_id,
        item_id=row.item_id,
        accession_number=row.accession_number,
        number=row.number,
        patient_name=row.patient_name,
        exam_name=row.exam_name,
        room=row.room,
        room_name=row.room_name,
        state=row.state,
        checked_in_at=row.checked_in_at,
        called_at=row.called_at,
    )


def _read(tx: Tx, ticket_id: str) -> Row[Any]:
    return tx.db.execute(tickets_query().where(TICKET.c.id == ticket_id)).one()


def _place(tx: Tx, appointment_id: str) -> Row[Any]:
    """Lock an appointment and return it with its room; raises `NotFound` or `WrongState`."""
    joined = APPOINTMENT.join(SLOT, SLOT.c.id == APPOINTMENT.c.slot_id).join(DEVICE, DEVICE.c.code == SLOT.c.device)
    query = select(APPOINTMENT, DEVICE.c.room).select_from(joined).where(APPOINTMENT.c.id == appointment_id)
    row = tx.db.execute(query.with_for_update(of=APPOINTMENT)).first()
    if row is None:
        raise NotFound(what="appointment", id=appointment_id)
    if row.state != "booked":
        raise WrongState(what="appointment", id=appointment_id, state=row.state)
    return row


def _next_position(tx: Tx, room: str, day: date) -> int:
    """Return the next number of a room's day; the room's row is locked, so that two desks never draw the same."""
    tx.db.execute(select(ROOM.c.code).where(ROOM.c.code == room).with_for_update(key_share=True))
    last = select(func.max(TICKET.c.position)).where(TICKET.c.room == room, TICKET.c.day == day)
    return (tx.db.execute(last).scalar() or 0) + 1


def _check_in(tx: Tx, job: Job[CheckIn]) -> Ticket:
    place = _place(tx, job.command.appointment_id)
    day = clock.today(tx.settings.site.zone)
    position = _next_position(tx, place.room, day)
    ticket_id = ids.new("tkt")
    row = {
        "id": ticket_id,
        "appointment_id": place.id,
        "room": place.room,
        "day": day,
        "position": position,
        "number": f"A{position:03d}",
        "state": TicketState.READY.value,
        "checked_in_at": clock.now(),
    }
    tx.db.execute(insert(TICKET), [row])
    tx.db.execute(update(APPOINTMENT).where(APPOINTMENT.c.id == place.id).values(state="checked_in"))
    tx.db.execute(update(ITEM).where(ITEM.c.id == place.item_id).values(stage="checked_in"))
    return _tell(tx, job, ticket_id, PatientCheckedIn)


def _call(tx: Tx, job: Job[CallPatient]) -> Ticket:
    command, day = job.command, clock.today(tx.settings.site.zone)
    wanted = select(TICKET.c.id, TICKET.c.appointment_id, TICKET.c.state)
    if command.ticket_id:
        wanted = wanted.where(TICKET.c.id == command.ticket_id)
    else:
        wanted = wanted.where(TICKET.c.room == command.room, TICKET.c.day == day, TICKET.c.state == "ready")
    row = tx.db.execute(wanted.order_by(TICKET.c.position).limit(1).with_for_update()).first()
    if row is None and command.ticket_id:
        raise NotFound(what="ticket", id=command.ticket_id)
    if row is None:
        raise QueueEmpty(room=command.room)
    if row.state not in ("ready", "called"):
        raise WrongState(what="ticket", id=row.id, state=row.state)
    tx.db.execute(update(TICKET).where(TICKET.c.id == row.id).values(state="called", called_at=clock.now()))
    item = select(APPOINTMENT.c.item_id).where(APPOINTMENT.c.id == row.appointment_id).scalar_subquery()
    tx.db.execute(update(ITEM).where(ITEM.c.id == item).values(stage="called"))
    return _tell(tx, job, row.id, PatientCalled)


def _tell(tx: Tx, job: Job[Any], ticket_id: str, kind: type[Event]) -> Ticket:
    row = _read(tx, ticket_id)
    ticket = told(row)
    told_event = {"order_id": row.order_id, "appointment_id": ticket.appointment_id, "item_id": ticket.item_id}
    job.emit(kind(**told_event, ticket=ticket))  # pyright: ignore[reportCallIssue]
    return ticket


def fulfil_exam(tx: Tx, jobs: Sequence[Job[FulfilExam]]) -> list[Done | YijiError]:
    """Fulfil live appointments; an examination made without one only advances its item."""
    for item in sorted({job.command.item_id for job in jobs}):
        live = APPOINTMENT.c.item_id.in_([item]) & APPOINTMENT.c.state.in_(LIVE)
        fulfilled = update(APPOINTMENT).where(live).values(state="fulfilled").returning(APPOINTMENT.c.id)
        done = list(tx.db.execute(fulfilled).scalars())
        if done:
            tx.db.execute(update(TICKET).where(TICKET.c.appointment_id.in_(done)).values(state="done"))
        before = ITEM.c.stage.in_(("registered", "booked", "checked_in", "called"))
        tx.db.execute(update(ITEM).where(ITEM.c.id == item, before).values(stage="examined"))
    return [Done() for _ in jobs]


def check_in(tx: Tx, jobs: Sequence[Job[CheckIn]]) -> list[Ticket | YijiError]:
    """Put appointments into their rooms' queues."""
    return [_check_in(tx, job) for job in jobs]


def call_patient(tx: Tx, jobs: Sequence[Job[CallPatient]]) -> list[Ticket | YijiError]:
    """Call the patient named, or the next of the room."""
    return [_call(tx, job) for job in jobs]
