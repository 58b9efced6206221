"""What is asked of the planner, and what it answers: plain values. Moments are whole minutes since 1970 (UTC)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from math import ceil, floor
from typing import NamedTuple, cast

from yiji.booking.hooks import Other, Place, Traits
from yiji.booking.rules.board import Board, House
from yiji.booking.rules.compiled import Compiled
from yiji.booking.rules.facts import AppointmentFacts, ItemFacts, PatientFacts
from yiji.booking.rules.judging import other_of
from yiji.booking.rules.moments import at

_MINUTE = 60


class Free(NamedTuple):
    """A slot with room: of a device for the pool asked for, of a staff group for anybody."""

    id: str
    device: str
    starts: int
    ends: int
    room: int


class Spot(NamedTuple):
    """A place that one examination may take, from its first slot to the end of its last.

    `fragment`: 1 where taking it leaves a free gap too short to use. `staff`: companions' slots that are scarce.
    `group`: places of one group are alike for the rules about pairs. Spots sort by start, then by preference.
    """

    start: int
    end: int
    fragment: int
    device: str
    slot_id: str
    staff: tuple[str, ...] = ()
    group: int = 0


class Score(NamedTuple):
    """What is to be least, in this order; `finish` in minutes since 1970, `waiting` in minutes."""

    visits: int
    finish: int
    waiting: int
    fragments: int


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the hospital's clock, in minutes."""

    date: date
    begins: int
    noon: int
    ends: int


def minute(moment: datetime) -> int:
    """Return the minute in which a moment lies."""
    return floor(moment.timestamp() / _MINUTE)


def minute_after(moment: datetime) -> int:
    """Return the first minute that does not begin before a moment."""
    return ceil(moment.timestamp() / _MINUTE)


def moment(minutes: int) -> datetime:
    """Return a minute as a moment in UTC."""
    return datetime.fromtimestamp(minutes * _MINUTE, UTC)


def days(first: date, count: int, zone: str) -> Iterator[Day]:
    """Yield days of the hospital's clock."""
    for offset in range(count):
        day = first + timedelta(days=offset)
        yield Day(
            day,
            minute(at(day, time(0), zone)),
            minute(at(day, time(12), zone)),
            minute(at(day + timedelta(days=1), time(0), zone)),
        )


@dataclass(frozen=True)
class Problem:
    """Examinations of one patient, and all that decides where they may be made.

    `free`: by device or staff group, earliest first; `appointments`: the patient's, live or made not long ago.
    """

    house: House
    items: tuple[ItemFacts, ...]
    free: Mapping[str, Sequence[Free]]
    days: tuple[Day, ...]
    now: datetime
    appointments: tuple[AppointmentFacts, ...] = ()
    patient: PatientFacts = field(default_factory=PatientFacts)

    @property
    def rules(self) -> Compiled:
        """The hospital's rules as data."""
        return cast("Compiled", self.house.judges)

    @cached_property
    def others(self) -> tuple[Other, ...]:
        """The patient's appointments as rules see them."""
        board = Board(self.house, self.now)
        return tuple(other_of(board, one) for one in self.appointments)

    @cached_property
    def places(self) -> Mapping[str, Place]:
        """Where each device stands that may make an examination."""
        return {device: self.house.place(device) for item in self.items for device in item.exam.makers}

    @cached_property
    def rooms(self) -> Mapping[str, Place]:
        """The same without the device: rules as data do not tell devices of a room apart."""
        return {device: Place("", at.room, at.department, at.campus) for device, at in self.places.items()}

    @cached_property
    def soonest(self) -> int:
        """The first minute that has not begun yet."""
        return minute_after(self.now)

    @cached_property
    def traits(self) -> tuple[Traits, ...]:
        """The examinations as rules see them, by item."""
        return tuple(
            self.house.traits(item.exam.code, item.order.body_part, item.order.patient.visit_class)
            for item in self.items
        )

    def day_of(self, start: int) -> int:
        """Return the index of the day on which a moment lies; -1 for none of the days looked at."""
        for index, day in enumerate(self.days):
            if day.begins <= start < day.ends:
                return index
        return -1

    @cached_property
    def fixed(self) -> Mapping[int, tuple[tuple[int, int], ...]]:
        """The patient's live appointments by day, as (start, end), earliest first."""
        spans = sorted((minute(one.starts_at), minute_after(one.ends_at)) for one in self.others if one.live)
        found: dict[int, tuple[tuple[int, int], ...]] = {}
        for span in spans:
            index = self.day_of(span[0])
            if index >= 0:
                found[index] = (*found.get(index, ()), span)
        return found
