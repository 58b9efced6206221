"""Appointments as facts."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, select

from yiji.booking.loading.names import APPOINTMENT, ITEM
from yiji.booking.rules.facts import AppointmentFacts
from yiji.core.contract.booking import AppointmentState

_ALL = select(APPOINTMENT, ITEM.c.exam_code, ITEM.c.body_part).select_from(
    APPOINTMENT.join(ITEM, ITEM.c.id == APPOINTMENT.c.item_id)
)


def appointments(db: Connection, where: ColumnElement[bool]) -> list[AppointmentFacts]:
    """Return facts of appointments."""
    return [_facts(row) for row in db.execute(_ALL.where(where))]


def _facts(row: Row[Any]) -> AppointmentFacts:
    return AppointmentFacts(
        id=row.id,
        item_id=row.item_id,
        patient_id=row.patient_id,
        exam_code=row.exam_code,
        slot_id=row.slot_id,
        slots=tuple(row.slots),
        device=row.device,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        state=AppointmentState(row.state),
        pool=row.pool,
        revision=row.revision,
        expires_at=row.expires_at,
        paid=row.paid,
        plan_id=row.plan_id,
        body_part=row.body_part,
        changes=tuple(row.changes),
    )
