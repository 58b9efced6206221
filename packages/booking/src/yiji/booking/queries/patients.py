"""FindPatients and ShowPatient: each way to look is one that an index answers."""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Connection, select, text

from yiji.booking.errors import AmbiguousNumber
from yiji.booking.people.asked import Probe, Way, after, probes
from yiji.booking.people.identity import tidy
from yiji.booking.queries.people import patients_by_id
from yiji.booking.tables import PatientNumberRow
from yiji.core.actor import Actor
from yiji.core.contract.patient import FindPatients, FindPatientsResult, Patient, ShowPatient
from yiji.core.errors import NotFound
from yiji.core.store.db import Tx
from yiji.core.store.match import one_of

_NUMBER = PatientNumberRow.table()

# A beginning is a range (not LIKE), so that a plan made before the text is known can use the index too.
_LIVE = "SELECT id FROM booking_patient WHERE merged_into = ''"
_START = _LIVE + " AND {0} ~>=~ :low AND {0} ~<~ :high ORDER BY {0} USING ~<~"
_NUMBERED = """SELECT p.id FROM booking_patient_number AS n JOIN booking_patient AS p ON p.id = n.patient_id
    WHERE p.merged_into = '' AND """
_WAYS = {
    Way.ID: _LIVE + " AND id = :value",
    Way.SYSTEM_NUMBER: _NUMBERED + "n.system = :value AND n.value = :second",
    Way.NUMBER: _NUMBERED + "n.value = ANY(:values)",
    Way.NUMBER_START: _NUMBERED + "n.value ~>=~ :low AND n.value ~<~ :high ORDER BY n.value USING ~<~",
    Way.NAME_START: _START.format("name"),
    # All characters, by the index of characters; then the words that they make.
    Way.NAME_PART: _LIVE
    + """ AND string_to_array(lower(name), NULL) @> string_to_array(:letters, NULL)
        AND NOT EXISTS (SELECT 1 FROM unnest(CAST(:values AS TEXT[])) AS word WHERE strpos(lower(name), word) = 0)""",
    Way.PINYIN: _LIVE + " AND pinyin = :value",
    Way.PINYIN_START: _START.format("pinyin"),
    Way.INITIALS_START: _START.format("initials"),
    Way.PHONE_END: _START.format("reverse(phone)"),
}
_STATEMENTS = {way: text(f"{told} LIMIT :limit") for way, told in _WAYS.items()}


def find_patients(tx: Tx, query: FindPatients, actor: Actor) -> FindPatientsResult:
    """Return patients, the best match first; records that were merged into others are not told."""
    found = list(_found(tx.db, query.text, query.limit))
    told = patients_by_id(tx.db, found)
    return FindPatientsResult(patients=tuple(told[one] for one in found))


def _found(db: Connection, asked: str, limit: int) -> Iterator[str]:
    """Look in one way after the other until there are enough."""
    seen: set[str] = set()
    for probe in probes(asked):
        for found in db.execute(_STATEMENTS[probe.way], _asked(probe, limit)).scalars():
            if found not in seen and len(seen) < limit:
                seen.add(found)
                yield found
        if len(seen) >= limit:
            return


def _asked(probe: Probe, limit: int) -> dict[str, Any]:
    """Return what the probe's statement asks with."""
    value = probe.value[0]
    match probe.way:
        case Way.NUMBER:
            return {"values": list(probe.value), "limit": limit}
        case Way.NAME_PART:
            return {"letters": "".join(probe.value), "values": list(probe.value), "limit": limit}
        case Way.SYSTEM_NUMBER:
            return {"value": value, "second": probe.value[1], "limit": limit}
        case Way.ID | Way.PINYIN:
            return {"value": value, "limit": limit}
        case Way.PHONE_END:
            return _between(value[::-1], limit)
        case _:
            return _between(value, limit)


def _between(start: str, limit: int) -> dict[str, Any]:
    return {"low": start, "high": after(start), "limit": limit}


def show_patient(tx: Tx, query: ShowPatient, actor: Actor) -> Patient:
    """Return one patient with the newest fact of each code. By id a merged record is told as it is.

    Raises `NotFound`, and `AmbiguousNumber` where systems gave the number to different patients.
    """
    patient_id = query.id if query.id.startswith("pat-") else _numbered(tx.db, query.id)
    told = patients_by_id(tx.db, [patient_id], facts=True)
    if patient_id not in told:
        raise NotFound(what="patient", id=query.id)
    return told[patient_id]


def _numbered(db: Connection, number: str) -> str:
    """Return whose number it is; ``HIS:P1`` names the system too."""
    named = one_of(_NUMBER.c.value, {number, tidy(number)})
    system, colon, value = number.partition(":")
    if colon:
        named = named | ((_NUMBER.c.system == system) & (_NUMBER.c.value == value))
    rows = db.execute(select(_NUMBER.c.system, _NUMBER.c.patient_id).where(named)).all()
    return _only(number, ((row.system, row.patient_id) for row in rows))


def _only(number: str, found: Iterable[tuple[str, str]]) -> str:
    owners = dict(found)
    if len(set(owners.values())) > 1:
        raise AmbiguousNumber(number=number, systems=", ".join(sorted(owners)))
    return next(iter(owners.values()), "")
