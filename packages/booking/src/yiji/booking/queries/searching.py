"""Where is room: each device's slots are read page by page and merged, for many questions at once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any

from yiji.booking.errors import UnknownExam
from yiji.booking.known import Known
from yiji.booking.loading.slots import quotas_of
from yiji.booking.queries.orders import day_bounds
from yiji.booking.rules.facts import DeviceFacts, ExamFacts
from yiji.booking.rules.pools import Quota, room_for
from yiji.core import clock
from yiji.core.contract.inventory import FindSlots
from yiji.core.store.ask import Asked
from yiji.core.store.db import Tx
from yiji.core.store.match import texts

# Each device's slots are read along its own index, so that many devices and days cost what is shown and no more. The
# edition of the catalogue comes along: asking for it first would cost as much as the slots.
_PAGE = Asked("""
    SELECT w.n, s.*, (SELECT catalogue FROM booking_current) AS edition
    FROM unnest(
        %(devices)s::text[], %(firsts)s::timestamptz[], %(lasts)s::timestamptz[], %(opens)s::timestamptz[],
        %(only_free)s::bool[], %(each)s::int[]
    ) WITH ORDINALITY AS w(devices, first, last, open, only_free, each, n)
    CROSS JOIN LATERAL unnest(w.devices::text[]) AS d(code)
    CROSS JOIN LATERAL (
        SELECT id, device, starts_at, ends_at, capacity, held, booked, closed, extra, has_quotas
        FROM booking_slot
        WHERE device = d.code AND starts_at >= w.first AND starts_at < w.last AND ends_at > w.open
          AND (NOT w.only_free OR (NOT closed AND held + booked < capacity))
        ORDER BY starts_at LIMIT w.each
    ) s
""")
_FEWEST = 4  # slots of a device that are read at once
_MOST = 10_000  # slots that are read at once
_ROUNDS = 10  # who finds nothing in all of them is told what was found; each reads twice as much

Shares = dict[str, tuple[Quota, ...]]  # slot -> the pools' shares in it


@dataclass(slots=True)
class Search:
    """What a question still reads: slots of these devices that start in [first, last) and end after `open`."""

    query: FindSlots
    exam: ExamFacts | None
    devices: list[str]
    first: datetime
    last: datetime
    open: datetime
    each: int  # slots of a device that are read next
    found: list[Any] = field(default_factory=list[Any])
    suited: list[Any] = field(default_factory=list[Any])

    @property
    def goes_on(self) -> bool:
        """Whether there is more to read, and need of it."""
        return bool(self.devices) and len(self.suited) < self.query.limit

    def take(self, rows: Sequence[Any], quotas: Shares, now: datetime) -> None:
        """Take what was read; the next page is twice as long."""
        page = _turned(self, rows)
        self.found += [row for row in page if _suits(row, quotas, self.query, now)]
        self.suited = _long_enough(self.found, self.query, self.exam)[: self.query.limit]
        self.each = min(2 * self.each, max(_FEWEST, _MOST // max(1, len(self.devices))))


def search(house: Known, query: FindSlots, now: datetime) -> Search:
    """Return what a question asks to be read; raises `UnknownExam`."""
    exam = house.exams.get(query.exam_code)
    if exam is None and query.exam_code:
        raise UnknownExam(code=query.exam_code)
    first, _ = day_bounds(query.first_day or clock.today(house.zone), house.zone)
    devices = [device.code for device in _devices(house, query, exam)]
    return Search(
        query,
        exam,
        devices,
        first=max(first, now - timedelta(days=1)) if query.only_free else first,
        last=first + timedelta(days=query.days),
        open=now if query.only_free else first,
        each=max(_FEWEST, query.limit // max(1, len(devices)) + 2),
    )


def _devices(house: Known, query: FindSlots, exam: ExamFacts | None) -> list[DeviceFacts]:
    return [
        device
        for device in house.devices.values()
        if (exam is None or device.code in exam.makers)
        and query.department in ("", device.department)
        and query.device in ("", device.code)
        and query.campus in ("", device.campus)
    ]


def read(tx: Tx, searches: Sequence[Search], now: datetime) -> Shares:
    """Read on for all of them, more each time, until enough slots suit: pool and length are looked at here."""
    quotas: Shares = {}
    for _ in range(_ROUNDS):
        searches = [search for search in searches if search.goes_on]
        if not searches:
            break
        rows = _page(tx, searches)
        quotas |= quotas_of(tx.db, [row.id for row in rows if row.has_quotas])
        pages: dict[int, list[Any]] = {}
        for row in rows:
            pages.setdefault(row.n, []).append(row)
        for number, search in enumerate(searches, 1):
            search.take(pages.get(number, []), quotas, now)
    return quotas


def _page(tx: Tx, searches: Sequence[Search]) -> list[Any]:
    return _PAGE.all(
        tx.db,
        devices=texts(texts(search.devices) for search in searches),
        firsts=[search.first for search in searches],
        lasts=[search.last for search in searches],
        opens=[search.open for search in searches],
        only_free=[search.query.only_free for search in searches],
        each=[search.each for search in searches],
    )


def _turned(search: Search, rows: Sequence[Any]) -> list[Any]:
    """Return the next slots of all devices, earliest first, the emptiest of a moment before the others.

    A device whose page is full may have more right after it: what starts later than the end of the shortest such page
    is left for the next round.
    """
    pages = {device: list(page) for device, page in groupby(rows, attrgetter("device"))}
    full = [page[-1].starts_at for page in pages.values() if len(page) == search.each]
    if full:
        reached = min(full)
        rows = [row for row in rows if row.starts_at <= reached]
        search.first = reached + timedelta(microseconds=1)
    else:
        search.devices = []
    return sorted(rows, key=_order)


def _order(row: Any) -> tuple[datetime, int, str]:
    return row.starts_at, row.held + row.booked - row.capacity, row.device


def _suits(row: Any, quotas: Shares, query: FindSlots, now: datetime) -> bool:
    if not (query.pool and query.only_free and row.has_quotas):
        return True
    return room_for(free(row), quotas.get(row.id, ()), query.pool, now) > 0


def free(row: Any) -> int:
    """Return the places of a slot that are free."""
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
