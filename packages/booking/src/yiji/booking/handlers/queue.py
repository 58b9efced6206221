"""The day of the examination: start, skip 过号, back again, another room 转诊室, triage 分诊, done."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Row, select, update

from yiji.booking.errors import WrongRoom
from yiji.booking.handlers.ticketing import (
    changed,
    check_state,
    last_positions,
    locked_ticket,
    number_of,
    standing_of,
    waiting,
    write,
)
from yiji.booking.known import known
from yiji.booking.loading.names import APPOINTMENT, ITEM
from yiji.booking.loading.patients import lock_owners
from yiji.booking.queries.tickets import TICKET, standing
from yiji.booking.rules.queueing import FIRST, time_behind
from yiji.core import clock
from yiji.core.contract.booking import FulfilExam
from yiji.core.contract.queue import (
    QueueChanged,
    Rank,
    RequeuePatient,
    SkipPatient,
    StartExam,
    Ticket,
    TransferPatient,
    TriagePatient,
)
from yiji.core.errors import YijiError
from yiji.core.job import Job
from yiji.core.message import Done
from yiji.core.store.db import Tx
from yiji.core.store.match import one_of


def start_exam(tx: Tx, jobs: Sequence[Job[StartExam]]) -> list[Ticket | YijiError]:
    """Note that called patients are in the room."""
    return [_start(tx, job) for job in jobs]


def _start(tx: Tx, job: Job[StartExam]) -> Ticket:
    house, now = known(tx), clock.now()
    row = locked_ticket(tx, house, job.command.ticket_id, now)
    check_state(row, ("called",))
    write(tx, row, state="in_progress", started_at=now)
    return changed(tx, house, job, row.id, row.room, "started", now)


def skip_patient(tx: Tx, jobs: Sequence[Job[SkipPatient]]) -> list[Ticket | YijiError]:
    """Skip called patients who did not come."""
    return [_skip(tx, job) for job in jobs]


def _skip(tx: Tx, job: Job[SkipPatient]) -> Ticket:
    house, now = known(tx), clock.now()
    row = locked_ticket(tx, house, job.command.ticket_id, now)
    check_state(row, ("called",))
    write(tx, row, stage="checked_in", state="skipped")
    return changed(tx, house, job, row.id, row.room, "skipped", now)


def requeue_patient(tx: Tx, jobs: Sequence[Job[RequeuePatient]]) -> list[Ticket | YijiError]:
    """Let skipped patients queue again, some places behind the first."""
    return [_requeue(tx, job) for job in jobs]


def _requeue(tx: Tx, job: Job[RequeuePatient]) -> Ticket:
    house, now = known(tx), clock.now()
    row = locked_ticket(tx, house, job.command.ticket_id, now)
    check_state(row, ("skipped",))
    others = [standing(other, house) for other in waiting(tx, house, row.room, now)]
    queue_at = time_behind(standing(row, house), others, house.parameters.skip_places, now)
    write(tx, row, state="ready", queue_at=queue_at, calls=0, called_at=None)
    return changed(tx, house, job, row.id, row.room, "requeued", now)


def transfer_patient(tx: Tx, jobs: Sequence[Job[TransferPatient]]) -> list[Ticket | YijiError]:
    """Let waiting patients queue at other rooms; they keep their standing and get a new number."""
    return [_transfer(tx, job) for job in jobs]


def _transfer(tx: Tx, job: Job[TransferPatient]) -> Ticket:
    house, now, wish = known(tx), clock.now(), job.command
    row = locked_ticket(tx, house, wish.ticket_id, now, wish.room)
    check_state(row, ("ready", "called"))
    exam = house.exams.get(row.exam_code)
    able = {house.place(device).room for device in (exam.makers if exam else ())} - {row.room}
    if wish.room not in able:
        raise WrongRoom(room=wish.room, exam=row.exam_name, rooms=", ".join(sorted(able)) or "-")
    day = clock.local(now, house.zone).date()
    position = last_positions(tx, [wish.room], day)[wish.room] + 1
    place = {"room": wish.room, "day": day, "position": position, "number": number_of(position)}
    note = "; ".join(part for part in (row.note, wish.reason) if part)
    write(tx, row, stage="checked_in", state="ready", calls=0, called_at=None, note=note, **place)
    job.emit(QueueChanged(room=row.room, ticket_id=row.id, what="transferred"))
    return changed(tx, house, job, row.id, wish.room, "transferred", now)


def triage_patient(tx: Tx, jobs: Sequence[Job[TriagePatient]]) -> list[Ticket | YijiError]:
    """Change waiting patients' ranks."""
    return [_triage(tx, job) for job in jobs]


def _triage(tx: Tx, job: Job[TriagePatient]) -> Ticket:
    """Rank anew; the queue time changes with the class only: who was skipped does not win his old place back."""
    house, now, wish = known(tx), clock.now(), job.command
    row = locked_ticket(tx, house, wish.ticket_id, now)
    check_state(row, ("ready", "skipped"))
    values = standing_of(wish.rank, row.starts_at, row.checked_in_at, row.position, house)
    if (wish.rank in FIRST) == (Rank(row.rank) in FIRST):
        del values["queue_at"]
    write(tx, row, **values, note=wish.note or row.note)
    return changed(tx, house, job, row.id, row.room, "triaged", now)


def fulfil_exam(tx: Tx, jobs: Sequence[Job[FulfilExam]]) -> list[Done | YijiError]:
    """Fulfil appointments, booked or checked in; an examination made without one only advances its item.

    What is only held stays so and lapses: a place that was never confirmed was not the one that served.
    """
    first = {job.command.item_id: job for job in reversed(jobs)}
    items = sorted(first)
    lock_owners(tx, items)
    served = one_of(APPOINTMENT.c.item_id, items) & APPOINTMENT.c.state.in_(("booked", "checked_in"))
    locked = select(APPOINTMENT.c.id, APPOINTMENT.c.item_id).where(served).order_by(APPOINTMENT.c.id)
    done = {row.id: row.item_id for row in tx.db.execute(locked.with_for_update(key_share=True))}
    if done:
        tx.db.execute(update(APPOINTMENT).where(one_of(APPOINTMENT.c.id, done)).values(state="fulfilled"))
        for ticket in _finished(tx, done):
            event = QueueChanged(room=ticket.room, ticket_id=ticket.id, what="done")
            first[done[ticket.appointment_id]].emit(event)
    before = ITEM.c.stage.in_(("registered", "booked", "checked_in", "called"))
    tx.db.execute(update(ITEM).where(one_of(ITEM.c.id, items), before).values(stage="examined"))
    return [Done() for _ in jobs]


def _finished(tx: Tx, appointments: Iterable[str]) -> Sequence[Row[*tuple[Any, ...]]]:
    """End the tickets of fulfilled appointments, whatever the desk noted of them."""
    still_open = one_of(TICKET.c.appointment_id, appointments) & TICKET.c.state.not_in(("done", "left"))
    done = update(TICKET).where(still_open).values(state="done", done_at=clock.now())
    return tx.db.execute(done.returning(TICKET.c.id, TICKET.c.room, TICKET.c.appointment_id)).all()
