"""Histories of a hospital, made of chance and written as rows: appointments with all that may become of them."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from yiji.booking.tables import (
    AppointmentRow,
    DepartmentRow,
    DeviceRow,
    ExamRow,
    ItemRow,
    OrderRow,
    PatientRow,
    QuotaRow,
    RoomRow,
    SlotRow,
    StaffRow,
    TicketRow,
)
from yiji.core.store.bulk import insert_rows
from yiji.core.store.db import Tx

DEPARTMENTS = {"ECG-1": "ECG", "ECG-2": "ECG", "US-1": "US"}  # by device
EXAMS = {"ECG12": ("ECG-1", "ECG-2"), "HOLTER": ("ECG-2",), "USABD": ("US-1",)}
STAFF = "NURSE"
DOCTORS = ("王医生", "李医生", "")
POOLS = ("outpatient", "inpatient", "online")
# How an appointment came to its end: the chain of its changes, its state, whether it was ever booked.
LIVES: tuple[tuple[tuple[str, ...], str, bool], ...] = (
    (("booked",), "booked", True),
    (("booked", "moved"), "booked", True),
    (("held", "confirmed"), "checked_in", True),
    (("held", "paid"), "fulfilled", True),
    (("booked",), "fulfilled", True),
    (("booked", "moved", "moved"), "fulfilled", True),
    (("booked", "cancelled"), "cancelled", True),
    (("held", "moved", "confirmed", "cancelled"), "cancelled", True),
    (("booked", "no_show"), "no_show", True),
    (("booked", "displaced", "cancelled"), "cancelled", True),
    (("booked", "waitlist"), "fulfilled", True),
    (("held",), "held", False),
    (("held", "expired"), "expired", False),
    (("held", "cancelled"), "cancelled", False),
    (("held", "moved", "cancelled"), "cancelled", False),
)
GIVES = {"booked", "held", "moved", "displaced", "waitlist"}
PREPAID = "HOLTER"
TAKES = {"held", "booked", "checked_in", "fulfilled", "no_show"}


@dataclass
class Rows:
    """Rows by table."""

    slots: list[dict[str, Any]] = field(default_factory=list)
    quotas: list[dict[str, Any]] = field(default_factory=list)
    orders: list[dict[str, Any]] = field(default_factory=list)
    items: list[dict[str, Any]] = field(default_factory=list)
    appointments: list[dict[str, Any]] = field(default_factory=list)
    tickets: list[dict[str, Any]] = field(default_factory=list)
    ever_booked: set[str] = field(default_factory=set)


def slot(number: int, device: str, starts_at: datetime, **more: Any) -> dict[str, Any]:
    """A slot of half an hour."""
    return {
        "id": f"slt-{number}",
        "device": device,
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(minutes=30),
        "capacity": 500,
        "held": 0,
        "booked": 0,
        "extra": 0,
        "closed": False,
        "has_quotas": False,
        **more,
    }


def order(number: int, ordered_at: datetime, **more: Any) -> dict[str, Any]:
    """An order of the only patient."""
    return {
        "id": f"ord-{number}",
        "sender": "HIS",
        "group_number": f"G{number}",
        "patient_id": "pat-1",
        "visit": {"visit_class": "O"},
        "priority": "routine",
        "requester": "王医生",
        "requesting_department": "",
        "reason": "",
        "source_message": "",
        "ordered_at": ordered_at,
        "registered_at": ordered_at,
        **more,
    }


def item(number: int, exam_code: str) -> dict[str, Any]:
    """The only item of an order."""
    return {
        "id": f"itm-{number}",
        "order_id": f"ord-{number}",
        "sender": "HIS",
        "placer_number": f"N{number}",
        "accession_number": f"A{number}",
        "exam_code": exam_code,
        "body_part": "",
        "state": "active",
        "stage": "booked",
        "report_id": "",
        "paid": False,
    }


def appointment(number: int, slots: list[dict[str, Any]], booked_at: datetime, **more: Any) -> dict[str, Any]:
    """An appointment that takes places in these slots."""
    first = slots[0]
    return {
        "id": f"apt-{number}",
        "item_id": f"itm-{number}",
        "patient_id": "pat-1",
        "slot_id": first["id"],
        "slots": [one["id"] for one in slots],
        "device": first["device"],
        "starts_at": first["starts_at"],
        "ends_at": max(one["ends_at"] for one in slots if one["device"] == first["device"]),
        "state": "booked",
        "pool": "outpatient",
        "revision": 1,
        "expires_at": None,
        "paid": False,
        "plan_id": "",
        "booked_at": booked_at,
        "changes": [{"at": booked_at.isoformat(), "actor": "desk", "what": "booked", "slot_id": "", "reason": ""}],
        **more,
    }


def changes(whats: tuple[str, ...], since: datetime) -> list[dict[str, str]]:
    """A chain of changes, a minute apart; each that gives a place names its slot."""
    return [
        {
            "at": (since + timedelta(minutes=step)).isoformat(),
            "actor": "desk",
            "what": what,
            "slot_id": "slt" if what in GIVES else "",
            "reason": "",
        }
        for step, what in enumerate(whats)
    ]


def ticket(number: int, day: Any, checked_in_at: datetime, called_at: datetime | None) -> dict[str, Any]:
    """The ticket of an appointment."""
    return {
        "id": f"tkt-{number}",
        "appointment_id": f"apt-{number}",
        "room": "ROOM-1",
        "day": day,
        "position": number,
        "number": f"A{number}",
        "state": "called",
        "rank": "normal",
        "rank_order": 0,
        "queue_at": checked_in_at,
        "calls": 1,
        "note": "",
        "checked_in_at": checked_in_at,
        "called_at": called_at,
        "started_at": None,
        "done_at": None,
    }


def history(random: Random, first: datetime, days: int, appointments: int) -> Rows:
    """Slots of all devices around the clock, and appointments in them with every kind of end."""
    rows = Rows()
    _open(rows, random, first, days)
    by_device = {device: [one for one in rows.slots if one["device"] == device] for device in (*DEPARTMENTS, STAFF)}
    for number in range(appointments):
        _live(rows, random, number, by_device)
    return rows


def _open(rows: Rows, random: Random, first: datetime, days: int) -> None:
    for device in (*DEPARTMENTS, STAFF):
        for step in range(days * 8):
            starts_at = first + timedelta(hours=3 * step)
            made = slot(len(rows.slots), device, starts_at, closed=random.random() < 0.1)
            rows.slots.append(made)
            for pool in random.sample(POOLS, random.randrange(3)):
                cap = random.choice((None, 7, 900))
                rows.quotas.append(
                    {"slot_id": made["id"], "pool": pool, "cap": cap, "reserve": 0, "taken": random.randrange(7)}
                )


def _live(rows: Rows, random: Random, number: int, by_device: dict[str, list[dict[str, Any]]]) -> None:
    exam = random.choice(list(EXAMS))
    own = by_device[random.choice(EXAMS[exam])]
    at = random.randrange(len(own) - 1)
    taken = own[at : at + random.choice((1, 1, 2))]
    taken = [*taken, by_device[STAFF][at]] if random.random() < 0.2 else taken
    whats, state, ever = random.choice(LIVES)
    starts_at = taken[0]["starts_at"]
    ordered_at = starts_at - timedelta(minutes=random.randrange(-60, 20_000))
    rows.orders.append(order(number, ordered_at, requester=random.choice(DOCTORS)))
    paid = random.random() < 0.5
    rows.items.append(item(number, exam) | {"paid": paid})
    if exam == PREPAID and not paid and "cancelled" in whats and whats[0] == "booked":
        ever = False  # it was only held until it would be paid
    made = appointment(number, taken, ordered_at, state=state, pool=random.choice(POOLS))
    made |= {"changes": changes(whats, ordered_at), "expires_at": starts_at if state == "held" else None}
    rows.appointments.append(made)
    if ever:
        rows.ever_booked.add(made["id"])
    if state in TAKES:
        for one in taken:
            one["held" if state == "held" else "booked"] += 1
    if state in ("checked_in", "fulfilled") and random.random() < 0.9:
        came_at = starts_at - timedelta(seconds=random.randrange(3600))
        called_at = came_at + timedelta(seconds=random.randrange(7200)) if random.random() < 0.9 else None
        rows.tickets.append(ticket(number, starts_at.date(), came_at, called_at))


def hospital(tx: Tx, since: datetime) -> None:
    """Write the places, devices, examinations and the patient that all rows speak of."""
    departments = [{"code": code, "name": f"{code}科", "name_en": code, "campus": ""} for code in ("ECG", "US")]
    rooms = [
        {"code": f"R-{device}", "name": f"{device}室", "department": department, "name_en": f"Room {device}"}
        | {"place": "门诊楼3层", "place_en": "Outpatients, 3rd floor"}
        for device, department in DEPARTMENTS.items()
    ]
    devices = [
        {"code": device, "name": f"{device}机", "room": f"R-{device}", "modality": "ECG", "station": device}
        | {"capabilities": []}
        for device in DEPARTMENTS
    ]
    exams = [
        {"code": code, "name": f"{code}检查", "department": DEPARTMENTS[makers[0]], "modality": "ECG", "minutes": 30}
        | {"name_en": code, "preparation": "空腹8小时", "preparation_en": "Fast for 8 hours", "preparation_minutes": 0}
        | {"devices": list(makers), "capabilities": [], "needs": [], "tags": [], "body_parts": []}
        | {"makers": list(makers), "prepaid": code == PREPAID}
        for code, makers in EXAMS.items()
    ]
    patient = {"id": "pat-1", "name": "张喆", "sex": "female", "phone": "13800001234", "added_at": since}
    insert_rows(tx.db, DepartmentRow.table(), departments)
    insert_rows(tx.db, RoomRow.table(), rooms)
    insert_rows(tx.db, DeviceRow.table(), devices)
    insert_rows(tx.db, StaffRow.table(), [{"code": STAFF, "name": "护士", "department": "ECG", "capabilities": []}])
    insert_rows(tx.db, ExamRow.table(), exams)
    insert_rows(tx.db, PatientRow.table(), [patient | {"pinyin": "", "initials": "", "merged_into": ""}])


def write(tx: Tx, rows: Rows) -> None:
    """Write a history."""
    insert_rows(tx.db, SlotRow.table(), rows.slots)
    insert_rows(tx.db, QuotaRow.table(), rows.quotas)
    insert_rows(tx.db, OrderRow.table(), rows.orders)
    insert_rows(tx.db, ItemRow.table(), rows.items)
    insert_rows(tx.db, AppointmentRow.table(), rows.appointments)
    insert_rows(tx.db, TicketRow.table(), rows.tickets)
