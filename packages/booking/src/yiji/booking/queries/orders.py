"""Orders as they are told: ListOrders and ShowOrder."""

from collections.abc import Collection, Sequence
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, Row, or_, select

from yiji.booking.loading import APPOINTMENT, ITEM, LIVE, NUMBER, ORDER, PATIENT, items_query, patient_of
from yiji.core.actor import Actor
from yiji.core.contract.order import ListOrders, ListOrdersResult, Order, OrderItem, OrderState, ShowOrder
from yiji.core.errors import NotFound
from yiji.core.store.db import Tx
from yiji.core.store.match import one_of


def _item(row: Row[Any], appointment_id: str) -> OrderItem:
    return OrderItem(
        id=row.item_id,
        order_id=row.order_id,
        placer_number=row.placer_number,
        accession_number=row.accession_number,
        exam_code=row.exam_code,
        exam_name=row.exam_name,
        department=row.department,
        modality=row.modality,
        state=row.state,
        appointment_id=appointment_id,
        report_id=row.report_id,
        body_part=row.body_part,
    )


def _state(items: Sequence[OrderItem]) -> OrderState:
    states = {item.state for item in items}
    if OrderState.ACTIVE in states:
        return OrderState.ACTIVE
    return OrderState.COMPLETED if OrderState.COMPLETED in states else OrderState.REVOKED


def _order(rows: Sequence[Row[Any]], booked: dict[str, str]) -> Order:
    first = rows[0]
    items = tuple(_item(row, booked.get(row.item_id, "")) for row in rows)
    return Order(
        id=first.order_id,
        sender=first.sender,
        group_number=first.group_number,
        patient=patient_of(first),
        priority=first.priority,
        requester=first.requester,
        requesting_department=first.requesting_department,
        reason=first.reason,
        state=_state(items),
        ordered_at=first.ordered_at,
        registered_at=first.registered_at,
        items=items,
    )


def _live(db: Connection, items: Collection[str]) -> dict[str, str]:
    query = select(APPOINTMENT.c.item_id, APPOINTMENT.c.id).where(
        one_of(APPOINTMENT.c.item_id, items), APPOINTMENT.c.state.in_((*LIVE, "fulfilled"))
    )
    return {row.item_id: row.id for row in db.execute(query)}


def orders_by_id(db: Connection, wanted: Collection[str]) -> dict[str, Order]:
    """Return orders with their items."""
    rows = db.execute(items_query().where(one_of(ITEM.c.order_id, wanted)).order_by(ITEM.c.accession_number)).all()
    booked = _live(db, [row.item_id for row in rows])
    grouped: dict[str, list[Row[Any]]] = {}
    for row in rows:
        grouped.setdefault(row.order_id, []).append(row)
    return {order_id: _order(group, booked) for order_id, group in grouped.items()}


def day_bounds(day: Any, zone: str) -> tuple[datetime, datetime]:
    """Return the first moment of a day on the hospital's clock, and of the next."""
    start = datetime.combine(day, time(), ZoneInfo(zone))
    return start, start + timedelta(days=1)


def _conditions(tx: Tx, query: ListOrders) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if query.day:
        start, end = day_bounds(query.day, tx.settings.site.zone)
        conditions += [ORDER.c.registered_at >= start, ORDER.c.registered_at < end]
    if query.patient:
        numbered = select(NUMBER.c.patient_id).where(NUMBER.c.value == query.patient)
        conditions.append(or_(PATIENT.c.name.contains(query.patient, autoescape=True), PATIENT.c.id.in_(numbered)))
    if query.state:
        wanted = select(ITEM.c.order_id).where(ITEM.c.state == query.state.value)
        conditions.append(ORDER.c.id.in_(wanted))
    return conditions


def list_orders(tx: Tx, query: ListOrders, actor: Actor) -> ListOrdersResult:
    """Return orders, newest first."""
    joined = ORDER.join(PATIENT, PATIENT.c.id == ORDER.c.patient_id)
    wanted = select(ORDER.c.id).select_from(joined).where(*_conditions(tx, query))
    found = list(tx.db.execute(wanted.order_by(ORDER.c.registered_at.desc()).limit(query.limit)).scalars())
    orders = orders_by_id(tx.db, found)
    return ListOrdersResult(orders=tuple(orders[order_id] for order_id in found if order_id in orders))


def show_order(tx: Tx, query: ShowOrder, actor: Actor) -> Order:
    """Return one order, by any of the numbers that name it."""
    named = or_(
        ITEM.c.order_id == query.id,
        ITEM.c.id == query.id,
        ITEM.c.accession_number == query.id,
        ITEM.c.placer_number == query.id,
    )
    order_id = tx.db.execute(select(ITEM.c.order_id).where(named).limit(1)).scalar()
    if order_id is None:
        raise NotFound(what="order", id=query.id)
    return orders_by_id(tx.db, {order_id})[order_id]
