"""ListExamination and UnlistExamination: what devices have to do, in whatever order it is said."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import case, select
from sqlalchemy.dialects.postgresql import insert

from yiji.core import clock
from yiji.core.contract.recording import ListExamination, UnlistExamination, WorklistEntry
from yiji.core.errors import YijiError
from yiji.core.job import Job
from yiji.core.message import Done
from yiji.core.store.db import Tx
from yiji.devices.handlers.recordings import rematch, waiting_for
from yiji.devices.keeping import WORKLIST, entry_of, lock_accessions
from yiji.devices.matching import match


def list_examination(tx: Tx, jobs: Sequence[Job[ListExamination]]) -> list[WorklistEntry | YijiError]:
    """List examinations; a recording that came before its examination was listed finds it now."""
    lock_accessions(tx.db, {job.command.order.accession_number for job in jobs})
    return [_list(tx, job) for job in jobs]


def _list(tx: Tx, job: Job[ListExamination]) -> WorklistEntry:
    command, order = job.command, job.command.order
    values: dict[str, Any] = {
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
    _say(tx, values, {"state": case((WORKLIST.c.state == "done", "done"), else_="scheduled")})
    row = tx.db.execute(select(WORKLIST).where(WORKLIST.c.item_id == order.item_id)).mappings().one()
    if row["state"] == "scheduled":
        for waiting in waiting_for(tx, order.accession_number):
            found = match(order.accession_number, waiting.patient_id, order, named=False)
            rematch(tx, job, waiting, order.accession_number, found)
    return entry_of(row if row["order"] else values)


def _say(tx: Tx, values: dict[str, Any], instead: dict[str, Any]) -> None:
    """Write what is said of an examination, unless something later was said of it already."""
    statement = insert(WORKLIST).values(values)
    changed = {name: statement.excluded[name] for name in values if name != "item_id"} | instead
    later = WORKLIST.c.as_of <= statement.excluded.as_of
    tx.db.execute(statement.on_conflict_do_update(index_elements=[WORKLIST.c.item_id], set_=changed, where=later))


def unlist_examination(tx: Tx, jobs: Sequence[Job[UnlistExamination]]) -> list[Done | YijiError]:
    """Take examinations off; one that is not listed yet leaves a mark, which what was said earlier does not pass."""
    for job in jobs:
        values = {
            "item_id": job.command.item_id,
            "as_of": job.command.as_of,
            "state": "cancelled",
            "listed_at": clock.now(),
        }
        _say(tx, values, {})
    return [Done() for _ in jobs]
