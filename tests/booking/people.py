"""Patients for tests, and what hangs on them, written as rows: no booking is needed to have booked."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Column, text

import yiji.booking.tables  # noqa: F401  (METADATA knows what is imported)
from yiji.booking.people.identity import check_character
from yiji.booking.people.spelling import spell
from yiji.core import clock
from yiji.core.app import App
from yiji.core.contract.patient import Identifier, PatientBrief, RegisterPatient, Sex
from yiji.core.store.bulk import insert_rows
from yiji.core.store.entity import METADATA

NI = "330102198002290015"  # a man born on 29 February 1980


def identity(born: date, running: str = "001", region: str = "330102") -> str:
    """An identity number that passes its check."""
    seventeen = f"{region}{born:%Y%m%d}{running}"
    return seventeen + check_character(seventeen)


def brief(name: str = "张三", *numbers: str, ni: str = "", **known: Any) -> PatientBrief:
    """A patient; `numbers` of the HIS."""
    told = [Identifier(system="HIS", value=number) for number in numbers]
    if ni:
        told.append(Identifier(system="CN", value=ni, type="NI"))
    return PatientBrief(name=name, identifiers=tuple(told), **known)


def register(name: str = "张三", *numbers: str, ni: str = "", **known: Any) -> RegisterPatient:
    """A command that registers a patient."""
    return RegisterPatient(patient=brief(name, *numbers, ni=ni, **known))


def put(app: App, table: str, *rows: dict[str, Any]) -> None:
    """Write rows as they are; a column that a row does not name and that may not be empty is blank."""
    kept = METADATA.tables[table]
    blank = {column.name: _blank(column) for column in kept.columns if not column.nullable}
    with app.store.begin() as tx:
        insert_rows(tx.db, kept, [{**blank, **row} for row in rows])


def _blank(column: Column[Any]) -> Any:
    try:
        return column.type.python_type()
    except (NotImplementedError, TypeError):
        return clock.now()  # moments and days


def put_patient(app: App, patient_id: str, name: str, **known: Any) -> None:
    """Write a patient as a migration would: with no check."""
    spelling = spell(name)
    row = {
        "id": patient_id, "name": name, "sex": Sex.UNKNOWN.value, "birth_date": None, "phone": "",
        "pinyin": spelling.pinyin, "initials": spelling.initials, "merged_into": "", "added_at": clock.now(), **known,
    }  # fmt: skip
    put(app, "booking_patient", row)


def put_number(app: App, patient_id: str, system: str, value: str, kind: str = "NI") -> None:
    """Write a number of a patient."""
    put(app, "booking_patient_number", {"system": system, "value": value, "type": kind, "patient_id": patient_id})


def furnish(app: App) -> None:
    """A department with one examination."""
    put(app, "booking_department", {"code": "ECG", "name": "心电图室", "name_en": "", "campus": ""})
    exam: dict[str, Any] = {
        "code": "ECG12", "name": "心电图", "department": "ECG", "modality": "ECG", "minutes": 10, "name_en": "",
        "preparation": "", "preparation_en": "", "preparation_minutes": 0, "devices": [], "capabilities": [],
        "needs": [], "tags": [], "body_parts": [], "prepaid": False, "makers": [],
    }  # fmt: skip
    put(app, "booking_exam", exam)


def put_visit(app: App, tag: str, patient_id: str, at: datetime, state: str = "booked") -> None:
    """An order with one examination, an appointment for it and a wish for an earlier one; `tag` names them all."""
    until, now = at + timedelta(minutes=10), clock.now()
    order: dict[str, Any] = {
        "id": f"ord-{tag}", "sender": "HIS", "group_number": tag, "patient_id": patient_id, "visit": {},
        "priority": "routine", "requester": "", "requesting_department": "", "reason": "", "source_message": "",
        "ordered_at": now, "registered_at": now,
    }  # fmt: skip
    item = {
        "id": f"itm-{tag}", "order_id": f"ord-{tag}", "sender": "HIS", "placer_number": tag, "accession_number": tag,
        "exam_code": "ECG12", "body_part": "", "state": "active", "stage": "booked", "report_id": "",
    }  # fmt: skip
    slot = {
        "id": f"slt-{tag}", "device": f"D-{tag}", "starts_at": at, "ends_at": until, "capacity": 1, "held": 0,
        "booked": 1, "extra": 0, "closed": False, "has_quotas": False,
    }  # fmt: skip
    appointment: dict[str, Any] = {
        "id": f"apt-{tag}", "item_id": f"itm-{tag}", "patient_id": patient_id, "slot_id": f"slt-{tag}",
        "slots": [f"slt-{tag}"], "device": f"D-{tag}", "starts_at": at, "ends_at": until, "state": state, "pool": "",
        "revision": 1, "expires_at": None, "paid": False, "plan_id": "", "booked_at": now, "changes": [],
    }  # fmt: skip
    wish = {
        "id": f"wai-{tag}", "item_id": f"itm-{tag}", "patient_id": patient_id, "exam_code": "ECG12", "pool": "",
        "first_day": at.date(), "last_day": at.date(), "notice_minutes": 60, "automatic": False,
        "priority": "routine", "state": "waiting", "since": now, "appointment_id": "",
    }  # fmt: skip
    put(app, "booking_order", order)
    put(app, "booking_item", item)
    put(app, "booking_slot", slot)
    put(app, "booking_appointment", appointment)
    put(app, "booking_wait", wish)


def everything(app: App) -> dict[str, list[Any]]:
    """All that is kept of patients and what hangs on them, but for the record of merges."""
    tables = ("patient", "patient_number", "fact", "block", "order", "item", "appointment", "wait")
    with app.store.begin() as tx:
        return {name: sorted(map(repr, tx.db.execute(text(f"SELECT * FROM booking_{name}")))) for name in tables}
