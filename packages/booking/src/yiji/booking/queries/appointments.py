"""Appointments as they are told: ShowAppointment and ListAppointments; a patient's own token sees his own."""

from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Row, and_, select, union_all

from yiji.booking.handlers.telling import changes_of
from yiji.booking.known import Known, known
from yiji.booking.loading.names import APPOINTMENT, ITEM, ORDER, PATIENT
from yiji.booking.queries.orders import day_bounds
from yiji.booking.rules.facts import DeviceFacts
from yiji.core import clock
from yiji.core.actor import Actor
from yiji.core.contract.booking import Appointment, ListAppointments, ListAppointmentsResult, ShowAppointment
from yiji.core.errors import NotFound
from yiji.core.store.db import Tx

_TOLD = select(
    APPOINTMENT,
    ITEM.c.order_id,
    ITEM.c.accession_number,
    ITEM.c.exam_code,
    PATIENT.c.name.label("patient_name"),
).select_from(
    APPOINTMENT.join(ITEM, ITEM.c.id == APPOINTMENT.c.item_id)
    .join(ORDER, ORDER.c.id == ITEM.c.order_id)
    .join(PATIENT, PATIENT.c.id == ORDER.c.patient_id)
)


def _told(house: Known, row: Row[Any]) -> Appointment:
    device = house.devices.get(row.device) or DeviceFacts(row.device, row.device)
    exam = house.exams.get(row.exam_code)
    return Appointment(
        id=row.id,
        item_id=row.item_id,
        order_id=row.order_id,
        accession_number=row.accession_number,
        patient_id=row.patient_id,
        patient_name=row.patient_name,
        exam_code=row.exam_code,
        exam_name=exam.name if exam else row.exam_code,
        slot_id=row.slot_id,
        device=row.device,
        room=device.room,
        room_name=device.room_name,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        state=row.state,
        revision=row.revision,
        pool=row.pool,
        expires_at=row.expires_at,
        paid=row.paid,
        plan_id=row.plan_id,
        changes=changes_of(row.changes),
    )


def _visible(actor: Actor) -> list[ColumnElement[bool]]:
    return [APPOINTMENT.c.patient_id == actor.patient] if actor.patient else []


def _named(name: str) -> CompoundSelect[str]:
    """Return the statement for who goes by a name: each way of naming by its own index, where OR would read all."""
    of_item = APPOINTMENT.join(ITEM, ITEM.c.id == APPOINTMENT.c.item_id)
    return union_all(
        select(APPOINTMENT.c.id).where(APPOINTMENT.c.id == name),
        select(APPOINTMENT.c.id).where(APPOINTMENT.c.item_id == name),
        select(APPOINTMENT.c.id).select_from(of_item).where(ITEM.c.accession_number == name),
    )


def show_appointment(tx: Tx, query: ShowAppointment, actor: Actor) -> Appointment:
    """Return one appointment; by item or accession number the newest."""
    wanted = _TOLD.where(APPOINTMENT.c.id.in_(_named(query.id)), *_visible(actor))
    wanted = wanted.order_by(APPOINTMENT.c.id.desc()).limit(1)
    row = tx.db.execute(wanted).first()
    if row is None:
        raise NotFound(what="appointment", id=query.id)
    return _told(known(tx), row)


def list_appointments(tx: Tx, query: ListAppointments, actor: Actor) -> ListAppointmentsResult:
    """Return appointments, earliest first; without a day those from today on, a patient's all."""
    house = known(tx)
    rows = tx.db.execute(
        _TOLD.where(and_(*_conditions(house, query, actor))).order_by(APPOINTMENT.c.starts_at).limit(query.limit)
    )
    return ListAppointmentsResult(appointments=tuple(_told(house, row) for row in rows))


def _conditions(house: Known, query: ListAppointments, actor: Actor) -> list[ColumnElement[bool]]:
    where = _visible(actor)
    if query.patient_id:
        where.append(APPOINTMENT.c.patient_id == query.patient_id)
    if query.device:
        where.append(APPOINTMENT.c.device == query.device)
    if query.states:
        where.append(APPOINTMENT.c.state.in_([state.value for state in query.states]))
    if query.first_day or not (query.patient_id or actor.patient):
        start, _ = day_bounds(query.first_day or clock.today(house.zone), house.zone)
        _, end = day_bounds(clock.local(start, house.zone).date(), house.zone)
        if query.days > 1:
            end = start + (end - start) * query.days
        where += [APPOINTMENT.c.starts_at >= start, APPOINTMENT.c.starts_at < end]
    return where
