"""Appointments as facts."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, func, literal_column, select

from yiji.booking.loading.names import APPOINTMENT, ITEM, LIVE, ORDER
from yiji.booking.rules.facts import AppointmentFacts
from yiji.core.contract.booking import AppointmentState
from yiji.core.store.ask import Asked
from yiji.core.store.match import one_of_named, texts

_VISIT_CLASS = func.coalesce(ORDER.c.visit[literal_column("'visit_class'")].astext, literal_column("''"))
_ALL = select(APPOINTMENT, ITEM.c.exam_code, ITEM.c.body_part, _VISIT_CLASS.label("visit_class")).select_from(
    APPOINTMENT.join(ITEM, ITEM.c.id == APPOINTMENT.c.item_id).join(ORDER, ORDER.c.id == ITEM.c.order_id)
)

_LATELY = (APPOINTMENT.c.state == "fulfilled") & (APPOINTMENT.c.starts_at > bindparam("since"))
_OF_PATIENTS = Asked(
    _ALL.where(
        one_of_named(APPOINTMENT.c.patient_id, "patients"),
        APPOINTMENT.c.state.in_([literal_column(f"'{state}'") for state in LIVE]) | _LATELY,
    )
)


def of_patients(db: Connection, patients: Collection[str], since: datetime) -> list[AppointmentFacts]:
    """Return what patients are expected for, and what was made so lately that a rule may ask for it."""
    return [_facts(row) for row in _OF_PATIENTS.all(db, patients=texts(patients), since=since)]


def appointments(db: Connection, where: ColumnElement[bool]) -> list[AppointmentFacts]:
    """Return facts of appointments."""
    return [_facts(row) for row in db.execute(_ALL.where(where))]


def _facts(row: Any) -> AppointmentFacts:
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
        visit_class=row.visit_class,
        changes=tuple(row.changes),
    )
