"""ShowDesk: one day's orders and queue."""

from datetime import date
from typing import Any

from sqlalchemy import Row, Select, and_, func, or_, select

from yiji.booking.known import known
from yiji.booking.loading import APPOINTMENT, DEVICE, EXAM, ITEM, ORDER, PATIENT, ROOM, SLOT
from yiji.booking.queries.orders import day_bounds
from yiji.booking.queries.tickets import TICKET, board
from yiji.core import clock
from yiji.core.actor import Actor
from yiji.core.contract.desk import Desk, DeskRow, ShowDesk
from yiji.core.store.db import Tx

_OTHER = APPOINTMENT.alias("other")
_NEWEST = (
    select(func.max(_OTHER.c.id))
    .where(_OTHER.c.item_id == ITEM.c.id, _OTHER.c.state.not_in(("cancelled", "expired")))
    .scalar_subquery()
)
_JOINED = (
    ITEM.join(ORDER, ORDER.c.id == ITEM.c.order_id)
    .join(PATIENT, PATIENT.c.id == ORDER.c.patient_id)
    .join(EXAM, EXAM.c.code == ITEM.c.exam_code)
    .outerjoin(APPOINTMENT, APPOINTMENT.c.id == _NEWEST)
    .outerjoin(SLOT, SLOT.c.id == APPOINTMENT.c.slot_id)
    .outerjoin(DEVICE, DEVICE.c.code == SLOT.c.device)
    .outerjoin(ROOM, ROOM.c.code == DEVICE.c.room)
    .outerjoin(TICKET, TICKET.c.appointment_id == APPOINTMENT.c.id)
)
_ROWS = select(
    ITEM.c.id.label("item_id"),
    ITEM.c.order_id,
    ITEM.c.accession_number,
    ITEM.c.placer_number,
    ITEM.c.stage,
    PATIENT.c.id.label("patient_id"),
    PATIENT.c.name.label("patient_name"),
    PATIENT.c.sex,
    PATIENT.c.birth_date,
    ORDER.c.visit,
    ORDER.c.priority,
    ORDER.c.registered_at,
    EXAM.c.code.label("exam_code"),
    EXAM.c.name.label("exam_name"),
    EXAM.c.department,
    APPOINTMENT.c.id.label("appointment_id"),
    APPOINTMENT.c.state.label("appointment_state"),
    APPOINTMENT.c.starts_at,
    APPOINTMENT.c.expires_at,
    APPOINTMENT.c.pool,
    APPOINTMENT.c.paid,
    ROOM.c.name.label("room_name"),
    TICKET.c.number.label("ticket_number"),
).select_from(_JOINED)


def age(born: date | None, day: date) -> str:
    """Return an age in years, in months below two years, in days below two months."""
    if born is None:
        return ""
    months = (day.year - born.year) * 12 + day.month - born.month - (day.day < born.day)
    if months >= 24:
        return f"{months // 12}"
    return f"{months}m" if months >= 2 else f"{(day - born).days}d"


def _told(row: Row[Any], day: date) -> DeskRow:
    return DeskRow(
        item_id=row.item_id,
        order_id=row.order_id,
        accession_number=row.accession_number,
        placer_number=row.placer_number,
        patient_name=row.patient_name,
        patient_sex=row.sex,
        patient_age=age(row.birth_date, day),
        visit_class=row.visit.get("visit_class", ""),
        exam_code=row.exam_code,
        exam_name=row.exam_name,
        department=row.department,
        priority=row.priority,
        stage=row.stage,
        registered_at=row.registered_at,
        appointment_id=row.appointment_id or "",
        appointment_state=row.appointment_state,
        starts_at=row.starts_at,
        room_name=row.room_name or "",
        ticket_number=row.ticket_number or "",
        patient_id=row.patient_id,
        held_until=row.expires_at,
        pool=row.pool or "",
        paid=bool(row.paid),
    )


def _of_day(day: date, zone: str) -> Select[*tuple[Any, ...]]:
    """Appointments of the day, what was registered on it, and what still waits for a place."""
    start, end = day_bounds(day, zone)
    return _ROWS.where(
        or_(
            and_(APPOINTMENT.c.starts_at >= start, APPOINTMENT.c.starts_at < end),
            and_(ORDER.c.registered_at >= start, ORDER.c.registered_at < end),
            and_(ITEM.c.stage == "registered", ORDER.c.registered_at < end, ITEM.c.state == "active"),
        )
    )


def show_desk(tx: Tx, query: ShowDesk, actor: Actor) -> Desk:
    """Return a day's desk."""
    zone = tx.settings.site.zone
    day = query.day or clock.today(zone)
    rows = _of_day(day, zone)
    if query.department:
        rows = rows.where(EXAM.c.department == query.department)
    told = [_told(row, day) for row in tx.db.execute(rows.order_by(ORDER.c.registered_at).limit(2000))]
    return Desk(
        day=day,
        rows=tuple(told),
        queue=tuple(board(tx, known(tx), day, clock.now(), department=query.department)),
        zone=zone,
        actor=actor.full_name or actor.name,
    )
