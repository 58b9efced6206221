"""FindSlots: where is room. One statement for the slots, one for pools; names come from memory."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, text

from yiji.booking.errors import UnknownExam
from yiji.booking.known import Known, known
from yiji.booking.loading.slots import quotas_of
from yiji.booking.queries.orders import day_bounds
from yiji.booking.rules.facts import DeviceFacts, ExamFacts
from yiji.booking.rules.pools import Quota, room_for
from yiji.core import clock
from yiji.core.actor import Actor
from yiji.core.contract.inventory import FindSlots, FindSlotsResult, PoolRoom, Slot
from yiji.core.store.db import Tx

# Each device's slots are read along its own index, so that many devices and days cost what is shown and no more.
_SLOTS = text("""
    SELECT s.* FROM unnest(CAST(:devices AS text[])) AS d(code)
    CROSS JOIN LATERAL (
        SELECT id, device, starts_at, ends_at, capacity, held, booked, closed, extra, has_quotas
        FROM booking_slot
        WHERE device = d.code AND starts_at >= :first AND starts_at < :last AND ends_at > :open
          AND (NOT :only_free OR (NOT closed AND held + booked < capacity))
        ORDER BY starts_at LIMIT :limit
    ) s
    ORDER BY s.starts_at, s.capacity - s.held - s.booked DESC, s.device LIMIT :limit
""")
_ROUNDS = 8  # who finds nothing in all of them is told what was found
MOST = 10_000  # slots that are read at once


def find_slots(tx: Tx, query: FindSlots, actor: Actor) -> FindSlotsResult:
    """Return slots from now on, or from a day on."""
    house, now = known(tx), clock.now()
    exam = _exam(house, query)
    zone = house.zone
    first, _ = day_bounds(query.first_day or clock.today(zone), zone)
    asked: dict[str, Any] = {
        "devices": [device.code for device in _devices(house, query, exam)],
        "first": max(first, now - timedelta(days=1)) if query.only_free else first,
        "last": day_bounds(query.first_day or clock.today(zone), zone)[0] + timedelta(days=query.days),
        "open": now if query.only_free else first,
        "only_free": query.only_free,
        "limit": query.limit,
    }
    return FindSlotsResult(slots=tuple(_found(tx, house, query, exam, asked, now)))


def _exam(house: Known, query: FindSlots) -> ExamFacts | None:
    if not query.exam_code:
        return None
    exam = house.exams.get(query.exam_code)
    if exam is None:
        raise UnknownExam(code=query.exam_code)
    return exam


def _devices(house: Known, query: FindSlots, exam: ExamFacts | None) -> list[DeviceFacts]:
    return [
        device
        for device in house.devices.values()
        if (exam is None or device.code in exam.makers)
        and query.department in ("", device.department)
        and query.device in ("", device.code)
        and query.campus in ("", device.campus)
    ]


def _found(
    tx: Tx, house: Known, query: FindSlots, exam: ExamFacts | None, asked: dict[str, Any], now: datetime
) -> list[Slot]:
    """Read on, more each time, until enough slots suit: pool and length are looked at here."""
    found: dict[str, Slot] = {}
    suited: list[Slot] = []
    for _ in range(_ROUNDS):
        rows = tx.db.execute(_SLOTS, asked).all()
        quotas = quotas_of(tx.db, [row.id for row in rows if row.has_quotas])
        slots = (told(house, row, quotas.get(row.id, ()), now) for row in rows)
        found |= {slot.id: slot for slot in slots if _suits(slot, query, now)}
        suited = _long_enough(list(found.values()), query, exam)
        if len(rows) < asked["limit"] or len(suited) >= query.limit:
            break
        asked = {**asked, "first": rows[-1].starts_at, "limit": min(2 * asked["limit"], MOST)}
    return suited[: query.limit]


def _suits(slot: Slot, query: FindSlots, now: datetime) -> bool:
    if not (query.pool and query.only_free and slot.pools):
        return True
    quotas = [Quota(one.pool, one.cap, one.reserve, one.release_at, one.taken) for one in slot.pools]
    return room_for(slot.free, quotas, query.pool, now) > 0


def _long_enough(found: list[Slot], query: FindSlots, exam: ExamFacts | None) -> list[Slot]:
    """Leave out slots from which on the examination does not fit, as far as the slots read can tell."""
    if exam is None or not query.only_free:
        return found
    length = exam.length(query.body_part)
    if all(slot.ends_at - slot.starts_at >= length for slot in found):
        return found
    follows = {(slot.device, slot.starts_at): slot for slot in found}

    def fits(slot: Slot) -> bool:
        until, reached = slot.starts_at + length, slot.ends_at
        while reached < until:
            more = follows.get((slot.device, reached))
            if more is None:
                return False
            reached = more.ends_at
        return True

    return [slot for slot in found if fits(slot)]


def told(house: Known, row: Row[Any], quotas: tuple[Quota, ...], now: datetime) -> Slot:
    """Return a slot as the contract tells it."""
    device = house.devices[row.device]
    free = 0 if row.closed else row.capacity - row.held - row.booked
    return Slot(
        id=row.id,
        device=row.device,
        device_name=device.name,
        room=device.room,
        room_name=device.room_name,
        department=device.department,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        capacity=row.capacity,
        held=row.held,
        booked=row.booked,
        closed=row.closed,
        extra=row.extra,
        pools=tuple(
            PoolRoom(
                pool=quota.pool,
                cap=quota.cap,
                reserve=quota.reserve,
                release_at=quota.release_at,
                taken=quota.taken,
                free=room_for(free, quotas, quota.pool, now),
            )
            for quota in quotas
        ),
    )
