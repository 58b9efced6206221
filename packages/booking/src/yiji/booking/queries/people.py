"""Patients as they are told: with their numbers, the block in force and, where asked for, their facts."""

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import Connection, Row, text

from yiji.booking.loading.blocks import HOLDING
from yiji.core import clock
from yiji.core.contract.patient import Patient, PatientFact

_HOLDING = ", ".join(f"'{state}'" for state in HOLDING)
_PATIENTS = text(f"""
    SELECT p.*, ARRAY(
        SELECT json_build_object('system', n.system, 'value', n.value, 'type', n.type)
        FROM booking_patient_number AS n WHERE n.patient_id = p.id ORDER BY n.system, n.value) AS numbers,
      (SELECT max(b.until) FROM booking_block AS b
        WHERE b.patient_id = p.id AND b.state IN ({_HOLDING}) AND b.until > :now) AS blocked_until
    FROM booking_patient AS p WHERE p.id = ANY(:ids)
""")
_FACTS = text("""
    SELECT DISTINCT ON (patient_id, code) patient_id, code, value, at, source
    FROM booking_fact WHERE patient_id = ANY(:ids) ORDER BY patient_id, code, at DESC
""")


def patients_by_id(db: Connection, wanted: Collection[str], *, facts: bool = False) -> dict[str, Patient]:
    """Return patients by id, merged ones too."""
    if not wanted:
        return {}
    rows = db.execute(_PATIENTS, {"ids": list(wanted), "now": clock.now()}).all()
    known = newest_facts(db, wanted) if facts else {}
    return {row.id: _patient(row, known.get(row.id, ())) for row in rows}


def _patient(row: Row[Any], facts: Iterable[PatientFact]) -> Patient:
    return Patient(
        id=row.id,
        name=row.name,
        sex=row.sex,
        birth_date=row.birth_date,
        identifiers=tuple(row.numbers),
        phone=row.phone,
        facts=tuple(facts),
        merged_into=row.merged_into,
        blocked_until=row.blocked_until,
    )


def newest_facts(db: Connection, wanted: Collection[str]) -> dict[str, list[PatientFact]]:
    """Return the newest fact of each code, by patient."""
    found: dict[str, list[PatientFact]] = {}
    for row in db.execute(_FACTS, {"ids": list(wanted)}):
        fact = PatientFact(code=row.code, value=row.value, at=row.at, source=row.source)
        found.setdefault(row.patient_id, []).append(fact)
    return found
