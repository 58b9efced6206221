"""What the commands of the queue share: the locks that keep two desks apart, and the answer.

A room's row is locked before its tickets, two rooms in the order of their codes: whoever changes a queue has it alone.
"""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, select, update

from yiji.booking.errors import NotToday, WrongState
from yiji.booking.known import Known
from yiji.booking.loading.names import ITEM
from yiji.booking.queries.tickets import TICKET, of_today, placed, ticket_of, tickets_query, told
from yiji.booking.rules.queueing import RANKS, queue_time
from yiji.core import clock
from yiji.core.contract.queue import QueueChanged, Rank, Ticket
from yiji.core.errors import NotFound
from yiji.core.job import Job
from yiji.core.store.ask import Asked
from yiji.core.store.db import Tx
from yiji.core.store.match import texts

_LOCK_ROOMS = Asked("SELECT code FROM booking_room WHERE code = ANY(%(codes)s::text[]) ORDER BY code FOR NO KEY UPDATE")
_LAST = Asked("""
    SELECT r.code, (SELECT max(position) FROM booking_ticket WHERE room = r.code AND day = %(day)s) AS position
    FROM unnest(%(rooms)s::text[]) AS r(code)
""")


def lock_rooms(tx: Tx, *codes: str) -> None:
    """Lock rooms; raises `NotFound` for one that there is not."""
    found = {row.code for row in _LOCK_ROOMS.all(tx.db, codes=texts(codes))}
    for code in codes:
        if code not in found:
            raise NotFound(what="room", id=code)


def locked_ticket(tx: Tx, house: Known, ticket_id: str, now: datetime, *other_rooms: str) -> Row[Any]:
    """Lock a ticket of today with its room (and others); raises `NotFound` or `NotToday`."""
    while True:
        room = tx.db.execute(select(TICKET.c.room).where(TICKET.c.id == ticket_id)).scalar()
        if room is None:
            raise NotFound(what="ticket", id=ticket_id)
        lock_rooms(tx, room, *other_rooms)
        today = of_today(clock.local(now, house.zone).date(), now)
        query = tickets_query().add_columns(today.label("is_today")).where(TICKET.c.id == ticket_id)
        row = tx.db.execute(query.with_for_update(key_share=True, of=TICKET)).one()
        if row.room == room:  # else it went to another room while we waited
            break
    if not row.is_today:
        raise NotToday(what="ticket", id=row.number, day=row.day)
    return row


def check_state(row: Row[Any], allowed: Collection[str]) -> None:
    """Raise `WrongState` unless the ticket is in a state that allows it."""
    if row.state not in allowed:
        raise WrongState(what="ticket", id=row.number, state=row.state)


def waiting(tx: Tx, house: Known, room: str, now: datetime) -> list[Row[Any]]:
    """Return who waits at a room today, locked against cancelling."""
    of_room = (TICKET.c.room == room) & (TICKET.c.state == "ready")
    query = tickets_query().where(of_room, of_today(clock.local(now, house.zone).date(), now)).order_by(TICKET.c.id)
    return list(tx.db.execute(query.with_for_update(key_share=True, of=TICKET)))


def last_positions(tx: Tx, rooms: Iterable[str], day: date) -> dict[str, int]:
    """Return the last numbers given in rooms on a day; the rooms must be locked."""
    return {row.code: row.position or 0 for row in _LAST.all(tx.db, rooms=texts(rooms), day=day)}


def number_of(position: int) -> str:
    """Return what is called out."""
    return f"A{position:03d}"


def standing_of(rank: Rank, starts_at: datetime, came_at: datetime, position: int, house: Known) -> dict[str, Any]:
    """Return what a ticket keeps of its rank."""
    queue_at = queue_time(rank, starts_at, came_at, position, house.parameters)
    return {"rank": rank.value, "rank_order": RANKS.index(rank), "queue_at": queue_at}


def write(tx: Tx, row: Row[Any], stage: str = "", **values: Any) -> None:
    """Write a ticket's new values, and its examination's stage where that follows (never back from what was made)."""
    tx.db.execute(update(TICKET).where(TICKET.c.id == row.id).values(**values))
    if stage:
        before = ITEM.c.stage.in_(("registered", "booked", "checked_in", "called"))
        tx.db.execute(update(ITEM).where(ITEM.c.id == row.item_id, before).values(stage=stage))


def answer(tx: Tx, house: Known, ticket_id: str, room: str, now: datetime) -> tuple[Ticket, Any]:
    """Return a ticket of a room's queue as it stands now, with its place in the queue; and its row."""
    day = clock.local(now, house.zone).date()
    for one in placed(tx, house, day, now, [room]):
        if one.row.id == ticket_id:
            return ticket_of(one), one.row
    row = tx.db.execute(tickets_query().where(TICKET.c.id == ticket_id)).one()
    return told(row), row


def changed(tx: Tx, house: Known, job: Job[Any], ticket_id: str, room: str, what: str, now: datetime) -> Ticket:
    """Tell that a queue is in another order, and return the ticket."""
    ticket, _ = answer(tx, house, ticket_id, room, now)
    job.emit(QueueChanged(room=ticket.room, ticket_id=ticket.id, what=what))
    return ticket
