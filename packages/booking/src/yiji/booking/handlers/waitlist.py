"""The waitlist 候补: who waits, and who gets a place that came free."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import chain
from typing import Any

from sqlalchemy import Row, select, text, update

from yiji.booking.errors import WrongState
from yiji.booking.handlers.deciding import asks, change
from yiji.booking.handlers.telling import tell
from yiji.booking.handlers.writing import write
from yiji.booking.known import Known, known
from yiji.booking.loading import items
from yiji.booking.loading.boards import board_for
from yiji.booking.queries.waitlist import told_waits
from yiji.booking.rules import decide
from yiji.booking.rules.board import Board
from yiji.booking.rules.decide import Decision, Wish
from yiji.booking.rules.judging import STAFF, Judgement, check_patient
from yiji.booking.rules.pools import usual_pool
from yiji.booking.tables import WaitRow
from yiji.core import clock, ids
from yiji.core.contract.booking import Backfill, BackfillResult, JoinWaitlist, LeaveWaitlist, Wait
from yiji.core.errors import NotFound, YijiError
from yiji.core.job import Job
from yiji.core.store.ask import Asked
from yiji.core.store.bulk import insert_rows
from yiji.core.store.db import Tx
from yiji.core.store.match import one_of, texts

WAIT = WaitRow.table()
DAYS = 30  # a wish without a last day waits so long
Chances = list[tuple[Row[Any], list[Row[Any]]]]  # who waits, and the free slots that suit

# Free slots of a device from a moment on, and who waits for what it makes; the most urgent, then the longest waiting.
_FREE = text("""
    SELECT id, starts_at, ends_at FROM booking_slot
    WHERE device = :device AND starts_at >= :start AND starts_at < :end AND ends_at > :now AND NOT closed
      AND held + booked < capacity
    ORDER BY starts_at LIMIT 20
""")
_WAITING = text("""
    SELECT * FROM booking_wait
    WHERE state = 'waiting' AND exam_code = ANY(:exams) AND first_day <= :last AND last_day >= :first
    ORDER BY CASE priority WHEN 'stat' THEN 0 WHEN 'urgent' THEN 1 ELSE 2 END, since, id LIMIT 50
    FOR UPDATE SKIP LOCKED
""")

_WAITED_FOR = Asked("""
    SELECT DISTINCT exam_code FROM booking_wait WHERE state = 'waiting' AND exam_code = ANY(%(exams)s::text[])
""")


def join_waitlist(tx: Tx, jobs: Sequence[Job[JoinWaitlist]]) -> list[Wait | YijiError]:
    """Note wishes; an item that waits already keeps its place in the row."""
    return [_guarded(_join, tx, job) for job in jobs]


def leave_waitlist(tx: Tx, jobs: Sequence[Job[LeaveWaitlist]]) -> list[Wait | YijiError]:
    """Forget wishes."""
    return [_guarded(_leave, tx, job) for job in jobs]


def backfill(tx: Tx, jobs: Sequence[Job[Backfill]]) -> list[BackfillResult | YijiError]:
    """Give places that came free to who waits; mostly nobody does, which one statement tells for all.

    All whom the batch may serve are locked together, then all places: patients before slots, for every batch alike.
    """
    house = known(tx)
    makes = {device: _makes(house, device) for device in {job.command.device for job in jobs}}
    waited_for = {row.exam_code for row in _WAITED_FOR.all(tx.db, exams=texts({*chain(*makes.values())}))}
    chances: list[Chances] = [
        [] if waited_for.isdisjoint(exams) else _chances(tx, house, job.command, exams)
        for job, exams in ((job, makes[job.command.device]) for job in jobs)
    ]
    pairs = {(wait.item_id, slot.id) for one in chances for wait, slots in one for slot in slots}
    if not pairs:
        return [BackfillResult(served=()) for _ in jobs]
    board, served = board_for(tx, sorted(pairs)), set[str]()
    return [_serve_some(tx, board, job, one, served) for job, one in zip(jobs, chances, strict=True)]


def _makes(house: Known, device: str) -> list[str]:
    return [exam.code for exam in house.exams.values() if device in exam.makers]


def _guarded(do: Any, tx: Tx, job: Job[Any]) -> Wait | YijiError:
    try:
        return do(tx, job)
    except YijiError as refusal:
        return refusal


def _join(tx: Tx, job: Job[JoinWaitlist]) -> Wait:
    command, house = job.command, known(tx)
    asks(job)
    item = items(tx.db, [command.item_id], house).get(command.item_id)
    if item is None:
        raise NotFound(what="order item", id=command.item_id)
    check_patient(Board(house, clock.now()), item, Judgement(patient=job.actor.patient))
    if item.state != "active":
        raise WrongState(what="order item", id=command.item_id, state=item.state)
    today = clock.today(house.zone)
    first = command.first_day or today
    row = {
        "id": ids.new("wai"),
        "item_id": command.item_id,
        "patient_id": item.order.patient.id,
        "exam_code": item.exam.code,
        "pool": command.pool or usual_pool(item.order.patient.visit_class, bool(job.actor.patient)),
        "first_day": first,
        "last_day": command.last_day or max(first, today) + timedelta(days=DAYS),
        "notice_minutes": command.notice_minutes,
        "automatic": command.automatic,
        "priority": item.order.priority.value,
        "state": "waiting",
        "since": clock.now(),
        "appointment_id": "",
    }
    insert_rows(tx.db, WAIT, [row], "(item_id) WHERE state IN ('waiting', 'offered') DO NOTHING")
    mine = select(WAIT.c.id).where(WAIT.c.item_id == command.item_id, WAIT.c.state.in_(("waiting", "offered")))
    return _read(tx, tx.db.execute(mine).scalar_one())


def _read(tx: Tx, wait_id: str) -> Wait:
    return told_waits(tx, WAIT.c.id == wait_id, 1)[0]


def _leave(tx: Tx, job: Job[LeaveWaitlist]) -> Wait:
    query = select(WAIT).where(WAIT.c.id == job.command.wait_id).with_for_update()
    row = tx.db.execute(query).first()
    if row is None:
        raise NotFound(what="wait", id=job.command.wait_id)
    if job.actor.patient and job.actor.patient != row.patient_id:
        raise NotFound(what="wait", id=job.command.wait_id)
    if row.state not in ("waiting", "offered"):
        raise WrongState(what="wait", id=row.id, state=row.state)
    tx.db.execute(update(WAIT).where(WAIT.c.id == row.id).values(state="left"))
    return _read(tx, row.id)


def _chances(tx: Tx, house: Known, command: Backfill, exams: Sequence[str]) -> Chances:
    """Return who waits for places of a stretch, the most urgent first, each with those that suit him."""
    span = {"device": command.device, "start": command.starts_at, "end": command.ends_at, "now": clock.now()}
    free: Sequence[Row[Any]] = tx.db.execute(_FREE, span).all()
    if not free:
        return []
    days = [clock.local(slot.starts_at, house.zone).date() for slot in free]
    waits = tx.db.execute(_WAITING, {"exams": exams, "first": days[0], "last": days[-1]}).all()
    return [(wait, [slot for slot in free if _suits(wait, slot, house)]) for wait in waits]


def _serve_some(tx: Tx, board: Board, job: Job[Backfill], chances: Chances, served: set[str]) -> BackfillResult:
    """Serve one command; `served` are the wishes that this batch has fulfilled already."""
    mine = [
        wait.id for wait, slots in chances if wait.id not in served and slots and _serve(tx, board, job, wait, slots)
    ]
    served.update(mine)
    return BackfillResult(served=told_waits(tx, one_of(WAIT.c.id, mine), len(mine)) if mine else ())


def _serve(tx: Tx, board: Board, job: Job[Backfill], wait: Row[Any], slots: Sequence[Row[Any]]) -> bool:
    """Try slots, earliest first; the first that nothing stands against is offered, or booked at once."""
    has = board.live_of_item(board.items[wait.item_id])
    for slot in slots:
        if has is not None and slot.starts_at >= has.starts_at:
            return False
        try:
            decision = _decide(board, job, wait, slot.id, has.id if has else "")
        except YijiError:
            continue
        decide.apply(board, decision)
        write(tx, board, [decision], board.now)
        tell(board, job, decision, "waitlist")
        state = "offered" if decision.appointment.expires_at else "served"
        values = {"state": state, "appointment_id": decision.appointment.id}
        tx.db.execute(update(WAIT).where(WAIT.c.id == wait.id).values(values))
        return True
    return False


def _suits(wait: Row[Any], slot: Row[Any], house: Known) -> bool:
    """Whether a slot is on the days that were wished for, and leaves time enough to come."""
    day = clock.local(slot.starts_at, house.zone).date()
    notice = timedelta(minutes=wait.notice_minutes)
    return wait.first_day <= day <= wait.last_day and slot.starts_at >= clock.now() + notice


def _decide(board: Board, job: Job[Backfill], wait: Row[Any], slot_id: str, appointment_id: str) -> Decision:
    """Move what is booked later; else book, or hold until the patient says yes."""
    link = change(board, job, "moved", slot_id, "waitlist")
    if appointment_id:
        return decide.move(board, appointment_id, Wish("", slot_id, wait.pool, asks=STAFF), link)
    offered = board.now + timedelta(minutes=board.house.parameters.offer_minutes)
    until = None if wait.automatic else offered
    return decide.book(board, Wish(wait.item_id, slot_id, wait.pool, until), ids.new("apt"), link)
