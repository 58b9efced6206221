"""Order items with all that a brief needs."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, Select, func, literal_column, select

from yiji.booking.loading.names import EXAM, ITEM, NUMBER, ORDER, PATIENT
from yiji.booking.rules.board import House
from yiji.booking.rules.facts import ExamFacts, ItemFacts
from yiji.core.contract.order import OrderBrief
from yiji.core.contract.patient import PatientBrief
from yiji.core.store.ask import Asked
from yiji.core.store.match import one_of_named, texts

MADE = ("examined", "reported", "signed", "delivered")  # stages in which there is nothing left to book
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
_JOINED = (
    ITEM.join(ORDER, ORDER.c.id == ITEM.c.order_id)
    .join(PATIENT, PATIENT.c.id == ORDER.c.patient_id)
    .join(EXAM, EXAM.c.code == ITEM.c.exam_code)
)
_ITEMS = select(
    ITEM.c.id.label("item_id"),
    ITEM.c.order_id,
    ITEM.c.accession_number,
    ITEM.c.placer_number,
    ITEM.c.sender,
    ITEM.c.body_part,
    ITEM.c.state,
    ITEM.c.stage,
    ITEM.c.report_id,
    ITEM.c.paid,
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
    PATIENT.c.id.label("patient_id"),
    PATIENT.c.name.label("patient_name"),
    PATIENT.c.sex,
    PATIENT.c.birth_date,
    PATIENT.c.phone,
    _NUMBERS,
).select_from(_JOINED)


_BY_ID = Asked(_ITEMS.where(one_of_named(ITEM.c.id, "wanted")))


def items_query() -> Select[*tuple[Any, ...]]:
    """Return the statement that reads items with all that a brief needs."""
    return _ITEMS


def patient_of(row: Any) -> PatientBrief:
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


def brief_of(row: Any) -> OrderBrief:
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
        body_part=row.body_part,
    )


def items(db: Connection, wanted: Collection[str], house: House) -> dict[str, ItemFacts]:
    """Return facts of order items by id."""
    return {row.item_id: _facts(row, house) for row in _BY_ID.all(db, wanted=texts(wanted))}


def _facts(row: Any, house: House) -> ItemFacts:
    exam = house.exams.get(row.exam_code) or ExamFacts(row.exam_code, row.exam_name)
    state = row.stage if row.state == "active" and row.stage in MADE else row.state
    return ItemFacts(brief_of(row), state, exam, row.paid)
