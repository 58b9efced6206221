"""OpenSlots, EditSlots, AddPlaces: the inventory, and what people change in it."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select, update

from yiji.booking.errors import BadRange, NoExtraPlaces, SlotClosed, SlotPast
from yiji.booking.handlers.editing import Rows, change, lock_range, remove
from yiji.booking.handlers.editions import lock_current
from yiji.booking.handlers.opening import bounds, open_range
from yiji.booking.handlers.showing import shown
from yiji.booking.known import known
from yiji.booking.loading.names import SLOT
from yiji.booking.queries.catalogue import read_catalogue
from yiji.booking.rules.calendar import DAY
from yiji.core import clock
from yiji.core.contract.catalogue import Catalogue
from yiji.core.contract.inventory import (
    AddPlaces,
    EditSlots,
    EditSlotsResult,
    OpenSlots,
    OpenSlotsResult,
    PlacesOpened,
    Slot,
)
from yiji.core.errors import InvalidMessage, NotFound, YijiError
from yiji.core.job import Job
from yiji.core.store.db import Tx

AHEAD = 731 * DAY  # slots are opened no further ahead than two years


def open_slots(tx: Tx, jobs: Sequence[Job[OpenSlots]]) -> list[OpenSlotsResult | YijiError]:
    """Make slots from the calendars; a slot that is there stays, and nothing is made that would overlap it."""
    return [_opened(tx, job) for job in jobs]


def _opened(tx: Tx, job: Job[OpenSlots]) -> OpenSlotsResult | YijiError:
    command = job.command
    lock_current(tx)
    catalogue = read_catalogue(tx)
    try:
        first = _first_day(command, clock.today(tx.settings.site.zone))
        wanted = _resources(catalogue, command.devices)
    except YijiError as refusal:
        return refusal
    opening = open_range(tx, catalogue, wanted, first, command.days)
    start, end = bounds(first, command.days, tx.settings.site.zone)
    for device in wanted if opening.opened else ():
        job.emit(PlacesOpened(device=device, starts_at=start, ends_at=end))
    return OpenSlotsResult(opened=opening.opened, kept=opening.kept)


def _first_day(command: OpenSlots, today: date) -> date:
    """Return the day to begin with; raises `BadRange` for one that is over or too far ahead."""
    first = command.first_day or today
    if not today <= first <= today + AHEAD:
        raise BadRange(first=first, last=today + AHEAD, days=command.days)
    return first


def _resources(catalogue: Catalogue, asked: Sequence[str]) -> list[str]:
    """Return the devices and staff groups asked for that have calendars; raises `NotFound` for an unknown one."""
    known = {entry.code for entry in (*catalogue.devices, *catalogue.staff)}
    for code in asked:
        if code not in known:
            raise NotFound(what="devices", id=code)
    with_calendars = dict.fromkeys(calendar.device for calendar in catalogue.calendars)
    return [code for code in with_calendars if code in asked or not asked]


def edit_slots(tx: Tx, jobs: Sequence[Job[EditSlots]]) -> list[EditSlotsResult | YijiError]:
    """Change the slots of a device in a range of time, or take out those that nobody has booked."""
    return [_edited(tx, job) for job in jobs]


def _edited(tx: Tx, job: Job[EditSlots]) -> EditSlotsResult | YijiError:
    command = job.command
    try:
        _check_edit(command)
        if command.pools and command.device not in known(tx).devices:
            raise InvalidMessage(message="EditSlots", detail="only a device's slots have pools")
        rows = lock_range(tx, command, clock.now())
        if not rows:
            return NotFound(what="slot", id=f"{command.device} {_told(tx, command)}")
        done, kept = remove(tx, rows) if command.remove else change(tx, command, rows)
    except YijiError as refusal:
        return refusal
    if done and not command.remove:
        job.emit(PlacesOpened(device=command.device, starts_at=command.starts_at, ends_at=command.ends_at))
    return EditSlotsResult(changed=len(done), kept=tuple(shown(tx, _by_time(kept))))


def _check_edit(command: EditSlots) -> None:
    """Raise `InvalidMessage` for an edit that says nothing, or says that the same is to go and to change."""
    changes = command.capacity is not None or command.change_pools
    if changes == command.remove:
        raise InvalidMessage(message="EditSlots", detail="either remove, or tell a capacity or pools")
    if command.ends_at <= command.starts_at:
        raise InvalidMessage(message="EditSlots", detail="the range ends before it begins")


def _told(tx: Tx, command: EditSlots) -> str:
    zone = tx.settings.site.zone
    first, last = clock.local(command.starts_at, zone), clock.local(command.ends_at, zone)
    return f"{first:%Y-%m-%d %H:%M} .. {last:%Y-%m-%d %H:%M}"


def _by_time(rows: Rows) -> Rows:
    return sorted(rows, key=lambda row: row.starts_at)


def add_places(tx: Tx, jobs: Sequence[Job[AddPlaces]]) -> list[Slot | YijiError]:
    """Add places to a slot 加号, as long as its calendar's budget lasts."""
    return [_added(tx, job) for job in jobs]


def _added(tx: Tx, job: Job[AddPlaces]) -> Slot | YijiError:
    command = job.command
    wanted = select(SLOT).where(SLOT.c.id == command.slot_id)
    row = tx.db.execute(wanted.with_for_update(key_share=True)).one_or_none()
    if row is None:
        return NotFound(what="slot", id=command.slot_id)
    starts_at = clock.local(row.starts_at, tx.settings.site.zone).isoformat(timespec="minutes")
    if row.ends_at <= clock.now():
        return SlotPast(slot=row.id, starts_at=starts_at)
    if row.closed:
        return SlotClosed(slot=row.id, starts_at=starts_at)
    if row.extra < command.places:
        return NoExtraPlaces(slot=row.id, extra=row.extra, places=command.places)
    added = {"capacity": row.capacity + command.places, "extra": row.extra - command.places}
    tx.db.execute(update(SLOT).where(SLOT.c.id == row.id).values(added))
    job.emit(PlacesOpened(device=row.device, starts_at=row.starts_at, ends_at=row.ends_at))
    return shown(tx, tx.db.execute(wanted).all())[0]
