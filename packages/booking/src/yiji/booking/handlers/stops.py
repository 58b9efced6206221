"""Stops 停诊/停机: a device's slots are closed, and the displaced get new places with the least disruption."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select, text, update

from yiji.booking.errors import SlotClosed
from yiji.booking.handlers.deciding import change
from yiji.booking.handlers.editions import lock_current
from yiji.booking.handlers.telling import tell
from yiji.booking.handlers.writing import write
from yiji.booking.known import known
from yiji.booking.loading.boards import board_for
from yiji.booking.loading.displaced import affected
from yiji.booking.queries.stops import check_stretch, prepare, read_stops, told_displaced
from yiji.booking.rules.decide import Decision
from yiji.booking.rules.displacing import replace_displaced
from yiji.booking.tables import DisplacedRow, StopRow
from yiji.core import clock, ids
from yiji.core.contract.inventory import Displaced, NoteTold, PlacesOpened, ResumeDevice, Stop, StopDevice
from yiji.core.errors import NotFound, YijiError
from yiji.core.job import Job
from yiji.core.message import Done
from yiji.core.store.bulk import insert_rows
from yiji.core.store.db import Tx

STOP, DISPLACED = StopRow.table(), DisplacedRow.table()
_CLOSE = text("""
    UPDATE booking_slot SET closed = true WHERE id = ANY(ARRAY(
        SELECT id FROM booking_slot
        WHERE device = :device AND starts_at < :end AND ends_at > :start AND NOT (closed AND capacity = 0)
        ORDER BY id FOR NO KEY UPDATE
    )) RETURNING id
""")
_OPEN = text("""
    UPDATE booking_slot SET closed = false
    WHERE id = ANY(:ids) AND starts_at > :now
      AND NOT EXISTS (
        SELECT 1 FROM booking_stop s
        WHERE s.id <> :stop AND s.resumed_at IS NULL AND booking_slot.id = ANY(s.slots))
""")


def stop_device(tx: Tx, jobs: Sequence[Job[StopDevice]]) -> list[Stop | YijiError]:
    """Close devices for a while."""
    return [_stop(tx, job) for job in jobs]


def _stop(tx: Tx, job: Job[StopDevice]) -> Stop | YijiError:
    command, house = job.command, known(tx)
    refusal = check_stretch(house, command.device, command.starts_at, command.ends_at)
    if refusal is not None:
        return refusal
    lock_current(tx)  # so that nobody opens slots inside the stop meanwhile
    span = (command.device, command.starts_at, command.ends_at)
    appointments, options, board = prepare(tx, house, *span)
    closed = sorted(tx.db.execute(_CLOSE, dict(zip(("device", "start", "end"), span, strict=True))).scalars())
    told: list[Displaced] = []
    decisions: list[Decision] = []
    for was in appointments:
        decision, why = None, ""
        if command.replan:
            link = change(board, job, "displaced", "", command.reason)
            decision, why = replace_displaced(board, was.id, options[was.id], closed, link)
        told.append(told_displaced(board, was, decision, why))
        decisions += [decision] if decision else []
    write(tx, board, decisions, board.now)
    for decision in decisions:
        tell(board, job, decision, command.reason)
    told += _booked_meanwhile(tx, job, {one.id for one in appointments})
    stop_id = ids.new("stp")
    _keep(tx, job, stop_id, closed, told)
    return read_stops(tx, STOP.c.id == stop_id, 1)[0]


def _booked_meanwhile(tx: Tx, job: Job[StopDevice], seen: set[str]) -> list[Displaced]:
    """Return those who were booked after we looked and before the slots were closed: they stay, and must be seen to."""
    command = job.command
    late = [one for one in affected(tx, command.device, command.starts_at, command.ends_at) if one.id not in seen]
    if not late:
        return []
    board = board_for(tx, (), [(one.id, "") for one in late])
    return [told_displaced(board, one, None, SlotClosed.code) for one in late]


def _keep(tx: Tx, job: Job[StopDevice], stop_id: str, closed: Sequence[str], told: Sequence[Displaced]) -> None:
    command = job.command
    row = {
        "id": stop_id,
        "device": command.device,
        "starts_at": command.starts_at,
        "ends_at": command.ends_at,
        "reason": command.reason,
        "slots": list(closed),
        "at": clock.now(),
    }
    insert_rows(tx.db, STOP, [row])
    rows = [
        {"stop_id": stop_id, "appointment_id": one.appointment_id, "body": one.model_dump(mode="json")} for one in told
    ]
    insert_rows(tx.db, DISPLACED, rows)


def resume_device(tx: Tx, jobs: Sequence[Job[ResumeDevice]]) -> list[Stop | YijiError]:
    """End stops: slots to come open again, unless another stop keeps them closed."""
    return [_resume(tx, job) for job in jobs]


def _resume(tx: Tx, job: Job[ResumeDevice]) -> Stop | YijiError:
    stop_id = job.command.stop_id
    row: Row[Any] | None = tx.db.execute(select(STOP).where(STOP.c.id == stop_id).with_for_update()).first()
    if row is None:
        return NotFound(what="stop", id=stop_id)
    if row.resumed_at is None:
        now = clock.now()
        tx.db.execute(_OPEN, {"ids": row.slots, "now": now, "stop": stop_id})
        tx.db.execute(update(STOP).where(STOP.c.id == stop_id).values(resumed_at=now))
        job.emit(PlacesOpened(device=row.device, starts_at=row.starts_at, ends_at=row.ends_at))
    return read_stops(tx, STOP.c.id == stop_id, 1)[0]


def note_told(tx: Tx, jobs: Sequence[Job[NoteTold]]) -> list[Done | YijiError]:
    """Note that patients know."""
    answers: list[Done | YijiError] = []
    for job in jobs:
        one = (DISPLACED.c.stop_id == job.command.stop_id) & (DISPLACED.c.appointment_id == job.command.appointment_id)
        done = tx.db.execute(update(DISPLACED).where(one).values(told_at=clock.now()))
        answers.append(Done() if done.rowcount else NotFound(what="appointment", id=job.command.appointment_id))
    return answers
