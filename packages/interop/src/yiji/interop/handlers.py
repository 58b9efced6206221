"""KeepMessage, SettleMessage, DispatchResult, RecordDelivery."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, bindparam, select, update
from sqlalchemy.dialects.postgresql import insert

from yiji.core import clock, ids
from yiji.core.contract.delivery import (
    KeepMessage,
    RawMessage,
    RawState,
    RecordDelivery,
    ResultDelivered,
    SettleMessage,
)
from yiji.core.errors import NotFound, YijiError
from yiji.core.job import Job
from yiji.core.message import Done
from yiji.core.store.db import Tx
from yiji.core.store.match import one_of, pair_of
from yiji.interop.messages import DispatchResult, ResultDue
from yiji.interop.tables import MessageRow, ResultRow

_MESSAGE, _RESULT = MessageRow.table(), ResultRow.table()
Same = tuple[str, str, str, str]  # channel, sender, control id, sha256

REUSED = "control_id_reused"


def raw_message(row: RowMapping, duplicate: bool = False) -> RawMessage:
    """Return a row as the house tells it."""
    return RawMessage.model_validate({**row, "duplicate": duplicate})


def keep_message(tx: Tx, jobs: Sequence[Job[KeepMessage]]) -> list[RawMessage | YijiError]:
    """Keep raw messages; the same again is told as a duplicate, with what became of it."""
    names = tx.blobs.put_all(job.command.raw for job in jobs)
    same = [_same(job.command, name) for job, name in zip(jobs, names, strict=True)]
    fresh = _insert(tx, same)
    kept = _find(tx, names)
    outcomes: list[RawMessage | YijiError] = []
    for one in same:
        row = kept[one]
        outcomes.append(raw_message(row, duplicate=row["id"] not in fresh))
        fresh.discard(row["id"])  # the same once more in this batch is a duplicate
    return outcomes


def _same(command: KeepMessage, sha256: str) -> Same:
    return command.channel, command.sender, command.control_id, sha256


def _insert(tx: Tx, same: Sequence[Same]) -> set[str]:
    """Write what is not there yet; return the ids that are new. A number seen with other content is noted."""
    used = _contents(tx, same)
    now = clock.now()
    rows = [_row(one, now, reused=bool(used.get((one[1], one[2]), set()) - {one[3]})) for one in dict.fromkeys(same)]
    rows.sort(key=lambda row: row["sha256"])  # one order for all writers, so that none waits in a circle
    written = insert(_MESSAGE).values(rows).on_conflict_do_nothing().returning(_MESSAGE.c.id)
    return set(tx.db.execute(written).scalars())


def _row(one: Same, now: datetime, *, reused: bool) -> dict[str, Any]:
    channel, sender, control_id, sha256 = one
    return {
        "id": ids.new("msg"),
        "channel": channel,
        "sender": sender,
        "control_id": control_id,
        "sha256": sha256,
        "state": RawState.KEPT.value,
        "error": "",
        "notes": REUSED if reused else "",
        "answer": b"",
        "received_at": now,
    }


def _contents(tx: Tx, same: Sequence[Same]) -> dict[tuple[str, str], set[str]]:
    """Return (sender, control id) -> contents under that number, kept or in this batch."""
    contents: dict[tuple[str, str], set[str]] = {}
    for _, sender, control_id, sha256 in same:
        if control_id:
            contents.setdefault((sender, control_id), set()).add(sha256)
    columns = (_MESSAGE.c.sender, _MESSAGE.c.control_id, _MESSAGE.c.sha256)
    for row in tx.db.execute(select(*columns).where(pair_of(*columns[:2], contents))):
        contents[row[0], row[1]].add(row[2])
    return contents


def _find(tx: Tx, names: Sequence[str]) -> dict[Same, RowMapping]:
    rows = tx.db.execute(select(_MESSAGE).where(one_of(_MESSAGE.c.sha256, names))).mappings()
    return {(row["channel"], row["sender"], row["control_id"], row["sha256"]): row for row in rows}


def settle_message(tx: Tx, jobs: Sequence[Job[SettleMessage]]) -> list[Done | YijiError]:
    """Write what became of messages; what is done stays done."""
    wanted = [job.command.message_id for job in jobs]
    kept = select(_MESSAGE.c.id, _MESSAGE.c.notes).where(one_of(_MESSAGE.c.id, wanted))
    notes: dict[str, str] = {row[0]: row[1] for row in tx.db.execute(kept)}
    rows = [_settled(job.command, notes[job.command.message_id]) for job in jobs if job.command.message_id in notes]
    if rows:
        names = ("state", "error", "answer", "notes")
        values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names}
        open_ = (_MESSAGE.c.id == bindparam("message")) & (_MESSAGE.c.state != RawState.DONE.value)
        tx.db.execute(update(_MESSAGE).where(open_).values(values), sorted(rows, key=lambda row: row["message"]))
    return [Done() if one in notes else NotFound(what="message", id=one) for one in wanted]


def _settled(command: SettleMessage, notes: str) -> dict[str, Any]:
    told = [note for text in (notes, command.notes) for note in text.split("; ") if note]
    return {
        "message": command.message_id,
        "new_state": command.state.value,
        "new_error": command.error,
        "new_answer": command.answer,
        "new_notes": "; ".join(dict.fromkeys(told)),
    }


def dispatch_result(tx: Tx, jobs: Sequence[Job[DispatchResult]]) -> list[Done | YijiError]:
    """Tell of each peer's share."""
    for job in jobs:
        for due in job.command.due:
            lane = f"{job.command.signed.report_id}@{due.peer}"
            job.emit(ResultDue(lane=lane, due=due, signed=job.command.signed))
    return [Done() for _ in jobs]


def record_delivery(tx: Tx, jobs: Sequence[Job[RecordDelivery]]) -> list[Done | YijiError]:
    """Write acknowledged results; the same again is not told again."""
    for job in jobs:
        row = {"id": ids.new("res"), **job.command.model_dump(), "delivered_at": clock.now()}
        written = insert(_RESULT).values(row).on_conflict_do_nothing().returning(_RESULT.c.id)
        if tx.db.execute(written).scalar() is not None:
            told = job.command.model_dump(exclude={"blob", "acknowledgement"})
            job.emit(ResultDelivered(**told))
    return [Done() for _ in jobs]
