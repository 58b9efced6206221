"""Inventory 号源: slots made from calendars, their pools, extra places 加号, and stops 停诊/停机."""

from datetime import date, datetime

from pydantic import Field

from yiji.core.contract.catalogue import PoolShare
from yiji.core.message import Command, Done, Event, Kept, Query, Value


class PoolRoom(Value):
    """How a pool stands in a slot."""

    pool: str
    cap: int | None
    reserve: int
    release_at: datetime | None
    taken: int
    free: int  # what this pool may still take now


class Slot(Kept):
    """A stretch of a device's time with room for `capacity` examinations."""

    id: str
    device: str
    device_name: str
    room: str
    room_name: str
    department: str
    starts_at: datetime
    ends_at: datetime
    capacity: int
    held: int
    booked: int
    closed: bool = False
    extra: int = 0  # places that may still be added
    pools: tuple[PoolRoom, ...] = ()

    @property
    def free(self) -> int:
        """How many examinations still fit."""
        return 0 if self.closed else self.capacity - self.held - self.booked


class OpenSlotsResult(Value):
    """How many slots were made, and how many were there before."""

    opened: int
    kept: int


class OpenSlots(Command[OpenSlotsResult], permission="slot.manage"):
    """Make slots from the calendars for a range of days; days already open stay as they are."""

    first_day: date | None = None  # today on the hospital's clock when left out
    days: int = Field(default=14, gt=0, le=366)
    devices: tuple[str, ...] = ()  # only these; none: all


class EditSlotsResult(Value):
    """How many slots were changed, and those that had to stay as they were because more is taken than would fit."""

    changed: int
    kept: tuple[Slot, ...] = ()


class EditSlots(Command[EditSlotsResult], permission="slot.manage"):
    """Change the slots of a device in a range of time: capacity, pools; or take out those that nobody has booked."""

    device: str
    starts_at: datetime
    ends_at: datetime
    capacity: int | None = Field(default=None, ge=0, le=10_000)
    change_pools: bool = False  # to the `pools` told here
    pools: tuple[PoolShare, ...] = ()
    remove: bool = False
    reason: str = ""


class AddPlaces(Command[Slot], permission="slot.extra"):
    """Add places to a slot 加号, within the budget that its calendar gives."""

    slot_id: str
    places: int = Field(default=1, gt=0, le=100)
    reason: str = Field(min_length=1)


class FindSlotsResult(Value):
    """Slots, earliest first."""

    slots: tuple[Slot, ...]


class FindSlots(Query[FindSlotsResult], permission="slot.read"):
    """Where is room for an examination?"""

    exam_code: str = ""
    body_part: str = ""
    department: str = ""
    device: str = ""
    campus: str = ""
    pool: str = ""  # only what this pool may take
    first_day: date | None = None
    days: int = Field(default=7, gt=0, le=366)
    only_free: bool = True
    limit: int = Field(default=200, gt=0, le=5000)


class Displaced(Value):
    """An appointment that a stop displaces, and where it goes; who is to be told."""

    appointment_id: str
    accession_number: str
    patient_id: str
    patient_name: str
    phone: str
    exam_name: str
    was_at: datetime
    was_room: str
    slot_id: str = ""  # the new place; empty: none was found
    starts_at: datetime | None = None
    room_name: str = ""
    why_not: str = ""  # code of what stands in the way where no place was found
    told_at: datetime | None = None  # when somebody told the patient


class Stop(Value):
    """A stretch in which a device or staff group does not work 停诊/停机."""

    id: str
    device: str
    starts_at: datetime
    ends_at: datetime
    reason: str
    closed_slots: int
    displaced: tuple[Displaced, ...] = ()
    resumed_at: datetime | None = None

    @property
    def moved(self) -> int:
        """How many of the displaced have a new place."""
        return sum(one.starts_at is not None for one in self.displaced)

    @property
    def untold(self) -> int:
        """How many of the displaced nobody has told yet."""
        return sum(one.told_at is None for one in self.displaced)


class PreviewStop(Query[Stop], permission="slot.manage"):
    """Whom would a stop displace, and where would they go?"""

    device: str
    starts_at: datetime
    ends_at: datetime


class StopDevice(Command[Stop], permission="slot.manage"):
    """Close a device or staff group for a while; the displaced get new places with the least disruption."""

    device: str
    starts_at: datetime
    ends_at: datetime
    reason: str = Field(min_length=1)
    replan: bool = True  # False: they keep their (closed) places until somebody moves them


class ResumeDevice(Command[Stop], permission="slot.manage"):
    """End a stop early: its slots that are still to come open again; who was moved stays moved."""

    stop_id: str


class ListStopsResult(Value):
    """Stops, newest first."""

    stops: tuple[Stop, ...]


class ListStops(Query[ListStopsResult], permission="slot.read"):
    """Which stops are in force or to come, and who is still to be told?"""

    device: str = ""
    past: bool = False
    limit: int = Field(default=50, gt=0, le=1000)


class NoteTold(Command[Done], permission="slot.manage"):
    """Somebody told the patient of a displaced appointment."""

    stop_id: str
    appointment_id: str


class PlacesOpened(Event, aggregate="device"):
    """A device has places that it had not before: slots were opened, widened, or a stop ended."""

    device: str
    starts_at: datetime
    ends_at: datetime
