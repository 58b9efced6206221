"""Events on their way: the event row and one delivery row a subscriber are written in the transaction of their cause.

A cursor of the form "id greater than mine" loses rows on PostgreSQL, because numbers are given before commits happen.
So every delivery has a row of its own, and a subscriber claims only the oldest open one of an aggregate: order is kept
for each aggregate, and a dead letter holds back its own aggregate only.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, select, update

from yiji.core import clock, ids
from yiji.core.message import Event, name_of
from yiji.core.plug.manifest import Listens
from yiji.core.store.ask import Asked
from yiji.core.store.bulk import Writes
from yiji.core.store.tables import DeliveryRow, EventRow

CHANNEL = "yiji_outbox"
_EVENT = EventRow.table()
_DELIVERY = DeliveryRow.table()

# The oldest delivery of its aggregate that is not done, if it is open and due; what another process holds is skipped.
_CLAIM = Asked("""
    SELECT d.id, d.event_id, d.aggregate, d.attempts, e.type, e.body
    FROM core_delivery d JOIN core_event e ON e.id = d.event_id
    WHERE d.subscriber = %(subscriber)s AND d.state = 'open' AND d.due_at <= %(now)s
      AND NOT EXISTS (
        SELECT 1 FROM core_delivery ahead
        WHERE ahead.subscriber = d.subscriber AND ahead.aggregate = d.aggregate
          AND ahead.state IN ('open', 'dead') AND ahead.seq < d.seq)
    ORDER BY d.seq
    LIMIT %(limit)s
    FOR UPDATE OF d SKIP LOCKED
""")
_SETTLE = Asked("UPDATE core_delivery SET state = 'done', error = '' WHERE id = ANY(%(done)s::text[])")


@dataclass(frozen=True, slots=True)
class Claim:
    """A delivery that this process holds."""

    id: str
    event_id: str
    aggregate: str
    attempts: int
    type: str
    body: str


def publish(writes: Writes, emitted: Iterable[tuple[Event, str]], listeners: dict[str, list[Listens]]) -> set[str]:
    """Write events, each with the name of its actor, and a delivery for each listener; return the listeners' names.

    After the COMMIT the store's bell is to ring `CHANNEL` for them.
    """
    now = clock.now()
    events: list[dict[str, Any]] = []
    deliveries: list[dict[str, Any]] = []
    for event, actor in emitted:
        kind, identity = name_of(type(event)), ids.new("evt")
        events.append(
            {
                "id": identity,
                "type": kind,
                "aggregate": event.aggregate,
                "body": event.model_dump_json(),
                "actor": actor,
                "at": now,
            }
        )
        deliveries += [_delivery(identity, event.aggregate, listener.name, now) for listener in listeners.get(kind, ())]
    writes.insert(_EVENT, events)
    writes.insert(_DELIVERY, deliveries)
    return {delivery["subscriber"] for delivery in deliveries}


def _delivery(event_id: str, aggregate: str, subscriber: str, now: datetime) -> dict[str, Any]:
    return {
        "id": ids.new("dlv"),
        "event_id": event_id,
        "subscriber": subscriber,
        "aggregate": aggregate,
        "state": "open",
        "attempts": 0,
        "due_at": now,
        "error": "",
    }


def claim(db: Connection, subscriber: str, limit: int) -> list[Claim]:
    """Claim due deliveries, one an aggregate at the most; they stay claimed until the transaction ends."""
    return [Claim(*row) for row in _CLAIM.all(db, subscriber=subscriber, now=clock.now(), limit=limit)]


def settle(db: Connection, done: Sequence[str]) -> None:
    """Mark deliveries as done."""
    if done:
        _SETTLE.run(db, done=list(done))


def postpone(db: Connection, delivery: str, attempts: int, error: str, seconds: float) -> None:
    """Try a delivery again later."""
    due_at = clock.now() + timedelta(seconds=seconds)
    values = {"attempts": attempts, "error": error, "due_at": due_at}
    db.execute(update(_DELIVERY).where(_DELIVERY.c.id == delivery).values(values))


def bury(db: Connection, delivery: str, attempts: int, error: str) -> None:
    """Make a dead letter of a delivery."""
    values = {"attempts": attempts, "error": error, "state": "dead"}
    db.execute(update(_DELIVERY).where(_DELIVERY.c.id == delivery).values(values))


def count_open(db: Connection, subscribers: Sequence[str] | None = None) -> int:
    """Return how many deliveries are still on their way."""
    wanted = select(func.count()).select_from(_DELIVERY).where(_DELIVERY.c.state == "open")
    if subscribers is not None:
        wanted = wanted.where(_DELIVERY.c.subscriber.in_(subscribers))
    return db.execute(wanted).scalar_one()
