"""From rows to facts: what decisions and answers need, in few statements for many."""

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, func, literal_column, select

from yiji.booking.rules.board import AppointmentFacts, ItemFacts, SlotFacts
from yiji.booking.tables import (
    AppointmentRow,
    DeviceRow,
    ExamRow,
    ItemRow,
    OrderRow,
    PatientNumberRow,
    PatientRow,
    RoomRow,
    SlotRow,
)
from yiji.core.contract.booking import AppointmentState
from yiji.core.contract.order import OrderBrief
from yiji.core.contract.patient import PatientBrief
from yiji.core.store.match import one_of

ITEM, ORDER, EXAM = ItemRow.table(), OrderRow.table(), ExamRow.table()
PATIENT, NUMBER = PatientRow.table(), PatientNumberRow.table()
SLOT, DEVICE, ROOM = SlotRow.table(), DeviceRow.table(), RoomRow.table()
APPOINTMENT = AppointmentRow.table()
LIVE = ("booked", "checked_in")

_NUMBERS = (
    select(
        func.coalesce(
            func.json_agg(
                func.json_build_object("system", NUMBER.c.system, "value", NUMBER.c.value, "type", NUMBER.c.type)
            ),
            literal_column("'[]'::json"),
        )
    )
    .where(NUMBER.c.patient_id == PATIENT.c.id)
    .scalar_subquery()
    .label("numbers")
)


def items_query() -> Select[*tuple[Any, ...]]:
    """Return the statement that reads items with all that a brief needs."""
    joined = (
        ITEM.join(ORDER, ORDER.c.id == ITEM.c.order_id)
        .join(PATIENT, PATIENT.c.id == ORDER.c.patient_id)
        .join(EXAM, EXAM.c.code == ITEM.c.exam_code)
    )
    return select(
        ITEM.c.id.label("item_id"),
        ITEM.c.order_id,
        ITEM.c.accession_number,
        ITEM.c.placer_number,
        ITEM.c.sender,
        ITEM.c.state,
        ITEM.c.stage,
        ITEM.c.report_id,
        ORDER.c.group_number,
        ORDER.c.priority,
        ORDER.c.requester,
        ORDER.c.requesting_department,
        ORDER.c.reason,
        ORDER.c.ordered_at,
        ORDER.c.registered_at,
        ORDER.c.visit,
        EXAM.c.code.label("exam_code"),
        EXAM.c.name.label("exam_name"),
        EXAM.c.department,
        EXAM.c.modality,
        EXAM.c.minutes,
        EXAM.c.devices,
        PATIENT.c.id.label("patient_id"),
        PATIENT.c.name.label("patient_name"),
        PATIENT.c.sex,
        PATIENT.c.birth_date,
        PATIENT.c.phone,
        _NUMBERS,
    ).select_from(joined)


def patient_of(row: Row[Any]) -> PatientBrief:
    """Return the patient of an item's row."""
    return PatientBrief(
        id=row.patient_id,
        name=row.patient_name,
        sex=row.sex,
        birth_date=row.birth_date,
        phone=row.phone,
        identifiers=tuple(row.numbers),
        **row.visit,
    )


def brief_of(row: Row[Any]) -> OrderBrief:
    """Return the brief of an item's row."""
    return OrderBrief(
        order_id=row.order_id,
        item_id=row.item_id,
        accession_number=row.accession_number,
        placer_number=row.placer_number,
        sender=row.sender,
        patient=patient_of(row),
        exam_code=row.exam_code,
        exam_name=row.exam_name,
        department=row.department,
        modality=row.modality,
        requester=row.requester,
        requesting_department=row.requesting_department,
        reason=row.reason,
        priority=row.priority,
        ordered_at=row.ordered_at,
    )


def items(db: Connection, wanted: Collection[str]) -> dict[str, ItemFacts]:
    """Return facts of order items by id."""
    rows = db.execute(items_query().where(one_of(ITEM.c.id, wanted)))
    return {row.item_id: ItemFacts(brief_of(row), row.state, row.minutes, tuple(row.devices)) for row in rows}


def lock_patients(db: Connection, wanted: Iterable[str]) -> None:
    """Lock patients in the one global order: patients before slots, each by id."""
    ordered = select(PATIENT.c.id).where(one_of(PATIENT.c.id, sorted(set(wanted)))).order_by(PATIENT.c.id)
    db.execute(ordered.with_for_update(key_share=True))


def slots_query() -> Select[*tuple[Any, ...]]:
    """Return the statement that reads slots with their place."""
    joined = SLOT.join(DEVICE, DEVICE.c.code == SLOT.c.device).join(ROOM, ROOM.c.code == DEVICE.c.room)
    return select(
        SLOT,
        DEVICE.c.station,
        DEVICE.c.name.label("device_name"),
        ROOM.c.code.label("room"),
        ROOM.c.name.label("room_name"),
        ROOM.c.department,
    ).select_from(joined)


def lock_slots(db: Connection, wanted: Iterable[str]) -> dict[str, SlotFacts]:
    """Lock slots by id, in order; return their facts."""
    query = slots_query().where(one_of(SLOT.c.id, sorted(set(wanted)))).order_by(SLOT.c.id)
    rows = db.execute(query.with_for_update(key_share=True, of=SLOT))
    return {
        row.id: SlotFacts(
            id=row.id,
            device=row.device,
            station=row.station,
            room=row.room,
            room_name=row.room_name,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            capacity=row.capacity,
            held=row.held,
            booked=row.booked,
        )
        for row in rows
    }


def appointments(db: Connection, where: ColumnElement[bool]) -> list[AppointmentFacts]:
    """Return facts of appointments."""
    query = (
        select(APPOINTMENT, ITEM.c.exam_code)
        .select_from(APPOINTMENT.join(ITEM, ITEM.c.id == APPOINTMENT.c.item_id))
        .where(where)
    )
    return [
        AppointmentFacts(
            id=row.id,
            item_id=row.item_id,
            patient_id=row.patient_id,
            exam_code=row.exam_code,
            slot_id=row.slot_id,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            state=AppointmentState(row.state),
            revision=row.revision,
            changes=tuple(row.changes),
        )
        for row in db.execute(query)
    ]
