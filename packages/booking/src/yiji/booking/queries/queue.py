"""ShowQueue and WatchQueue: who waits where, room by room in the order of calling."""

from collections.abc import Sequence
from datetime import date, datetime

from yiji.booking.known import known
from yiji.booking.queries.tickets import board
from yiji.booking.rules.masking import masked
from yiji.core import clock
from yiji.core.actor import Actor, permits
from yiji.core.contract.queue import QueueBoard, ShowQueue, Ticket, WatchQueue
from yiji.core.job import Question
from yiji.core.store.db import Tx

NAMES = "desk.read"  # who may look at the desk sees names; a wall screen's account does not


def show_queue(tx: Tx, questions: Sequence[Question[ShowQueue]]) -> list[QueueBoard]:
    """Return a day's queues for each question; names are masked for who may not look at the desk."""
    now = clock.now()
    return [_shown(tx, question.query, question.actor, now) for question in questions]


def _shown(tx: Tx, query: ShowQueue, actor: Actor, now: datetime) -> QueueBoard:
    day = query.day or clock.local(now, tx.settings.site.zone).date()
    tickets = _tickets(tx, day, now, query.room, query.department)
    if not any(permits(role, NAMES) for role in actor.roles):
        tickets = tuple(_masked(ticket) for ticket in tickets)
    return QueueBoard(day=day, tickets=tickets, updated_at=now)


def watch_queue(tx: Tx, watch: WatchQueue, actor: Actor) -> QueueBoard:
    """Return today's queues as they stand; the same queues give the same answer within a minute.

    Raises `NotPermitted` where unmasked names are asked for by who may not look at the desk.
    """
    if not watch.masked:
        actor.require(NAMES)
    now = clock.now()
    day = clock.local(now, tx.settings.site.zone).date()
    tickets = _tickets(tx, day, now, watch.room, watch.department)
    shown = tuple(_masked(ticket) for ticket in tickets) if watch.masked else tickets
    return QueueBoard(day=day, tickets=shown, updated_at=now.replace(second=0, microsecond=0))


def _tickets(tx: Tx, day: date, now: datetime, room: str, department: str) -> tuple[Ticket, ...]:
    return tuple(board(tx, known(tx), day, now, room, department))


def _masked(ticket: Ticket) -> Ticket:
    return ticket.model_copy(update={"patient_name": masked(ticket.patient_name), "note": ""})
