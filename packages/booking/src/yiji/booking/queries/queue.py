"""ShowQueue and WatchQueue: who waits where, room by room in the order of calling."""

from collections.abc import Sequence
from datetime import date, datetime

from yiji.booking.known import known
from yiji.booking.queries.tickets import Placed, board, placed, ticket_of
from yiji.booking.rules.masking import masked
from yiji.core import clock
from yiji.core.actor import Actor, permits
from yiji.core.contract.queue import QueueBoard, ShowQueue, Ticket, WatchQueue
from yiji.core.job import Question
from yiji.core.store.db import Tx

_Part = tuple[date, str, bool]  # day, department, and whether single rooms are asked for

NAMES = "desk.read"  # who may look at the desk sees names; a wall screen's account does not


def show_queue(tx: Tx, questions: Sequence[Question[ShowQueue]]) -> list[QueueBoard]:
    """Return a day's queues for each question; names are masked for who may not look at the desk.

    The rooms that are asked for one by one are read together.
    """
    house, now = known(tx), clock.now()
    today = clock.local(now, house.zone).date()
    rooms: dict[_Part, set[str]] = {}
    for question in questions:
        rooms.setdefault(_part(question.query, today), set()).add(question.query.room)
    read = {part: placed(tx, house, part[0], now, sorted(asked - {""}), part[1]) for part, asked in rooms.items()}
    return [_shown(question, read[_part(question.query, today)], today, now) for question in questions]


def _part(query: ShowQueue, today: date) -> _Part:
    return query.day or today, query.department, bool(query.room)


def _shown(question: Question[ShowQueue], read: Sequence[Placed], today: date, now: datetime) -> QueueBoard:
    query = question.query
    tickets = tuple(ticket_of(one) for one in read if query.room in ("", one.row.room))
    if not any(permits(role, NAMES) for role in question.actor.roles):
        tickets = tuple(_masked(ticket) for ticket in tickets)
    return QueueBoard(day=query.day or today, tickets=tickets, updated_at=now)


def watch_queue(tx: Tx, watch: WatchQueue, actor: Actor) -> QueueBoard:
    """Return today's queues as they stand; the same queues give the same answer within a minute.

    Raises `NotPermitted` where unmasked names are asked for by who may not look at the desk.
    """
    if not watch.masked:
        actor.require(NAMES)
    house, now = known(tx), clock.now()
    day = clock.local(now, house.zone).date()
    tickets = board(tx, house, day, now, [watch.room] if watch.room else (), watch.department)
    shown = tuple(_masked(ticket) for ticket in tickets) if watch.masked else tuple(tickets)
    return QueueBoard(day=day, tickets=shown, updated_at=now.replace(second=0, microsecond=0))


def _masked(ticket: Ticket) -> Ticket:
    return ticket.model_copy(update={"patient_name": masked(ticket.patient_name), "note": ""})
