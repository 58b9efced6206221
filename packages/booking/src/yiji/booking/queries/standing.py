"""Who stands for whom since records were merged."""

from collections.abc import Iterable

from sqlalchemy import Connection, select

from yiji.booking.tables import PatientRow
from yiji.core.errors import NotFound
from yiji.core.store.match import one_of

_PATIENT = PatientRow.table()


def standing(db: Connection, wanted: Iterable[str], *, lock: bool = True) -> dict[str, str]:
    """Return patient id -> id of the record that stands for it; what is not kept is left out.

    All records on the way are locked, in the one global order: patients before slots, each by id.
    """
    named = set(wanted)
    into: dict[str, str] = {}
    ahead = named
    while ahead:
        rows = select(_PATIENT.c.id, _PATIENT.c.merged_into).where(one_of(_PATIENT.c.id, sorted(ahead)))
        rows = rows.order_by(_PATIENT.c.id)
        found = db.execute(rows.with_for_update(key_share=True) if lock else rows)
        into |= {row.id: row.merged_into for row in found}
        ahead = {end for end in into.values() if end and end not in into}
    return {one: _end(into, one) for one in named if one in into}


def _end(into: dict[str, str], one: str) -> str:
    while into[one]:
        one = into[one]
    return one


def stands_for(db: Connection, patient_id: str, *, lock: bool = True) -> str:
    """Return the id of the record that stands for one patient; raises `NotFound`."""
    found = standing(db, [patient_id], lock=lock)
    if not found:
        raise NotFound(what="patient", id=patient_id)
    return found[patient_id]
