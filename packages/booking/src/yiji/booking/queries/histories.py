"""What is kept of patients' appointments: one stream by patient; for some at a time their facts and former slots."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import Row, select

from yiji.booking.hooks import Fact
from yiji.booking.known import Known
from yiji.booking.loading.names import APPOINTMENT, FACT, ITEM, ORDER, PATIENT, SLOT
from yiji.booking.rules.history import History, Kept, Stay
from yiji.core.contract.order import OrderBrief
from yiji.core.contract.patient import PatientBrief, Sex
from yiji.core.store.db import Tx
from yiji.core.store.match import one_of

_AT_ONCE = 2000  # rows
_ENDED = frozenset(["cancelled", "expired", "no_show"])
_OWN = [
    "id",
    "item_id",
    "patient_id",
    "slot_id",
    "device",
    "starts_at",
    "ends_at",
    "state",
    "paid",
    "booked_at",
    "changes",
]  # its list of slots is long and says nothing here
_JOINED = (
    APPOINTMENT.join(ITEM, ITEM.c.id == APPOINTMENT.c.item_id)
    .join(ORDER, ORDER.c.id == ITEM.c.order_id)
    .join(PATIENT, PATIENT.c.id == APPOINTMENT.c.patient_id)
)
_ROWS = (
    select(
        *(APPOINTMENT.c[name] for name in _OWN),
        ITEM.c.accession_number,
        ITEM.c.placer_number,
        ITEM.c.sender,
        ITEM.c.order_id,
        ITEM.c.exam_code,
        ITEM.c.body_part,
        ORDER.c.visit,
        PATIENT.c.name,
        PATIENT.c.sex,
        PATIENT.c.birth_date,
    )
    .select_from(_JOINED)
    .where(APPOINTMENT.c.state != "expired")  # a hold that lapsed was never booked
    .order_by(APPOINTMENT.c.patient_id)
    .execution_options(yield_per=_AT_ONCE)
)
Places = dict[str, tuple[datetime, str]]  # slot -> start, device


def histories(tx: Tx, house: Known, since: datetime, reach: timedelta) -> Iterator[History]:
    """Yield the histories of patients who have an appointment that starts after `since`.

    `reach`: how far before `since` the start of an examination may lie and still matter.
    """
    patients = select(APPOINTMENT.c.patient_id).where(APPOINTMENT.c.starts_at >= since)
    near = (APPOINTMENT.c.starts_at >= since - reach) & APPOINTMENT.c.patient_id.in_(patients)
    rows = tx.db.execute(_ROWS.where(near))
    for several in _several(groupby(rows, key=lambda row: row.patient_id)):
        facts, slots = _facts(tx, list(several)), _slots(tx, several.values())
        for patient, own in several.items():
            yield History([_kept(row, house, slots) for row in own], facts.get(patient, {}))


def _several(grouped: Iterable[tuple[str, Iterable[Row[Any]]]]) -> Iterator[dict[str, list[Row[Any]]]]:
    some: dict[str, list[Row[Any]]] = {}
    count = 0
    for patient, rows in grouped:
        some[patient] = list(rows)
        count += len(some[patient])
        if count >= _AT_ONCE:
            yield some
            some, count = {}, 0
    if some:
        yield some


def _facts(tx: Tx, patients: Sequence[str]) -> dict[str, dict[str, list[Fact]]]:
    found: dict[str, dict[str, list[Fact]]] = {}
    for row in tx.db.execute(select(FACT).where(one_of(FACT.c.patient_id, patients))):
        found.setdefault(row.patient_id, {}).setdefault(row.code, []).append(Fact(row.value, row.at))
    return found


def _slots(tx: Tx, own: Iterable[Sequence[Row[Any]]]) -> Places:
    """Return the slots that appointments had before they were moved."""
    given_up = {
        link["slot_id"]
        for rows in own
        for row in rows
        for link in row.changes
        if link.get("slot_id", "") != row.slot_id
    } - {""}
    if not given_up:
        return {}
    query = select(SLOT.c.id, SLOT.c.starts_at, SLOT.c.device).where(one_of(SLOT.c.id, given_up))
    return {row.id: (row.starts_at, row.device) for row in tx.db.execute(query)}


def _kept(row: Row[Any], house: Known, slots: Places) -> Kept:
    return Kept(
        id=row.id,
        order=_brief(row, house),
        exam=house.traits(row.exam_code, row.body_part, row.visit.get("visit_class", "")),
        stays=tuple(_stays(row, house, slots)),
        made=row.state == "fulfilled",
        paid=row.paid,
    )


def _stays(row: Row[Any], house: Known, slots: Places) -> Iterator[Stay]:
    """Yield where it stood: each link of the chain with a slot begins a stay, the end of its life ends the last."""
    moves = [(datetime.fromisoformat(link["at"]), link["slot_id"]) for link in row.changes if link.get("slot_id")]
    known = [(at, slot) for at, slot in moves[:-1] if slot in slots] + moves[-1:]
    begins = [at for at, _ in known] or [row.booked_at]
    ended = datetime.fromisoformat(row.changes[-1]["at"]) if row.state in _ENDED and row.changes else None
    lasts = row.ends_at - row.starts_at
    for (since, slot), until in zip(known[:-1], begins[1:], strict=True):
        start, device = slots[slot]
        yield Stay(since, until, start, start + lasts, house.place(device))
    yield Stay(begins[-1], ended, row.starts_at, row.ends_at, house.place(row.device))


def _brief(row: Row[Any], house: Known) -> OrderBrief:
    """Return what rules and the list of refusals need; kept values are not checked again."""
    exam = house.exams.get(row.exam_code)
    patient = PatientBrief(id=row.patient_id, name=row.name, sex=Sex(row.sex), birth_date=row.birth_date, **row.visit)
    return OrderBrief(
        order_id=row.order_id,
        item_id=row.item_id,
        accession_number=row.accession_number,
        placer_number=row.placer_number,
        sender=row.sender,
        patient=patient,
        exam_code=row.exam_code,
        exam_name=exam.name if exam else row.exam_code,
        department=exam.department if exam else "",
        body_part=row.body_part,
    )
