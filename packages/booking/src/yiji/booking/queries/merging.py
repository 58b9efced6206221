"""SuggestMerges: records that may be one person.

Candidates come by indexes only, some for each way in which a person is kept twice (blocking, in the words of record
linkage): the same birth date; nearly the same one and the same name or pinyin; the same phone; the same identity
number. A pair is then weighed as a whole (`yiji.booking.people.likeness`).
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Row, select, text

from yiji.booking.people.identity import IDENTITY_TYPES, read_identity, shortened
from yiji.booking.people.likeness import LIKELY, Likeness, Person, compare, near
from yiji.booking.queries.people import patients_by_id
from yiji.booking.queries.standing import stands_for
from yiji.booking.tables import PatientRow
from yiji.core import clock
from yiji.core.actor import Actor
from yiji.core.contract.patient import Duplicate, Sex, SuggestMerges, SuggestMergesResult
from yiji.core.errors import YijiError
from yiji.core.store.bulk import to_told
from yiji.core.store.db import Tx

_PATIENT = PatientRow.table()
_LATELY = 200  # how many of the newest records are looked at
_TYPES = ", ".join(f"'{kind}'" for kind in sorted(IDENTITY_TYPES))
# As many of each kind as may be: a birth date such as 1900-01-01, or a phone of the front desk, stands for thousands.
_PEOPLE = f"""
    SELECT p.id, p.name, p.pinyin, p.sex, p.birth_date, p.phone,
        ARRAY(SELECT n.value FROM booking_patient_number AS n
            WHERE n.patient_id = p.id AND n.type IN ({_TYPES})) AS identities
    FROM booking_patient AS p
"""
_CANDIDATES = f"""
    SELECT w.id AS of_id, c.* FROM json_to_recordset(%s::json)
        AS w(id text, name text, pinyin text, birth_date date, phone text, near date[], identities text[])
    CROSS JOIN LATERAL (
        {_PEOPLE} WHERE p.merged_into = '' AND p.id <> w.id AND p.id IN (
            (SELECT o.id FROM booking_patient AS o WHERE o.birth_date = w.birth_date LIMIT 300)
            UNION ALL (SELECT o.id FROM booking_patient AS o
                WHERE o.birth_date = ANY(w.near) AND o.name = w.name LIMIT 50)
            UNION ALL (SELECT o.id FROM booking_patient AS o
                WHERE o.birth_date = ANY(w.near) AND o.pinyin = w.pinyin AND w.pinyin <> '' LIMIT 50)
            UNION ALL (SELECT o.id FROM booking_patient AS o
                WHERE reverse(o.phone) = reverse(w.phone) AND w.phone <> '' LIMIT 50)
            UNION ALL (SELECT n.patient_id FROM booking_patient_number AS n
                WHERE n.value = ANY(w.identities) AND n.type IN ({_TYPES}) LIMIT 20))
    ) AS c
"""


def suggest_merges(tx: Tx, query: SuggestMerges, actor: Actor) -> SuggestMergesResult:
    """Return likely pairs, the likeliest first; the older record of a pair comes first. Raises `NotFound`."""
    if query.patient_id:
        wanted = [stands_for(tx.db, query.patient_id, lock=False)]
    else:
        newest = select(_PATIENT.c.id).where(_PATIENT.c.merged_into == "").order_by(_PATIENT.c.id.desc())
        wanted = list(tx.db.execute(newest.limit(_LATELY)).scalars())
    likely = sorted(_pairs(tx, wanted).items(), key=lambda pair: (-pair[1].score, pair[0]))[: query.limit]
    told = patients_by_id(tx.db, {one for pair, _ in likely for one in pair})
    return SuggestMergesResult(
        pairs=tuple(
            Duplicate(patient=told[first], other=told[second], score=found.score, reasons=found.reasons)
            for (first, second), found in likely
        )
    )


def _pairs(tx: Tx, wanted: Sequence[str]) -> dict[tuple[str, str], Likeness]:
    """Weigh the wanted records against their candidates; return the likely pairs."""
    today = clock.today(tx.settings.site.zone)
    rows = tx.db.execute(text(f"{_PEOPLE} WHERE p.id = ANY(:ids)"), {"ids": list(wanted)})
    people = {row.id: _person(row, today) for row in rows}
    pairs: dict[tuple[str, str], Likeness] = {}
    for row in _candidates(tx.db, people.values()):
        pair = (min(row.of_id, row.id), max(row.of_id, row.id))
        if pair not in pairs:
            pairs[pair] = compare(people[row.of_id], _person(row, today))
    return {pair: found for pair, found in pairs.items() if found.score >= LIKELY}


def _candidates(db: Connection, people: Iterable[Person]) -> Sequence[Row[Any]]:
    told = [
        {
            "id": one.id,
            "name": one.name,
            "pinyin": one.pinyin,
            "birth_date": one.birth_date,
            "phone": one.phone,
            "near": near(one.birth_date) if one.birth_date else [],
            "identities": [form for number in one.identities for form in (number, shortened(number))],
        }
        for one in people
    ]
    return db.exec_driver_sql(_CANDIDATES, (to_told(told),)).all()


def _person(row: Row[Any], today: Any) -> Person:
    identities = frozenset(filter(None, (_valid(value, today) for value in row.identities)))
    return Person(row.id, row.name, row.pinyin, Sex(row.sex), row.birth_date, row.phone, identities)


def _valid(value: str, today: Any) -> str:
    """Return an identity number in 18 characters, or nothing: what others loaded may be of any kind."""
    try:
        return read_identity(value, today).number
    except YijiError:
        return ""
