"""Check-in 签到: appointments get their tickets, many in one transaction, one outcome each."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from yiji.booking.errors import NotToday, WrongState
from yiji.booking.handlers.ticketing import last_positions, lock_rooms, number_of, standing_of
from yiji.booking.known import Known
from yiji.booking.loading.patients import lock_owners
from yiji.booking.queries.tickets import TICKET, placed, ticket_of
from yiji.booking.rules.queueing import rank_of, years_old
from yiji.core import clock, ids
from yiji.core.contract.queue import CheckIn, PatientCheckedIn, Ticket
from yiji.core.errors import NotFound, YijiError
from yiji.core.job import Job
from yiji.core.store.ask import Asked
from yiji.core.store.bulk import Writes
from yiji.core.store.db import Tx
from yiji.core.store.match import texts

_COMING = Asked("""
    SELECT a.id, a.item_id, a.device, a.starts_at, a.ends_at, a.state, o.priority, o.visit, o.id AS order_id,
        p.birth_date
    FROM booking_appointment a JOIN booking_item i ON i.id = a.item_id JOIN booking_order o ON o.id = i.order_id
    JOIN booking_patient p ON p.id = o.patient_id
    WHERE a.id = ANY(%(wanted)s::text[]) ORDER BY a.id FOR NO KEY UPDATE OF a
""")
_HERE = "UPDATE booking_appointment SET state = 'checked_in' WHERE id = ANY(%s::text[])"
_STAGE = "UPDATE booking_item SET stage = 'checked_in' WHERE id = ANY(%s::text[])"


def check_in(tx: Tx, jobs: Sequence[Job[CheckIn]]) -> list[Ticket | YijiError]:
    """Put appointments into their rooms' queues: patients are locked first, then appointments, then rooms."""
    now, wanted = clock.now(), [job.command.appointment_id for job in jobs]
    house = lock_owners(tx, (), wanted).house
    coming = {row.id: row for row in _COMING.all(tx.db, wanted=texts(wanted))}
    outcomes: dict[int, Ticket | YijiError] = {}
    welcome: dict[str, Job[CheckIn]] = {}
    for number, job in enumerate(jobs):
        try:
            _check(coming.get(job.command.appointment_id), job, welcome, house, now)
        except YijiError as refusal:
            outcomes[number] = refusal
        else:
            welcome[job.command.appointment_id] = job
    tickets = _queue(tx, house, [(coming[one], job) for one, job in welcome.items()], now) if welcome else {}
    return [outcomes.get(number) or tickets[job.command.appointment_id] for number, job in enumerate(jobs)]


def _check(row: Any, job: Job[CheckIn], welcome: Iterable[str], house: Known, now: datetime) -> None:
    """Raise `NotFound`, `WrongState`, or `NotToday`; what begins soon or is hardly over is today's at midnight too."""
    appointment = job.command.appointment_id
    if row is None:
        raise NotFound(what="appointment", id=appointment)
    state = "checked_in" if appointment in welcome else row.state
    if state != "booked":
        raise WrongState(what="appointment", id=appointment, state=state)
    day = clock.local(row.starts_at, house.zone).date()
    early, late = (
        timedelta(minutes=minutes) for minutes in (house.parameters.early_minutes, house.parameters.late_minutes)
    )
    if day != clock.local(now, house.zone).date() and not row.starts_at - early <= now <= row.ends_at + late:
        raise NotToday(what="appointment", id=appointment, day=day)
    if not house.place(row.device).room:
        raise NotFound(what="device", id=row.device)


def _queue(tx: Tx, house: Known, welcome: Sequence[tuple[Any, Job[CheckIn]]], now: datetime) -> dict[str, Ticket]:
    """Write tickets and tell of them; return each appointment's, as its room's queue stands with all of them."""
    day = clock.local(now, house.zone).date()
    rooms = sorted({house.place(row.device).room for row, _ in welcome})
    lock_rooms(tx, *rooms)
    last = last_positions(tx, rooms, day)
    rows = [_ticket(house, row, job.command, last, day, now) for row, job in welcome]
    writes = Writes()
    writes.insert(TICKET, rows)
    writes.add(_HERE, texts(sorted(row.id for row, _ in welcome)))
    writes.add(_STAGE, texts(sorted(row.item_id for row, _ in welcome)))
    writes.write(tx.db)
    board = {one.row.id: one for one in placed(tx, house, day, now, rooms)}
    tickets: dict[str, Ticket] = {}
    for made, (row, job) in zip(rows, welcome, strict=True):
        ticket = tickets[row.id] = ticket_of(board[made["id"]])
        job.emit(PatientCheckedIn(order_id=row.order_id, appointment_id=row.id, item_id=row.item_id, ticket=ticket))
    return tickets


def _ticket(house: Known, row: Any, wish: CheckIn, last: dict[str, int], day: date, now: datetime) -> dict[str, Any]:
    """Return a new ticket; `last` counts on."""
    room = house.place(row.device).room
    position = last[room] = last.get(room, 0) + 1
    age = years_old(row.birth_date, day)
    rank = wish.rank or rank_of(row.priority, row.visit.get("visit_class", ""), age, house.parameters.elderly_age)
    return {
        "id": ids.new("tkt"),
        "appointment_id": row.id,
        "room": room,
        "day": day,
        "position": position,
        "number": number_of(position),
        "state": "ready",
        "checked_in_at": now,
        "calls": 0,
        "note": wish.note,
        **standing_of(rank, row.starts_at, now, position, house),
    }
