"""What is on its way, what is stuck, and how to send it again: core's own handlers over the outbox."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, Select, select, update

from yiji.core import clock
from yiji.core.actor import Actor
from yiji.core.contract.delivery import Delivery, ListDeliveries, ListDeliveriesResult, RetryDelivery
from yiji.core.errors import NotFound, YijiError
from yiji.core.job import Job
from yiji.core.store import alerts
from yiji.core.store.db import Tx
from yiji.core.store.outbox import CHANNEL
from yiji.core.store.tables import DeliveryRow, EventRow

_DELIVERY = DeliveryRow.table()
_EVENT = EventRow.table()


def _deliveries() -> Select[*tuple[Any, ...]]:
    joined = _DELIVERY.join(_EVENT, _EVENT.c.id == _DELIVERY.c.event_id)
    return select(_DELIVERY, _EVENT.c.type).select_from(joined).order_by(_DELIVERY.c.seq)


def _told(row: Row[Any]) -> Delivery:
    return Delivery(
        id=row.id,
        event=row.type,
        event_id=row.event_id,
        subscriber=row.subscriber,
        aggregate=row.aggregate,
        state=row.state,
        attempts=row.attempts,
        due_at=row.due_at,
        error=row.error,
    )


def list_deliveries(tx: Tx, query: ListDeliveries, actor: Actor) -> ListDeliveriesResult:
    """Return deliveries, oldest first; without a state those that are not done."""
    wanted = _deliveries().limit(query.limit)
    wanted = wanted.where(_DELIVERY.c.state == query.state if query.state else _DELIVERY.c.state != "done")
    if query.subscriber:
        wanted = wanted.where(_DELIVERY.c.subscriber == query.subscriber)
    return ListDeliveriesResult(deliveries=tuple(_told(row) for row in tx.db.execute(wanted)))


def _retry(tx: Tx, delivery: str) -> Delivery | YijiError:
    values = {"state": "open", "attempts": 0, "due_at": clock.now()}
    stuck = update(_DELIVERY).where(_DELIVERY.c.id == delivery, _DELIVERY.c.state != "done").values(values)
    if tx.db.execute(stuck).rowcount == 0:
        return NotFound(what="delivery", id=delivery)
    told = _told(tx.db.execute(_deliveries().where(_DELIVERY.c.id == delivery)).one())
    alerts.close_when_clear(tx.db, told.subscriber)
    tx.db.exec_driver_sql(f"NOTIFY {CHANNEL}")
    return told


def retry_delivery(tx: Tx, jobs: Sequence[Job[RetryDelivery]]) -> list[Delivery | YijiError]:
    """Put dead letters back on their way."""
    return [_retry(tx, job.command.delivery_id) for job in jobs]
