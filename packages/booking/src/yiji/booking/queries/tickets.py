"""Queue tickets as they are told: read in one statement, put into the order of calling, with the expected wait."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, exists, func, or_, select

from yiji.booking.known import Known
from yiji.booking.loading.names import APPOINTMENT, EXAM, ITEM, ORDER, PATIENT, ROOM, SLOT
from yiji.booking.queries.orders import day_bounds
from yiji.booking.rules.facts import ExamFacts
from yiji.booking.rules.queueing import Standing, calling_order, window_opens
from yiji.booking.rules.waiting import RECENT, Busy, expected_calls, minutes_until, pace_of
from yiji.booking.tables import StopRow, TicketRow
from yiji.core import clock
from yiji.core.contract.queue import Rank, Ticket
from yiji.core.store.db import Tx
from yiji.core.store.match import one_of

TICKET, _STOP = TicketRow.table(), StopRow.table()
NIGHT = timedelta(hours=6)  # who came so long before midnight still waits after it
SHOWN = ("in_progress", "called", "ready", "skipped")  # in the order in which a board shows them
_PLACES = (
    TICKET.join(APPOINTMENT, APPOINTMENT.c.id == TICKET.c.appointment_id)
    .join(ITEM, ITEM.c.id == APPOINTMENT.c.item_id)
    .join(EXAM, EXAM.c.code == ITEM.c.exam_code)
    .join(ORDER, ORDER.c.id == ITEM.c.order_id)
    .join(PATIENT, PATIENT.c.id == ORDER.c.patient_id)
    .join(ROOM, ROOM.c.code == TICKET.c.room)
)
_TICKETS = select(
    TICKET,
    APPOINTMENT.c.starts_at,
    ITEM.c.id.label("item_id"),
    ITEM.c.order_id,
    ITEM.c.accession_number,
    ITEM.c.exam_code,
    ITEM.c.body_part,
    EXAM.c.name.label("exam_name"),
    PATIENT.c.name.label("patient_name"),
    ROOM.c.name.label("room_name"),
    ROOM.c.department,
).select_from(_PLACES)


def tickets_query() -> Select[*tuple[Any, ...]]:
    """Return the statement that reads tickets with what a desk shows."""
    return _TICKETS


def told(row: Row[Any], ahead: int = 0, wait_minutes: int | None = None) -> Ticket:
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
        rank=row.rank,
        starts_at=row.starts_at,
        calls=row.calls,
        ahead=ahead,
        wait_minutes=wait_minutes,
        note=row.note,
    )


def of_today(day: date, now: datetime) -> ColumnElement[bool]:
    """Return: the ticket belongs to today's queue; a night's patients do not fall out of it at midnight."""
    lately = and_(TICKET.c.day == day - timedelta(days=1), TICKET.c.checked_in_at > now - NIGHT)
    return and_(TICKET.c.day.in_((day - timedelta(days=1), day)), or_(TICKET.c.day == day, lately))


def standing(row: Row[Any], house: Known) -> Standing:
    """Return where a ticket stands in its queue."""
    return Standing(
        row.id,
        Rank(row.rank),
        row.queue_at,
        window_opens(Rank(row.rank), row.starts_at, row.checked_in_at, house.parameters),
        row.position,
        planned_minutes(row, house),
    )


def planned_minutes(row: Row[Any], house: Known) -> float:
    """Return how long a ticket's examination takes by the catalogue."""
    exam = house.exams.get(row.exam_code) or ExamFacts(row.exam_code, row.exam_name)
    return exam.length(row.body_part) / timedelta(minutes=1)


def board(tx: Tx, house: Known, day: date, now: datetime, *where: ColumnElement[bool]) -> list[Ticket]:
    """Return a day's tickets, room by room: who is in, is called, waits (in the order of calling), was skipped.

    Today's come with how many go before and the expected wait; that is counted from the minute's beginning, so that
    what a screen shows does not change all the time.
    """
    is_today = day == clock.local(now, house.zone).date()
    of_day = of_today(day, now) if is_today else TICKET.c.day == day
    wanted = or_(TICKET.c.state.in_(SHOWN), TICKET.c.id.in_(_just_done(of_day)))
    rows = tx.db.execute(
        _TICKETS.where(of_day, wanted, *where).order_by(TICKET.c.room, TICKET.c.day, TICKET.c.position)
    )
    rooms = {room: list(tickets) for room, tickets in groupby(rows, lambda row: row.room)}
    working = devices_working(tx, house, rooms, now) if is_today else {}
    return [ticket for room, rows in rooms.items() for ticket in _room(rows, house, working.get(room, 0), now)]


def _just_done(of_day: ColumnElement[bool]) -> Select[str]:
    """Return the statement for the last ten done in each room: they tell its pace."""
    nth = func.row_number().over(partition_by=TICKET.c.room, order_by=TICKET.c.done_at.desc())
    done = select(TICKET.c.id, nth.label("nth")).where(
        of_day, TICKET.c.state == "done", TICKET.c.called_at.is_not(None), TICKET.c.done_at.is_not(None)
    )
    ranked = done.subquery()
    return select(ranked.c.id).where(ranked.c.nth <= RECENT)


def _room(rows: Sequence[Row[Any]], house: Known, devices: int, now: datetime) -> Iterable[Ticket]:
    """Return one room's tickets in the order of the board."""
    of = {state: [row for row in rows if row.state == state] for state in (*SHOWN, "done")}
    waiting = {row.id: row for row in of["ready"]}
    order = calling_order((standing(row, house) for row in waiting.values()), now)
    under_way = [*of["in_progress"], *of["called"]]
    busy = [Busy(row.called_at or row.checked_in_at, planned_minutes(row, house)) for row in under_way]
    minute = now.replace(second=0, microsecond=0)
    calls = expected_calls(order, busy, devices, _pace(of["done"], house), minute)
    for row in under_way:
        yield told(row)
    for ahead, one in enumerate(order):
        at = calls.get(one.id)
        yield told(waiting[one.id], ahead, None if at is None else minutes_until(at, minute))
    for row in of["skipped"]:
        yield told(row)


def _pace(done: Iterable[Row[Any]], house: Known) -> float:
    newest_last = sorted(done, key=lambda row: row.done_at)
    minute = timedelta(minutes=1)
    return pace_of([((row.done_at - row.called_at) / minute, planned_minutes(row, house)) for row in newest_last])


def devices_working(tx: Tx, house: Known, rooms: Collection[str], now: datetime) -> dict[str, int]:
    """Return how many devices of rooms work today: they have slots that are not closed, and no stop holds them now."""
    start, end = day_bounds(clock.local(now, house.zone).date(), house.zone)
    devices = [device.code for device in house.devices.values() if device.room in rooms]
    stopped = exists().where(
        _STOP.c.device == SLOT.c.device, _STOP.c.starts_at <= now, now < _STOP.c.ends_at, _STOP.c.resumed_at.is_(None)
    )
    open_today = (
        select(SLOT.c.device)
        .distinct()
        .where(one_of(SLOT.c.device, devices), ~SLOT.c.closed, ~stopped)
        .where(SLOT.c.starts_at >= start, SLOT.c.starts_at < end)
    )
    found: dict[str, int] = {}
    for code in tx.db.execute(open_today).scalars():
        room = house.devices[code].room
        found[room] = found.get(room, 0) + 1
    return found
