"""ShowGuide: what a patient must know of the appointments to come."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Row, select

from yiji.booking.errors import NotYours
from yiji.booking.loading.names import APPOINTMENT, DEVICE, EXAM, ITEM, LIVE, ROOM
from yiji.booking.queries.desk import age
from yiji.booking.queries.orders import day_bounds
from yiji.booking.queries.patients import show_patient
from yiji.booking.tables import DepartmentRow
from yiji.core import clock
from yiji.core.actor import Actor
from yiji.core.contract.catalogue import BodyPart
from yiji.core.contract.patient import Patient, ShowPatient
from yiji.core.contract.queue import GuideSheet, GuideStep, ShowGuide
from yiji.core.errors import NotFound
from yiji.core.store.ask import Asked
from yiji.core.store.db import Tx

DEPARTMENT = DepartmentRow.table()
_PLACES = (
    APPOINTMENT.join(ITEM, ITEM.c.id == APPOINTMENT.c.item_id)
    .join(EXAM, EXAM.c.code == ITEM.c.exam_code)
    .join(DEVICE, DEVICE.c.code == APPOINTMENT.c.device)
    .join(ROOM, ROOM.c.code == DEVICE.c.room)
    .join(DEPARTMENT, DEPARTMENT.c.code == ROOM.c.department)
)
_STEPS = select(
    APPOINTMENT.c.starts_at,
    APPOINTMENT.c.ends_at,
    APPOINTMENT.c.expires_at,
    ITEM.c.accession_number,
    ITEM.c.body_part,
    EXAM.c.name.label("exam_name"),
    EXAM.c.name_en.label("exam_name_en"),
    EXAM.c.preparation,
    EXAM.c.preparation_en,
    EXAM.c.body_parts,
    ROOM.c.name.label("room_name"),
    ROOM.c.name_en.label("room_name_en"),
    ROOM.c.place,
    ROOM.c.place_en,
    DEPARTMENT.c.name.label("department"),
    DEPARTMENT.c.name_en.label("department_en"),
).select_from(_PLACES)

# Whose an appointment is, or an accession number: each by its own index, where OR would read all.
_OWNER = Asked("""
    SELECT patient_id FROM booking_appointment WHERE id = %(named)s
    UNION ALL
    SELECT o.patient_id FROM booking_item i JOIN booking_order o ON o.id = i.order_id
    WHERE i.accession_number = %(named)s
    LIMIT 1
""")


def show_guide(tx: Tx, query: ShowGuide, actor: Actor) -> GuideSheet:
    """Return a patient's guide sheet: what is booked, checked in or held (and until when), earliest first.

    Without a first day, what is not over yet; else all of those days. Raises `NotFound`, `AmbiguousNumber`, and
    `NotYours` where a patient's own token asks for somebody else.
    """
    patient, site, now = _patient(tx, query.patient_id, actor), tx.settings.site, clock.now()
    if actor.patient and actor.patient != patient.id:
        raise NotYours()
    today = clock.local(now, site.zone).date()
    return GuideSheet(
        patient_id=patient.id,
        patient_name=patient.name,
        patient_sex=patient.sex,
        patient_age=age(patient.birth_date, today),
        hospital=site.name,
        zone=site.zone,
        printed_at=now,
        steps=_steps(tx, patient.id, query, today, now),
    )


def _patient(tx: Tx, named: str, actor: Actor) -> Patient:
    """Return the patient named by id, any number, an accession number or an appointment; who was merged: the other."""
    owner = next((row.patient_id for row in _OWNER.all(tx.db, named=named)), named)
    try:
        patient = show_patient(tx, ShowPatient(id=owner), actor)
    except NotFound:
        raise NotFound(what="patient", id=named) from None
    return show_patient(tx, ShowPatient(id=patient.merged_into), actor) if patient.merged_into else patient


def _steps(tx: Tx, patient_id: str, query: ShowGuide, today: date, now: datetime) -> tuple[GuideStep, ...]:
    first, _ = day_bounds(query.first_day or today, tx.settings.site.zone)
    wanted = _STEPS.where(
        APPOINTMENT.c.patient_id == patient_id,
        APPOINTMENT.c.state.in_(LIVE),
        APPOINTMENT.c.ends_at > (first if query.first_day else now),
        APPOINTMENT.c.starts_at < first + timedelta(days=query.days),
    )
    rows = tx.db.execute(wanted.order_by(APPOINTMENT.c.starts_at, ITEM.c.accession_number))
    return tuple(_step(row) for row in rows)


def _step(row: Row[*tuple[Any, ...]]) -> GuideStep:
    part = next((BodyPart.model_validate(one) for one in row.body_parts if one["code"] == row.body_part), None)
    return GuideStep(
        accession_number=row.accession_number,
        exam_name=_with_part(row.exam_name, part.name if part else "", "（{}）"),
        exam_name_en=_with_part(row.exam_name_en, (part.name_en or part.name) if part else "", " ({})"),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        department=row.department,
        department_en=row.department_en,
        room_name=row.room_name,
        room_name_en=row.room_name_en,
        place=row.place,
        place_en=row.place_en,
        preparation=row.preparation,
        preparation_en=row.preparation_en,
        held_until=row.expires_at,
    )


def _with_part(name: str, part: str, form: str) -> str:
    """Return an examination's name with its body part, where the name does not say it already."""
    return name + form.format(part) if name and part and part not in name else name
