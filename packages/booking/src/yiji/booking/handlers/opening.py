"""Slots made from calendars, a stream: at any moment no more than a few thousand rows are in memory."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, select

from yiji.booking.handlers.protection import GONE
from yiji.booking.loading.names import QUOTA, SLOT
from yiji.booking.rules.calendar import DAY, Interval, NewSlot, between, days, moment, slots_of
from yiji.booking.tables import StopRow
from yiji.core import ids
from yiji.core.contract.catalogue import Catalogue, PoolShare
from yiji.core.store.bulk import insert_rows, update_rows
from yiji.core.store.db import Tx

CHUNK = 4000  # rows that are written at once
STOP = StopRow.table()


@dataclass
class Opening:
    """The slots of one call on their way into the tables."""

    tx: Tx
    opened: int = 0
    kept: int = 0
    _slots: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    _revived: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    _quotas: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    def take(self, slot: NewSlot, revived: str = "") -> None:
        """Take in a slot; `revived` is the id of one that was taken out at this time, whose row comes back to life."""
        row = _slot_row(slot, revived or ids.new("slt"))
        (self._revived if revived else self._slots).append(row)
        self._quotas += quota_rows(row["id"], slot.starts_at, slot.calendar.pools)
        self.opened += 1
        if len(self._slots) + len(self._quotas) + len(self._revived) >= CHUNK:
            self.flush()

    def flush(self) -> None:
        """Write what was taken in."""
        insert_rows(self.tx.db, SLOT, self._slots)
        update_rows(self.tx.db, SLOT, "id", self._revived)
        insert_rows(self.tx.db, QUOTA, self._quotas)
        self._slots, self._revived, self._quotas = [], [], []


def _slot_row(slot: NewSlot, slot_id: str) -> dict[str, Any]:
    calendar = slot.calendar
    return {
        "id": slot_id,
        "device": calendar.device,
        "starts_at": slot.starts_at,
        "ends_at": slot.ends_at,
        "capacity": calendar.capacity,
        "held": 0,
        "booked": 0,
        "extra": calendar.extra,
        "closed": False,
        "has_quotas": bool(calendar.pools),
    }


def quota_rows(
    slot_id: str, starts_at: datetime, shares: Iterable[PoolShare], taken: dict[str, int] | None = None
) -> list[dict[str, Any]]:
    """Return the rows of pools' shares in a slot; `taken` by pool."""
    return [
        {
            "slot_id": slot_id,
            "pool": share.pool,
            "cap": share.cap,
            "reserve": share.reserve,
            "release_at": starts_at - timedelta(minutes=share.release_minutes) if share.reserve else None,
            "taken": (taken or {}).get(share.pool, 0),
        }
        for share in shares
    ]


def open_range(tx: Tx, catalogue: Catalogue, wanted: Sequence[str], first: date, count: int) -> Opening:
    """Make the slots of devices and staff groups for `count` days from `first` on, where nothing is in the way."""
    campuses = _campuses(catalogue)
    opening = Opening(tx)
    for device in wanted:
        own = [calendar for calendar in catalogue.calendars if calendar.device == device]
        zone = tx.settings.site.zone
        asked = slots_of(own, catalogue.closures, days(first, count), campuses.get(device, ""), zone)
        _open(opening, device, asked, bounds(first, count, zone))
    opening.flush()
    return opening


def _campuses(catalogue: Catalogue) -> dict[str, str]:
    """Return the campus of each device and staff group."""
    of_department = {department.code: department.campus for department in catalogue.departments}
    of_room = {room.code: of_department.get(room.department, "") for room in catalogue.rooms}
    groups = {group.code: of_department.get(group.department, "") for group in catalogue.staff}
    return groups | {device.code: of_room.get(device.room, "") for device in catalogue.devices}


def bounds(first: date, count: int, zone: str) -> Interval:
    """Return the moments between which days lie."""
    where = ZoneInfo(zone)
    return moment(first, time(0), where), moment(first + count * DAY, time(0), where)


def _open(opening: Opening, device: str, asked: Iterable[NewSlot], within: Interval) -> None:
    rows = _there(opening.tx, device, within)
    taken_out = {row.starts_at: row.id for row in rows if row.gone}
    there = [(row.starts_at, row.ends_at) for row in rows if not row.gone]
    works = _outside(asked, _stops(opening.tx, device, within))
    for slot, clear in between(works, there):
        if clear:
            opening.take(slot, taken_out.get(slot.starts_at, ""))
        else:
            opening.kept += 1


def _there(tx: Tx, device: str, within: Interval) -> Sequence[Row[Any, Any, Any, bool]]:
    """Return the slots of a device that reach into a stretch; none is longer than a day."""
    first, last = within
    query = select(SLOT.c.id, SLOT.c.starts_at, SLOT.c.ends_at, GONE.label("gone")).where(
        SLOT.c.device == device, SLOT.c.starts_at > first - DAY, SLOT.c.starts_at < last, SLOT.c.ends_at > first
    )
    return tx.db.execute(query.order_by(SLOT.c.starts_at)).all()


def _stops(tx: Tx, device: str, within: Interval) -> list[Interval]:
    query = select(STOP.c.starts_at, STOP.c.ends_at).where(
        STOP.c.device == device, STOP.c.resumed_at.is_(None), STOP.c.starts_at < within[1], STOP.c.ends_at > within[0]
    )
    return [(row.starts_at, row.ends_at) for row in tx.db.execute(query)]


def _outside(asked: Iterable[NewSlot], stops: Sequence[Interval]) -> Iterator[NewSlot]:
    """Yield the slots that no stop in force touches: they are made when slots are opened after it."""
    for slot in asked:
        if not any(start < slot.ends_at and slot.starts_at < end for start, end in stops):
            yield slot
