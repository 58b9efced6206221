"""Alerts: one an incident; while it is open, its like only raises the count."""

from sqlalchemy import Connection, func, select, update
from sqlalchemy.dialects.postgresql import insert

from yiji.core import clock, ids
from yiji.core.store.tables import AlertRow, DeliveryRow

_ALERT = AlertRow.table()
_DELIVERY = DeliveryRow.table()


def open_alert(db: Connection, topic: str, detail: str) -> None:
    """Open an alert, or count one more for the one that is open."""
    row = {"id": ids.new("alr"), "topic": topic, "detail": detail, "count": 1, "opened_at": clock.now()}
    statement = insert(_ALERT).values(row)
    db.execute(
        statement.on_conflict_do_update(
            index_elements=[_ALERT.c.topic],
            index_where=_ALERT.c.closed_at.is_(None),
            set_={"count": _ALERT.c.count + 1, "detail": statement.excluded.detail},
        )
    )


def close_when_clear(db: Connection, subscriber: str) -> None:
    """Close the alert of a subscriber that has no dead letter left."""
    dead = select(func.count()).where(_DELIVERY.c.subscriber == subscriber, _DELIVERY.c.state == "dead")
    if db.execute(dead).scalar_one() == 0:
        close_alert(db, f"dead letter: {subscriber}")


def close_alert(db: Connection, topic: str) -> None:
    """Close the alert of a topic, if one is open: the incident is over."""
    db.execute(
        update(_ALERT).where(_ALERT.c.topic == topic, _ALERT.c.closed_at.is_(None)).values(closed_at=clock.now())
    )


def open_alerts(db: Connection) -> list[tuple[str, str, int]]:
    """Return topic, detail and count of what is open."""
    rows = db.execute(select(_ALERT.c.topic, _ALERT.c.detail, _ALERT.c.count).where(_ALERT.c.closed_at.is_(None)))
    return [(topic, detail, count) for topic, detail, count in rows]
