"""Queue tickets as they are told: read in one statement, put into the order of calling, with the expected wait."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, or_, select

from yiji.booking.known import Known
from yiji.booking.loading.names import APPOINTMENT, EXAM, ITEM, PATIENT, ROOM
from yiji.booking.queries.orders import day_bounds
from yiji.booking.rules.facts import ExamFacts
from yiji.booking.rules.queueing import Standing, calling_order, window_opens
from yiji.booking.rules.waiting import RECENT, Busy, expected_calls, minutes_until, pace_of
from yiji.booking.tables import TicketRow
from yiji.core import clock
from yiji.core.contract.queue import Rank, Ticket
from yiji.core.store.ask import Asked
from yiji.core.store.db import Tx
from yiji.core.store.match import one_of_named, texts

TICKET = TicketRow.table()
NIGHT = timedelta(hours=6)  # who came so long before midnight still waits after it
SHOWN = ("in_progress", "called", "ready", "skipped")  # in the order in which a board shows them
_PLACES = (
    TICKET.join(APPOINTMENT, APPOINTMENT.c.id == TICKET.c.appointment_id)
    .join(ITEM, ITEM.c.id == APPOINTMENT.c.item_id)
    .join(EXAM, EXAM.c.code == ITEM.c.exam_code)
    .join(PATIENT, PATIENT.c.id == APPOINTMENT.c.patient_id)
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

_WORKING = Asked("""
    SELECT d.code FROM unnest(%(devices)s::text[]) AS d(code)
    WHERE EXISTS (
        SELECT 1 FROM booking_slot s
        WHERE s.device = d.code AND s.starts_at >= %(start)s AND s.starts_at < %(end)s AND NOT s.closed)
      AND NOT EXISTS (
        SELECT 1 FROM booking_stop p
        WHERE p.device = d.code AND p.starts_at <= %(now)s AND %(now)s < p.ends_at AND p.resumed_at IS NULL)
""")


def tickets_query() -> Select[*tuple[Any, ...]]:
    """Return the statement that reads tickets with what a desk shows."""
    return _TICKETS


def told(row: Any, ahead: int = 0, wait_minutes: int | None = None) -> Ticket:
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


def standing(row: Any, house: Known) -> Standing:
    """Return where a ticket stands in its queue."""
    rank = Rank(row.rank)
    return Standing(
        row.id,
        rank,
        row.queue_at,
        window_opens(rank, row.starts_at, row.checked_in_at, house.parameters),
        row.position,
        planned_minutes(row, house),
    )


def planned_minutes(row: Any, house: Known) -> float:
    """Return how long a ticket's examination takes by the catalogue."""
    exam = house.exams.get(row.exam_code) or ExamFacts(row.exam_code, row.exam_name)
    return exam.minutes_at(row.body_part)


@dataclass(frozen=True, slots=True)
class Placed:
    """A ticket's row, how many go before, and the minutes until it is called where that can be told."""

    row: Any
    ahead: int = 0
    wait_minutes: int | None = None


def ticket_of(one: Placed) -> Ticket:
    """Return a placed ticket as the contract tells it."""
    return told(one.row, one.ahead, one.wait_minutes)


def board(
    tx: Tx, house: Known, day: date, now: datetime, rooms: Collection[str] = (), department: str = ""
) -> list[Ticket]:
    """Return a day's tickets, room by room, as `placed` orders them."""
    return [ticket_of(one) for one in placed(tx, house, day, now, rooms, department)]


def placed(
    tx: Tx, house: Known, day: date, now: datetime, rooms: Collection[str] = (), department: str = ""
) -> list[Placed]:
    """Return a day's tickets, room by room: who is in, is called, waits (in the order of calling), was skipped.

    `rooms`: of these only; `department`: of its rooms only.
    Today's come with how many go before and the expected wait; that is counted from the minute's beginning, so that
    what a screen shows does not change all the time.
    """
    is_today = day == clock.local(now, house.zone).date()
    query = _board(is_today, bool(rooms), bool(department))
    span = {"day": day, "before": day - timedelta(days=1), "lately": now - NIGHT}
    rows = query.all(tx.db, **span, rooms=texts(rooms), department=department)
    queues = {room: list(tickets) for room, tickets in groupby(rows, lambda row: row.room)}
    working = devices_working(tx, house, queues, now) if is_today else {}
    return [one for room, queue in queues.items() for one in _room(queue, house, working.get(room, 0), now)]


@cache
def _board(is_today: bool, by_rooms: bool, by_department: bool) -> Asked:
    """Return the statement for a day's tickets: those shown, and the last done in each room, which tell its pace."""
    of_day = TICKET.c.day == bindparam("day")
    if is_today:
        last_night = and_(TICKET.c.day == bindparam("before"), TICKET.c.checked_in_at > bindparam("lately"))
        of_day = or_(of_day, last_night)
    if by_rooms:
        of_day = and_(of_day, one_of_named(TICKET.c.room, "rooms"))
    nth = func.row_number().over(partition_by=TICKET.c.room, order_by=TICKET.c.done_at.desc())
    ended = and_(TICKET.c.state == "done", TICKET.c.called_at.is_not(None), TICKET.c.done_at.is_not(None))
    done = select(TICKET.c.id, nth.label("nth")).where(of_day, ended).subquery()
    shown = or_(*(TICKET.c.state == state for state in SHOWN))
    query = _TICKETS.where(of_day, or_(shown, TICKET.c.id.in_(select(done.c.id).where(done.c.nth <= RECENT))))
    if by_department:
        query = query.where(ROOM.c.department == bindparam("department"))
    return Asked(query.order_by(TICKET.c.room, TICKET.c.day, TICKET.c.position))


def _room(rows: Sequence[Any], house: Known, devices: int, now: datetime) -> Iterable[Placed]:
    """Return one room's tickets in the order of the board."""
    of: dict[str, list[Any]] = {state: [] for state in (*SHOWN, "done")}
    for row in rows:
        of[row.state].append(row)
    waiting = {row.id: row for row in of["ready"]}
    order = calling_order((standing(row, house) for row in waiting.values()), now)
    under_way = [*of["in_progress"], *of["called"]]
    busy = [Busy(row.called_at or row.checked_in_at, planned_minutes(row, house)) for row in under_way]
    minute = now.replace(second=0, microsecond=0)
    calls = expected_calls(order, busy, devices, _pace(of["done"], house), minute)
    for row in under_way:
        yield Placed(row)
    for ahead, one in enumerate(order):
        at = calls.get(one.id)
        yield Placed(waiting[one.id], ahead, None if at is None else minutes_until(at, minute))
    for row in of["skipped"]:
        yield Placed(row)


def _pace(done: Iterable[Any], house: Known) -> float:
    newest_last = sorted(done, key=lambda row: row.done_at)
    minute = timedelta(minutes=1)
    return pace_of([((row.done_at - row.called_at) / minute, planned_minutes(row, house)) for row in newest_last])


def devices_working(tx: Tx, house: Known, rooms: Collection[str], now: datetime) -> dict[str, int]:
    """Return how many devices of rooms work today: they have slots that are not closed, and no stop holds them now."""
    start, end = day_bounds(clock.local(now, house.zone).date(), house.zone)
    devices = [device.code for device in house.devices.values() if device.room in rooms]
    found: dict[str, int] = {}
    for row in _WORKING.all(tx.db, devices=texts(devices), start=start, end=end, now=now):
        room = house.devices[row.code].room
        found[room] = found.get(room, 0) + 1
    return found
