"""KeepMessage, SettleMessage, DispatchResult, RecordDelivery."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, bindparam, case, exists, select, tuple_, update
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
from yiji.core.store.match import one_of
from yiji.interop.messages import DispatchResult, ResultDue
from yiji.interop.tables import MessageRow, ResultRow

_MESSAGE, _RESULT = MessageRow.table(), ResultRow.table()
Same = tuple[str, str, str, str]  # channel, sender, control id, sha256

REUSED = "control_id_reused"


def raw_message(row: RowMapping, **more: Any) -> RawMessage:
    """Return a row as the house tells it."""
    return RawMessage.model_validate({**row, **more})


def keep_message(tx: Tx, jobs: Sequence[Job[KeepMessage]]) -> list[RawMessage | YijiError]:
    """Keep raw messages; the same again is told as a duplicate, with what became of it.

    A control id that came before with other content makes a message of its own, and is noted.
    """
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
    """Write what is not there yet; return the ids that it would have."""
    now = clock.now()
    rows = [_row(one, now) for one in sorted(set(same))]  # one order for all writers: none waits in a circle
    tx.db.execute(insert(_MESSAGE).on_conflict_do_nothing(), rows)
    return {row["id"] for row in rows}


def _row(one: Same, now: datetime) -> dict[str, Any]:
    channel, sender, control_id, sha256 = one
    return {
        "id": ids.new("msg"),
        "channel": channel,
        "sender": sender,
        "control_id": control_id,
        "sha256": sha256,
        "state": RawState.KEPT.value,
        "error": "",
        "notes": "",
        "answer": b"",
        "received_at": now,
    }


def _find(tx: Tx, names: Sequence[str]) -> dict[Same, RowMapping]:
    """Return the rows of these contents, each noted where its number came earlier with another content."""
    other, mine = _MESSAGE.alias(), _MESSAGE.c
    earlier = tuple_(other.c.received_at, other.c.id) < tuple_(mine.received_at, mine.id)
    number = (other.c.control_id == mine.control_id) & (other.c.sender == mine.sender)
    reused = (mine.control_id != "") & exists().where(number, earlier, other.c.sha256 != mine.sha256)
    notes = case((reused & (mine.notes == ""), REUSED), else_=mine.notes).label("notes")
    columns = [column for column in mine if column.name != "notes"]
    rows = tx.db.execute(select(*columns, notes).where(one_of(mine.sha256, names))).mappings()
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
