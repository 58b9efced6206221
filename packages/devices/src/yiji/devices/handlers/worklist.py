"""ListExamination and UnlistExamination: what devices have to do, in whatever order it is said."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Row, select

from yiji.core import clock
from yiji.core.contract.recording import ListExamination, UnlistExamination, WorklistEntry
from yiji.core.errors import YijiError
from yiji.core.job import Job
from yiji.core.message import Done
from yiji.core.store.bulk import insert_rows
from yiji.core.store.db import Tx
from yiji.core.store.match import one_of
from yiji.devices.handlers.recordings import rematch, waiting_for
from yiji.devices.keeping import WORKLIST, entry_of, lock_accessions
from yiji.devices.matching import match

_PLACE = ("accession_number", "station", "modality", "starts_at", "order")
# What is said of an examination counts unless something later was said of it already.
_UNLESS_LATER = "WHERE devices_worklist.as_of <= excluded.as_of"
_SAID = "as_of = excluded.as_of, listed_at = excluded.listed_at"
_LIST = f"""(item_id) DO UPDATE SET {_SAID}, {", ".join(f'"{name}" = excluded."{name}"' for name in _PLACE)},
    state = CASE devices_worklist.state WHEN 'done' THEN 'done' ELSE 'scheduled' END {_UNLESS_LATER}"""
_UNLIST = f"(item_id) DO UPDATE SET {_SAID}, state = 'cancelled' {_UNLESS_LATER}"


def list_examination(tx: Tx, jobs: Sequence[Job[ListExamination]]) -> list[WorklistEntry | YijiError]:
    """List examinations; a recording that came before its examination was listed finds it now."""
    numbers = {job.command.order.accession_number for job in jobs}
    lock_accessions(tx.db, numbers)
    rows = _last(_row(job.command) for job in jobs)
    insert_rows(tx.db, WORKLIST, list(rows.values()), _LIST)
    listed = {row["item_id"]: row for row in tx.db.execute(_listed(rows)).mappings()}
    waiting = waiting_for(tx, numbers)
    for item_id, job in {job.command.order.item_id: job for job in jobs}.items():
        if listed[item_id]["state"] == "scheduled":
            _give(tx, job, waiting.get(job.command.order.accession_number, ()))
    found = {item_id: row if row["order"] else rows[item_id] for item_id, row in listed.items()}
    return [entry_of(found[job.command.order.item_id]) for job in jobs]


def _row(command: ListExamination) -> dict[str, Any]:
    order = command.order
    return {
        "item_id": order.item_id,
        "as_of": command.as_of,
        "state": "scheduled",
        "accession_number": order.accession_number,
        "station": command.station,
        "modality": order.modality,
        "starts_at": command.starts_at,
        "order": order.model_dump(mode="json"),
        "listed_at": clock.now(),
    }


def _last(rows: Iterable[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return what was said last of each examination, in the one order in which all write them."""
    last = {row["item_id"]: row for row in sorted(rows, key=lambda row: row["as_of"])}
    return {item_id: last[item_id] for item_id in sorted(last)}


def _listed(items: Iterable[str]) -> Any:
    return select(WORKLIST).where(one_of(WORKLIST.c.item_id, items))


def _give(tx: Tx, job: Job[ListExamination], waiting: Iterable[Row[Any]]) -> None:
    """Give recordings that carry the accession number the order that they lacked."""
    order = job.command.order
    for recording in waiting:
        found = match(order.accession_number, recording.patient_id, order, named=False)
        rematch(tx, job, recording, order.accession_number, found)


def unlist_examination(tx: Tx, jobs: Sequence[Job[UnlistExamination]]) -> list[Done | YijiError]:
    """Take examinations off; one that is not listed yet leaves a mark, which what was said earlier does not pass."""
    now = clock.now()
    commands = [job.command for job in jobs]
    rows = _last(
        {"item_id": one.item_id, "as_of": one.as_of, "state": "cancelled", "listed_at": now} for one in commands
    )
    insert_rows(tx.db, WORKLIST, list(rows.values()), _UNLIST)
    return [Done() for _ in jobs]
