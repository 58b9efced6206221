"""Appointments and slots as they are told: ShowAppointment and FindSlots."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Row, or_, select

from yiji.booking import loading
from yiji.booking.errors import UnknownExam
from yiji.booking.loading import APPOINTMENT, DEVICE, EXAM, ITEM, ROOM, SLOT
from yiji.booking.queries.orders import day_bounds
from yiji.booking.rules.allocate import find_slots as suiting
from yiji.core import clock
from yiji.core.actor import Actor
from yiji.core.contract.booking import Appointment, Change, FindSlots, FindSlotsResult, ShowAppointment, Slot
from yiji.core.errors import NotFound
from yiji.core.store.db import Tx


def show_appointment(tx: Tx, query: ShowAppointment, actor: Actor) -> Appointment:
    """Return one appointment; by item or accession number the newest."""
    named = or_(APPOINTMENT.c.id == query.id, ITEM.c.id == query.id, ITEM.c.accession_number == query.id)
    wanted = (
        select(APPOINTMENT)
        .select_from(APPOINTMENT.join(ITEM, ITEM.c.id == APPOINTMENT.c.item_id))
        .where(named)
        .order_by(APPOINTMENT.c.id.desc())
        .limit(1)
    )
    row = tx.db.execute(wanted).first()
    if row is None:
        raise NotFound(what="appointment", id=query.id)
    item = loading.items(tx.db, [row.item_id])[row.item_id].order
    slot = tx.db.execute(loading.slots_query().where(SLOT.c.id == row.slot_id)).one()
    return Appointment(
        id=row.id,
        item_id=row.item_id,
        order_id=item.order_id,
        accession_number=item.accession_number,
        patient_id=row.patient_id,
        patient_name=item.patient.name,
        exam_code=item.exam_code,
        exam_name=item.exam_name,
        slot_id=row.slot_id,
        device=slot.device,
        room=slot.room,
        room_name=slot.room_name,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        state=row.state,
        revision=row.revision,
        changes=tuple(Change.model_validate(change) for change in row.changes),
    )


def _slot(row: Row[Any]) -> Slot:
    return Slot(
        id=row.id,
        device=row.device,
        device_name=row.device_name,
        room=row.room,
        room_name=row.room_name,
        department=row.department,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        capacity=row.capacity,
        held=row.held,
        booked=row.booked,
    )


def find_slots(tx: Tx, query: FindSlots, actor: Actor) -> FindSlotsResult:
    """Return slots from now on, or from a day on."""
    wanted = loading.slots_query()
    devices: list[str] = []
    if query.exam_code:
        devices = tx.db.execute(select(EXAM.c.devices).where(EXAM.c.code == query.exam_code)).scalar() or []
        if not devices:
            raise UnknownExam(code=query.exam_code)
        wanted = wanted.where(DEVICE.c.code.in_(devices))
    if query.department:
        wanted = wanted.where(ROOM.c.department == query.department)
    if query.only_free:
        wanted = wanted.where(SLOT.c.held + SLOT.c.booked < SLOT.c.capacity)
    zone, now = tx.settings.site.zone, clock.now()
    first, _ = day_bounds(query.first_day or clock.today(zone), zone)
    last = first + timedelta(days=query.days)
    open_still = SLOT.c.ends_at > (now if query.only_free else first)
    bounded = wanted.where(SLOT.c.starts_at >= first, SLOT.c.starts_at < last, open_still)
    rows = tx.db.execute(bounded.order_by(SLOT.c.starts_at).limit(query.limit))
    found = suiting((_slot(row) for row in rows), devices=devices, only_free=query.only_free, limit=query.limit)
    return FindSlotsResult(slots=tuple(found))
