"""What devices have to do, in whatever order it is said; one examination is many of one."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from sqlalchemy import select

from yiji.core import clock
from yiji.core.contract.recording import (
    ListExamination,
    ListExaminations,
    Listing,
    UnlistExamination,
    UnlistExaminations,
    Unlisting,
    WorklistEntry,
)
from yiji.core.errors import YijiError
from yiji.core.job import Job
from yiji.core.message import Done
from yiji.core.store.ask import Asked
from yiji.core.store.bulk import insert_rows
from yiji.core.store.db import Tx
from yiji.core.store.match import one_of_named, texts
from yiji.devices.handlers.recordings import rematch, waiting_for
from yiji.devices.keeping import WORKLIST, entry_of, lock_accessions
from yiji.devices.matching import match

S = TypeVar("S", Listing, Unlisting)

_PLACE = ("accession_number", "station", "modality", "starts_at", "order")
# What is said of an examination counts unless something later was said of it already.
_UNLESS_LATER = "WHERE devices_worklist.as_of <= excluded.as_of"
_SAID = "as_of = excluded.as_of, listed_at = excluded.listed_at"
_LIST = f"""(item_id) DO UPDATE SET {_SAID}, {", ".join(f'"{name}" = excluded."{name}"' for name in _PLACE)},
    state = CASE devices_worklist.state WHEN 'done' THEN 'done' ELSE 'scheduled' END {_UNLESS_LATER}"""
_UNLIST = f"(item_id) DO UPDATE SET {_SAID}, state = 'cancelled' {_UNLESS_LATER}"
_LISTED = Asked(select(WORKLIST).where(one_of_named(WORKLIST.c.item_id, "items")))


def list_examination(tx: Tx, jobs: Sequence[Job[ListExamination]]) -> list[WorklistEntry | YijiError]:
    """List examinations, and return how they stand now."""
    _list(tx, [(job, job.command) for job in jobs])
    items = texts({job.command.order.item_id for job in jobs})
    listed = {row.item_id: row for row in _LISTED.all(tx.db, items=items)}
    return [_entry(listed[job.command.order.item_id], job.command) for job in jobs]


def list_examinations(tx: Tx, jobs: Sequence[Job[ListExaminations]]) -> list[Done | YijiError]:
    """List many examinations for each that asks."""
    _list(tx, [(job, listing) for job in jobs for listing in job.command.listings])
    return [Done() for _ in jobs]


def unlist_examination(tx: Tx, jobs: Sequence[Job[UnlistExamination]]) -> list[Done | YijiError]:
    """Take examinations off."""
    _unlist(tx, [job.command for job in jobs])
    return [Done() for _ in jobs]


def unlist_examinations(tx: Tx, jobs: Sequence[Job[UnlistExaminations]]) -> list[Done | YijiError]:
    """Take many examinations off for each that asks."""
    _unlist(tx, [unlisting for job in jobs for unlisting in job.command.unlistings])
    return [Done() for _ in jobs]


def _list(tx: Tx, said: Sequence[tuple[Job[Any], Listing]]) -> None:
    """Write what is said; a recording that came before its examination was listed finds it now."""
    jobs = {listing.order.accession_number: job for job, listing in said}
    lock_accessions(tx.db, set(jobs))
    last = _last((listing.order.item_id, listing) for _, listing in said)
    insert_rows(tx.db, WORKLIST, [_row(listing) for listing in last], _LIST)
    for recording, order in waiting_for(tx, jobs):
        found = match(order.accession_number, recording.patient_id, order, named=False)
        rematch(tx, jobs[order.accession_number], recording, order.accession_number, found)


def _unlist(tx: Tx, said: Iterable[Unlisting]) -> None:
    """Take examinations off; one that is not listed yet leaves a mark, which what was said earlier does not pass."""
    now = clock.now()
    rows: list[dict[str, Any]] = [
        {"item_id": one.item_id, "as_of": one.as_of, "state": "cancelled", "listed_at": now}
        for one in _last((one.item_id, one) for one in said)
    ]
    insert_rows(tx.db, WORKLIST, rows, _UNLIST)


def _last(said: Iterable[tuple[str, S]]) -> list[S]:
    """Return what was said last of each examination, in the one order in which all write them."""
    last = dict(sorted(said, key=lambda one: one[1].as_of))
    return [last[item_id] for item_id in sorted(last)]


def _row(listing: Listing) -> dict[str, Any]:
    order = listing.order
    return {
        "item_id": order.item_id,
        "as_of": listing.as_of,
        "state": "scheduled",
        "accession_number": order.accession_number,
        "station": listing.station,
        "modality": order.modality,
        "starts_at": listing.starts_at,
        "order": order,
        "listed_at": clock.now(),
    }


def _entry(row: Any, told: Listing) -> WorklistEntry:
    """Return how an examination stands; one that was cancelled before it was listed, as it was told."""
    return entry_of(row._asdict() if row.order else _row(told))
