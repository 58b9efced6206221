"""MergePatients and UnmergePatients: one record stands for both; what was moved is written down, so that it can return.

Appointments and wishes follow their orders. Both records are locked first, in the one global order, so that nobody
books or registers for one of them meanwhile.
"""

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import Connection, Text, insert, select, text, update

from yiji.booking.errors import MergeOverlaps, NotMerged, PatientMergedAway
from yiji.booking.queries.people import patients_by_id
from yiji.booking.queries.standing import standing
from yiji.booking.tables import FactRow, MergeRow, PatientRow
from yiji.core import clock, ids
from yiji.core.contract.patient import MergePatients, Patient, PatientMerged, PatientUnmerged, UnmergePatients
from yiji.core.errors import InvalidMessage, NotFound, YijiError
from yiji.core.job import Job
from yiji.core.store.db import Tx

_PATIENT, _FACT = PatientRow.table(), FactRow.table()
_MERGE = MergeRow.table()
_FILLED = {"sex": "unknown", "birth_date": None, "phone": ""}  # what a duplicate may fill in, and how unknown reads

_OVERLAP = text("""
    SELECT a.id, b.id AS other, greatest(a.starts_at, b.starts_at) AS starts_at
    FROM booking_appointment AS a JOIN booking_appointment AS b
      ON b.patient_id = :duplicate AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at
    WHERE a.patient_id = :patient AND a.state IN ('held', 'booked', 'checked_in')
      AND b.state IN ('held', 'booked', 'checked_in')
    ORDER BY 3 LIMIT 1
""")
_MOVE_NUMBERS = text(
    "UPDATE booking_patient_number SET patient_id = :to WHERE patient_id = :from RETURNING system, value"
)
_MOVE_ORDERS = text("UPDATE booking_order SET patient_id = :to WHERE patient_id = :from RETURNING id")
_MOVE_BLOCKS = text("UPDATE booking_block SET patient_id = :to WHERE patient_id = :from RETURNING id")
# A fact that both have of one moment stays where it is.
_MOVE_FACTS = text("""
    UPDATE booking_fact AS f SET patient_id = :to WHERE f.patient_id = :from AND NOT EXISTS (
        SELECT 1 FROM booking_fact AS g WHERE g.patient_id = :to AND g.code = f.code AND g.at = f.at)
    RETURNING f.code, f.at, f.value, f.source
""")
# What hangs on orders goes with them: appointments in any state, wishes.
_FOLLOW = tuple(
    text(f"""
        UPDATE {table} AS t SET patient_id = :to FROM booking_item AS i
        WHERE i.id = t.item_id AND i.order_id = ANY(:orders) AND t.patient_id <> :to
    """)
    for table in ("booking_appointment", "booking_wait")
)


def merge_patients(tx: Tx, jobs: Sequence[Job[MergePatients]]) -> list[Patient | YijiError]:
    """Merge records."""
    return [_refusable(_merge, tx, job) for job in jobs]


def unmerge_patients(tx: Tx, jobs: Sequence[Job[UnmergePatients]]) -> list[Patient | YijiError]:
    """Take merges back; the answer is the record that returns."""
    return [_refusable(_unmerge, tx, job) for job in jobs]


def _refusable(act: Any, tx: Tx, job: Job[Any]) -> Patient | YijiError:
    """A handler that refuses has written nothing: all refusals come before the first write."""
    try:
        return act(tx, job)
    except YijiError as refusal:
        return refusal


def _merge(tx: Tx, job: Job[MergePatients]) -> Patient:
    stays, goes = job.command.patient_id, job.command.duplicate_id
    if stays == goes:
        raise InvalidMessage(message="MergePatients", detail="duplicate_id: the same as patient_id")
    _lock_standing(tx.db, stays, goes)
    overlap = tx.db.execute(_OVERLAP, {"patient": stays, "duplicate": goes}).first()
    if overlap:
        starts_at = clock.local(overlap.starts_at, tx.settings.site.zone).isoformat(timespec="minutes")
        raise MergeOverlaps(appointment=overlap.id, other=overlap.other, starts_at=starts_at)
    moved = {**_move(tx.db, goes, stays), "filled": _fill(tx.db, stays, goes)}
    tx.db.execute(update(_PATIENT).where(_PATIENT.c.id == goes).values(merged_into=stays))
    row = {"id": ids.new("mrg"), "patient_id": stays, "duplicate_id": goes, "reason": job.command.reason}
    tx.db.execute(insert(_MERGE).values(**row, actor=job.actor.name, at=clock.now(), moved=moved))
    job.emit(PatientMerged(patient_id=stays, duplicate_id=goes))
    return patients_by_id(tx.db, [stays], facts=True)[stays]


def _lock_standing(db: Connection, *wanted: str) -> None:
    """Lock records that must stand for themselves; raises `NotFound`, `PatientMergedAway`."""
    stands = standing(db, wanted)
    for one in wanted:
        if one not in stands:
            raise NotFound(what="patient", id=one)
        if stands[one] != one:
            raise PatientMergedAway(patient=one, into=stands[one])


def _move(db: Connection, source: str, target: str) -> dict[str, Any]:
    """Move all that a record has; return what it was."""
    way = {"from": source, "to": target}
    orders = list(db.execute(_MOVE_ORDERS, way).scalars())
    moved: dict[str, Any] = {
        "numbers": [list(row) for row in db.execute(_MOVE_NUMBERS, way)],
        "orders": orders,
        "blocks": list(db.execute(_MOVE_BLOCKS, way).scalars()),
        "facts": [[row.code, row.at.isoformat(), row.value, row.source] for row in db.execute(_MOVE_FACTS, way)],
    }
    _follow(db, orders, target)
    return moved


def _follow(db: Connection, orders: list[str], target: str) -> None:
    for statement in _FOLLOW:
        db.execute(statement, {"to": target, "orders": orders})


def _demographics(db: Connection, patient_id: str) -> dict[str, Any]:
    columns = [_PATIENT.c[name] for name in _FILLED]
    return dict(db.execute(select(*columns).where(_PATIENT.c.id == patient_id)).mappings().one())


def _fill(db: Connection, target: str, source: str) -> dict[str, Any]:
    """Fill in what the record that stays does not know; return it."""
    known, more = _demographics(db, target), _demographics(db, source)
    filled = {name: more[name] for name, unknown in _FILLED.items() if known[name] == unknown != more[name]}
    if filled:
        db.execute(update(_PATIENT).where(_PATIENT.c.id == target).values(filled))
    return filled


def _unmerge(tx: Tx, job: Job[UnmergePatients]) -> Patient:
    back = job.command.duplicate_id
    open_one = (_MERGE.c.duplicate_id == back) & _MERGE.c.undone_at.is_(None)
    stays = tx.db.execute(select(_MERGE.c.patient_id).where(open_one)).scalar()
    if stays is None:
        raise NotMerged(patient=back)
    stands = standing(tx.db, [back, stays])
    row = tx.db.execute(select(_MERGE).where(open_one)).first()  # once more: the locks may have been waited for
    if row is None or row.patient_id != stays:
        raise NotMerged(patient=back)
    if stands[stays] != stays:  # merged further: what came from here lies there by now
        raise PatientMergedAway(patient=stays, into=stands[stays])
    _return(tx.db, cast("dict[str, Any]", row.moved), stays, back)
    tx.db.execute(update(_PATIENT).where(_PATIENT.c.id == back).values(merged_into=""))
    tx.db.execute(update(_MERGE).where(_MERGE.c.id == row.id).values(undone_at=clock.now()))
    job.emit(PatientUnmerged(patient_id=stays, duplicate_id=back))
    return patients_by_id(tx.db, [back], facts=True)[back]


_RETURN_NUMBERS = text("""
    UPDATE booking_patient_number AS n SET patient_id = :to
    FROM unnest(CAST(:systems AS TEXT[]), CAST(:values AS TEXT[])) AS m(system, value)
    WHERE n.system = m.system AND n.value = m.value AND n.patient_id = :from
""")
_RETURN_ORDERS = text(
    "UPDATE booking_order SET patient_id = :to WHERE id = ANY(:ids) AND patient_id = :from RETURNING id"
)
_RETURN_BLOCKS = text("UPDATE booking_block SET patient_id = :to WHERE id = ANY(:ids) AND patient_id = :from")


def _return(db: Connection, moved: dict[str, Any], source: str, target: str) -> None:
    """Give back what was moved and is there still; what follows the orders follows them back, new appointments too."""
    way = {"from": source, "to": target}
    systems, values = [number[0] for number in moved["numbers"]], [number[1] for number in moved["numbers"]]
    db.execute(_RETURN_NUMBERS, {**way, "systems": systems, "values": values})
    orders = list(db.execute(_RETURN_ORDERS, {**way, "ids": moved["orders"]}).scalars())
    db.execute(_RETURN_BLOCKS, {**way, "ids": moved["blocks"]})
    _follow(db, orders, target)
    for code, at, value, kept_from in moved["facts"]:
        fact = (_FACT.c.code == code) & (_FACT.c.at == text("CAST(:at AS TIMESTAMPTZ)").bindparams(at=at))
        same = fact & (_FACT.c.value == value) & (_FACT.c.source == kept_from) & (_FACT.c.patient_id == source)
        db.execute(update(_FACT).where(same).values(patient_id=target))
    for name, value in moved["filled"].items():
        column = cast(Any, _PATIENT.c[name])
        kept = update(_PATIENT).where(_PATIENT.c.id == source, column.cast(Text) == value)
        db.execute(kept.values({name: _FILLED[name]}))
