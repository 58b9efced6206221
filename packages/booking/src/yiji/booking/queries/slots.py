"""FindSlots: where is room. Each device's slots are read page by page and merged; names come from memory."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any

from yiji.booking.errors import UnknownExam
from yiji.booking.known import Known, known, last_known
from yiji.booking.loading.slots import quotas_of
from yiji.booking.queries.orders import day_bounds
from yiji.booking.rules.facts import DeviceFacts, ExamFacts
from yiji.booking.rules.pools import Quota, room_for
from yiji.core import clock
from yiji.core.actor import Actor
from yiji.core.contract.inventory import FindSlots, FindSlotsResult, PoolRoom, Slot
from yiji.core.store.ask import Asked
from yiji.core.store.db import Tx
from yiji.core.store.match import texts

# Each device's slots are read along its own index, so that many devices and days cost what is shown and no more. The
# edition of the catalogue comes along: asking for it first would cost as much as the slots.
_PAGE = Asked("""
    SELECT s.*, (SELECT catalogue FROM booking_current) AS edition FROM unnest(%(devices)s::text[]) AS d(code)
    CROSS JOIN LATERAL (
        SELECT id, device, starts_at, ends_at, capacity, held, booked, closed, extra, has_quotas
        FROM booking_slot
        WHERE device = d.code AND starts_at >= %(first)s AND starts_at < %(last)s AND ends_at > %(open)s
          AND (NOT %(only_free)s OR (NOT closed AND held + booked < capacity))
        ORDER BY starts_at LIMIT %(each)s
    ) s
""")
_FEWEST = 4  # slots of a device that are read at once
_MOST = 10_000  # slots that are read at once
_TOLD = 20_000  # slots that are remembered as they were told
_ROUNDS = 10  # who finds nothing in all of them is told what was found; each reads twice as much

_Shares = dict[str, tuple[Quota, ...]]  # slot -> the pools' shares in it


@dataclass(slots=True)
class _Span:
    """What is still to be read: slots of these devices that start in [first, last) and end after `open`."""

    devices: list[str]
    first: datetime
    last: datetime
    open: datetime
    only_free: bool


def find_slots(tx: Tx, query: FindSlots, actor: Actor) -> FindSlotsResult:
    """Return slots from now on, or from a day on."""
    house = last_known(tx)
    rows: list[Any] = []
    quotas: _Shares = {}
    with suppress(UnknownExam):
        rows, quotas = _found(tx, house, query)
    if not rows or rows[0].edition != house.editions[0]:  # nothing found, or found by what is no longer in force
        house = known(tx)
        rows, quotas = _found(tx, house, query)
    now = clock.now()
    return FindSlotsResult(slots=tuple([_known(house, row, quotas, now) for row in rows]))


def _known(house: Known, row: Any, quotas: _Shares, now: datetime) -> Slot:
    """Return the slot as it was told before, if nothing about it is different."""
    if row.has_quotas:  # what is released depends on the hour
        return told(house, row, quotas.get(row.id, ()), now)
    before = house.slots.get(row.id)
    if before is None or before[0] != row:
        if len(house.slots) >= _TOLD:
            house.slots.clear()
        before = house.slots[row.id] = (row, told(house, row, (), now))
    return before[1]


def _span(house: Known, query: FindSlots, exam: ExamFacts | None, now: datetime) -> _Span:
    zone = house.zone
    day = query.first_day or clock.today(zone)
    first, _ = day_bounds(day, zone)
    return _Span(
        devices=[device.code for device in _devices(house, query, exam)],
        first=max(first, now - timedelta(days=1)) if query.only_free else first,
        last=first + timedelta(days=query.days),
        open=now if query.only_free else first,
        only_free=query.only_free,
    )


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


def _found(tx: Tx, house: Known, query: FindSlots) -> tuple[list[Any], _Shares]:
    """Read on, more each time, until enough slots suit: pool and length are looked at here. Raises `UnknownExam`."""
    exam, now = _exam(house, query), clock.now()
    span = _span(house, query, exam, now)
    found: list[Any] = []
    suited: list[Any] = []
    quotas: _Shares = {}
    each = max(_FEWEST, query.limit // max(1, len(span.devices)) + 2)
    for _ in range(_ROUNDS):
        rows = _page(tx, span, each)
        quotas |= quotas_of(tx.db, [row.id for row in rows if row.has_quotas])
        found += [row for row in rows if _suits(row, quotas, query, now)]
        suited = _long_enough(found, query, exam)
        if len(suited) >= query.limit or not span.devices:
            break
        each = min(2 * each, max(_FEWEST, _MOST // len(span.devices)))
    return suited[: query.limit], quotas


def _page(tx: Tx, span: _Span, each: int) -> list[Any]:
    """Return the next slots of all devices, earliest first, the emptiest of a moment before the others.

    A device whose page is full may have more right after it: what starts later than the end of the shortest such page
    is left for the next round.
    """
    rows = _PAGE.all(
        tx.db, devices=texts(span.devices), first=span.first, last=span.last, open=span.open,
        only_free=span.only_free, each=each,
    )  # fmt: skip
    pages = {device: list(page) for device, page in groupby(rows, attrgetter("device"))}
    full = [page[-1].starts_at for page in pages.values() if len(page) == each]
    if full:
        reached = min(full)
        rows = [row for row in rows if row.starts_at <= reached]
        span.first = reached + timedelta(microseconds=1)
    else:
        span.devices = []
    return sorted(rows, key=_order)


def _order(row: Any) -> tuple[datetime, int, str]:
    return row.starts_at, row.held + row.booked - row.capacity, row.device


def _suits(row: Any, quotas: _Shares, query: FindSlots, now: datetime) -> bool:
    if not (query.pool and query.only_free and row.has_quotas):
        return True
    return room_for(_free(row), quotas.get(row.id, ()), query.pool, now) > 0


def _free(row: Any) -> int:
    return 0 if row.closed else row.capacity - row.held - row.booked


def _long_enough(found: list[Any], query: FindSlots, exam: ExamFacts | None) -> list[Any]:
    """Leave out slots from which on the examination does not fit, as far as the slots read can tell."""
    if exam is None or not query.only_free:
        return found
    length = exam.length(query.body_part)
    if all(slot.ends_at - slot.starts_at >= length for slot in found):
        return found
    follows = {(slot.device, slot.starts_at): slot for slot in found}

    def fits(slot: Any) -> bool:
        until, reached = slot.starts_at + length, slot.ends_at
        while reached < until:
            more = follows.get((slot.device, reached))
            if more is None:
                return False
            reached = more.ends_at
        return True

    return [slot for slot in found if fits(slot)]


def told(house: Known, row: Any, quotas: tuple[Quota, ...], now: datetime) -> Slot:
    """Return a slot as the contract tells it."""
    device = house.devices[row.device]
    return Slot(
        id=row.id,
        device=device.code,
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
        pools=_pools(quotas, _free(row), now) if quotas else (),
    )


def _pools(quotas: tuple[Quota, ...], free: int, now: datetime) -> tuple[PoolRoom, ...]:
    return tuple(
        PoolRoom(
            pool=quota.pool,
            cap=quota.cap,
            reserve=quota.reserve,
            release_at=quota.release_at,
            taken=quota.taken,
            free=room_for(free, quotas, quota.pool, now),
        )
        for quota in quotas
    )
