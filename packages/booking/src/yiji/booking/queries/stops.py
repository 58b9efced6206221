"""Stops: whom one would displace and where they would go, and which stops there are."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, select

from yiji.booking.errors import BadRange
from yiji.booking.known import Known, known
from yiji.booking.loading.boards import board_for
from yiji.booking.loading.displaced import affected, candidates
from yiji.booking.loading.names import SLOT
from yiji.booking.rules.board import Board
from yiji.booking.rules.decide import Decision
from yiji.booking.rules.displacing import replace_displaced
from yiji.booking.rules.facts import AppointmentFacts, DeviceFacts
from yiji.booking.tables import DisplacedRow, StopRow
from yiji.core import clock
from yiji.core.actor import Actor
from yiji.core.contract.inventory import Displaced, ListStops, ListStopsResult, PreviewStop, Stop
from yiji.core.errors import NotFound, YijiError
from yiji.core.store.db import Tx
from yiji.core.store.match import one_of

STOP, DISPLACED = StopRow.table(), DisplacedRow.table()
Prepared = tuple[list[AppointmentFacts], dict[str, list[str]], Board]


def check_stretch(house: Known, device: str, start: datetime, end: datetime) -> YijiError | None:
    """Return what is wrong with a stretch of a device's time."""
    if start >= end or end <= clock.now():
        return BadRange(first=start.isoformat(), last=end.isoformat())
    groups = {group for codes in house.staff.values() for group in codes}
    if device not in house.devices and device not in groups:
        return NotFound(what="device", id=device)
    return None


def prepare(tx: Tx, house: Known, device: str, start: datetime, end: datetime) -> Prepared:
    """Return the displaced, the places that each could go to, and the board with all of it locked."""
    displaced = affected(tx, device, start, end)
    options = {one.id: candidates(tx, house, one, device, start, end) for one in displaced}
    wishes = [(one.id, slot) for one in displaced for slot in (*options[one.id], "")]
    board = board_for(tx, (), wishes)
    still = [one for one in displaced if board.appointments[one.id].is_live]
    return [board.appointments[one.id] for one in still], options, board


def told_displaced(board: Board, was: AppointmentFacts, decision: Decision | None, why: str) -> Displaced:
    """Return a displaced appointment as the contract tells it."""
    order, now = board.items[was.item_id].order, decision.appointment if decision else None
    return Displaced(
        appointment_id=was.id,
        accession_number=order.accession_number,
        patient_id=was.patient_id,
        patient_name=order.patient.name,
        phone=order.patient.phone,
        exam_name=order.exam_name,
        was_at=was.starts_at,
        was_room=_device(board, was.device).room_name,
        slot_id=now.slot_id if now else "",
        starts_at=now.starts_at if now else None,
        room_name=_device(board, now.device).room_name if now else "",
        why_not=why,
    )


def _device(board: Board, code: str) -> DeviceFacts:
    return board.house.devices.get(code) or DeviceFacts(code, code)


def preview_stop(tx: Tx, query: PreviewStop, actor: Actor) -> Stop:
    """Return what a stop would do; nothing is written."""
    house = known(tx)
    refusal = check_stretch(house, query.device, query.starts_at, query.ends_at)
    if refusal is not None:
        raise refusal
    displaced, options, board = prepare(tx, house, query.device, query.starts_at, query.ends_at)
    overlap = and_(SLOT.c.device == query.device, SLOT.c.starts_at < query.ends_at, SLOT.c.ends_at > query.starts_at)
    closed = set(tx.db.execute(select(SLOT.c.id).where(overlap)).scalars())
    link = {"at": board.now.isoformat(), "actor": actor.name, "what": "displaced", "reason": ""}
    told = [
        told_displaced(board, was, *replace_displaced(board, was.id, options[was.id], closed, link))
        for was in displaced
    ]
    return Stop(
        id="",
        device=query.device,
        starts_at=query.starts_at,
        ends_at=query.ends_at,
        reason="",
        closed_slots=len(closed),
        displaced=tuple(told),
    )


def read_stops(tx: Tx, where: ColumnElement[bool], limit: int) -> tuple[Stop, ...]:
    """Return stops as the contract tells them, newest first."""
    rows = tx.db.execute(select(STOP).where(where).order_by(STOP.c.at.desc()).limit(limit)).all()
    displaced: dict[str, list[Displaced]] = {}
    mine = select(DISPLACED).where(one_of(DISPLACED.c.stop_id, [row.id for row in rows]))
    for one in tx.db.execute(mine):
        told = Displaced.model_validate({**one.body, "told_at": one.told_at})
        displaced.setdefault(one.stop_id, []).append(told)
    return tuple(
        Stop(
            id=row.id,
            device=row.device,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            reason=row.reason,
            closed_slots=len(row.slots),
            displaced=tuple(sorted(displaced.get(row.id, ()), key=lambda one: (one.was_at, one.appointment_id))),
            resumed_at=row.resumed_at,
        )
        for row in rows
    )


def list_stops(tx: Tx, query: ListStops, actor: Actor) -> ListStopsResult:
    """Return stops that are in force or to come, with whom they displaced."""
    where: list[ColumnElement[bool]] = [STOP.c.id != ""]
    if not query.past:
        where += [STOP.c.ends_at > clock.now(), STOP.c.resumed_at.is_(None)]
    if query.device:
        where.append(STOP.c.device == query.device)
    return ListStopsResult(stops=read_stops(tx, and_(*where), query.limit))
