"""From opening hours to slots 排班 -> 号源, on the wall clock of the hospital.

Opening hours are read on the wall clock and cut in elapsed time. So on the day on which the clocks change a slot still
is as long as every other, none begins in the hour that does not exist, and the hour that comes twice is worked twice.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from yiji.core.contract.catalogue import Calendar, Closure

Interval = tuple[datetime, datetime]
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class NewSlot:
    """A slot to be made, in UTC, and the calendar that it comes from."""

    starts_at: datetime
    ends_at: datetime
    calendar: Calendar


def days(first: date, count: int) -> Iterable[date]:
    """Return `count` days from `first` on."""
    return (first + timedelta(days=offset) for offset in range(count))


def moment(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """Return the moment, in UTC, at which the wall clock shows a time; the first one when it does so twice."""
    return datetime.combine(day, clock, zone).astimezone(UTC)


def opening(calendar: Calendar, day: date, zone: ZoneInfo) -> Interval:
    """Return when a calendar opens and closes on a day; closing at 00:00 is midnight at the day's end."""
    ends_on = day if calendar.closes != time(0) else day + DAY
    return moment(day, calendar.opens, zone), moment(ends_on, calendar.closes, zone)


def holds(calendar: Calendar, day: date) -> bool:
    """Return whether a calendar is about a day."""
    if day.isoweekday() not in calendar.weekdays or (calendar.first_day and day < calendar.first_day):
        return False
    return calendar.last_day is None or day <= calendar.last_day


def is_closed(closures: Iterable[Closure], day: date, device: str, campus: str) -> bool:
    """Return whether a closure keeps a resource from working on a day."""
    return any(
        closure.first_day <= day <= closure.last_day
        and closure.device in ("", device)
        and closure.campus in ("", campus)
        for closure in closures
    )


def cut(calendar: Calendar, day: date, zone: str) -> Iterator[Interval]:
    """Yield the (start, end) of a calendar's slots on a day, in UTC; a rest shorter than a slot is not cut.

    >>> eight = Calendar(device="CT-1", weekdays=(1,), opens=time(8), closes=time(8, 50), slot_minutes=20, capacity=1)
    >>> [f"{start:%H:%M}-{end:%H:%M}" for start, end in cut(eight, date(2026, 3, 2), "Asia/Shanghai")]
    ['00:00-00:20', '00:20-00:40']
    """
    if not holds(calendar, day):
        return
    start, closes = opening(calendar, day, ZoneInfo(zone))
    step = timedelta(minutes=calendar.slot_minutes)
    while start + step <= closes:
        yield start, start + step
        start += step


def slots_of(
    calendars: Iterable[Calendar], closures: Iterable[Closure], wanted: Iterable[date], campus: str, zone: str
) -> Iterator[NewSlot]:
    """Yield the slots of one resource's calendars on some days, in the order of time; no two overlap."""
    own = sorted(calendars, key=lambda calendar: calendar.opens)
    shut = tuple(closures)
    until = datetime.min.replace(tzinfo=UTC)
    for day in wanted:
        for calendar in own:
            if not holds(calendar, day) or is_closed(shut, day, calendar.device, campus):
                continue
            for start, end in cut(calendar, day, zone):
                if start >= until:
                    yield NewSlot(start, end, calendar)
                    until = end


def between(wanted: Iterable[NewSlot], there: Iterable[Interval]) -> Iterator[tuple[NewSlot, bool]]:
    """Yield each wanted slot and whether it is clear of all that is there; both come in the order of time."""
    others = iter(there)
    other = next(others, None)
    for slot in wanted:
        while other is not None and other[1] <= slot.starts_at:
            other = next(others, None)
        yield slot, other is None or slot.ends_at <= other[0]
