"""What decisions ask about patients: locks, facts, blocks, cancellations of their own."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select, text

from yiji.booking.hooks import Fact
from yiji.booking.known import Known, known, known_as
from yiji.booking.loading.blocks import blocked
from yiji.booking.loading.names import APPOINTMENT
from yiji.booking.rules.facts import PatientFacts
from yiji.core.store.ask import Asked
from yiji.core.store.db import Tx
from yiji.core.store.match import one_of, texts

_LOCK = text("SELECT merged_into FROM booking_patient WHERE id = ANY(:ids) ORDER BY id FOR NO KEY UPDATE")
# Which editions are in force comes along: asking for it alone would cost as much as the lock.
_EDITIONS = "(SELECT catalogue FROM booking_current) AS catalogue, (SELECT rules FROM booking_current) AS rules"
_LOCK_OWNERS = Asked(f"""
    SELECT w.appointment, w.item, p.id AS patient, p.merged_into, {_EDITIONS}
    FROM (
        SELECT i.id AS item, '' AS appointment, o.patient_id
        FROM booking_item i JOIN booking_order o ON o.id = i.order_id WHERE i.id = ANY(%(items)s::text[])
        UNION ALL SELECT item_id, id, patient_id
        FROM booking_appointment WHERE id = ANY(%(appointments)s::text[])
    ) w JOIN booking_patient p ON p.id = w.patient_id ORDER BY p.id FOR NO KEY UPDATE OF p
""")
_AGAIN = text("DO $$ BEGIN RAISE EXCEPTION 'a record was merged meanwhile' USING ERRCODE = '40001'; END $$")

_FACTS = Asked("""
    SELECT DISTINCT ON (patient_id, code) patient_id, code, value, at FROM booking_fact
    WHERE patient_id = ANY(%(ids)s::text[]) ORDER BY patient_id, code, at DESC
""")


def lock_patients(db: Connection, wanted: Iterable[str]) -> None:
    """Lock patients in the one global order: patients before slots, each by id.

    Who was merged into another record while we waited for the lock is no longer whose the order is: the transaction is
    run again, and then sees the record that stands.
    """
    if any(db.execute(_LOCK, {"ids": sorted(set(wanted))}).scalars()):
        db.execute(_AGAIN)


@dataclass(frozen=True, slots=True)
class Locked:
    """The master data in force, the patients that are locked, and the item of each appointment."""

    house: Known
    patients: frozenset[str]
    item_of: dict[str, str]


def lock_owners(tx: Tx, wanted: Iterable[str], expected: Iterable[str] = ()) -> Locked:
    """Lock the patients of order items and of `expected` appointments, as `lock_patients` does.

    What is read of either afterwards stays so.
    """
    rows = _LOCK_OWNERS.all(tx.db, items=texts(wanted), appointments=texts(expected))
    if any(row.merged_into for row in rows):
        rerun(tx)
    house = known_as(tx, rows[0].catalogue, rows[0].rules) if rows else known(tx)
    item_of = {row.appointment: row.item for row in rows if row.appointment}
    return Locked(house, frozenset(row.patient for row in rows), item_of)


def rerun(tx: Tx) -> None:
    """Let the transaction be run again: whose an order is changed while we waited for his lock."""
    tx.db.execute(_AGAIN)


def patient_facts(
    db: Connection, wanted: Collection[str], themselves: Collection[str], now: datetime
) -> dict[str, PatientFacts]:
    """Return what is known of patients; of `themselves`, who ask by their own token, blocks and cancellations."""
    newest: dict[str, dict[str, Fact]] = {}
    for row in _FACTS.all(db, ids=texts(wanted)):
        newest.setdefault(row.patient_id, {})[row.code] = Fact(row.value, row.at)
    blocks = blocked(db, themselves) if themselves else {}
    cancelled = _cancelled(db, themselves, now) if themselves else {}
    found: dict[str, PatientFacts] = {}
    for patient in {*newest, *themselves}:
        block = blocks.get(patient)
        found[patient] = PatientFacts(
            newest.get(patient, {}),
            block.id if block else "",
            block.until if block else None,
            cancelled.get(patient, 0),
        )
    return found


def _cancelled(db: Connection, wanted: Collection[str], now: datetime) -> dict[str, int]:
    """Count what patients cancelled by themselves in the last 30 days."""
    last = APPOINTMENT.c.changes[-1]
    query = (
        select(APPOINTMENT.c.patient_id, func.count())
        .where(
            one_of(APPOINTMENT.c.patient_id, wanted),
            APPOINTMENT.c.state == "cancelled",
            last["actor"].astext == func.concat("patient:", APPOINTMENT.c.patient_id),
            last["at"].astext > (now - timedelta(days=30)).isoformat(),
        )
        .group_by(APPOINTMENT.c.patient_id)
    )
    return {row[0]: row[1] for row in db.execute(query)}
