"""From opening hours to slots 排班 -> 号源, on the wall clock of the hospital."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from yiji.core.contract.booking import Calendar


def cut(calendar: Calendar, day: date, zone: str) -> Iterator[tuple[datetime, datetime]]:
    """Yield the (start, end) of a calendar's slots on a day; a rest shorter than a slot is not cut."""
    if day.isoweekday() not in calendar.weekdays:
        return
    start = datetime.combine(day, calendar.opens, ZoneInfo(zone))
    closes = datetime.combine(day, calendar.closes, ZoneInfo(zone))
    step = timedelta(minutes=calendar.slot_minutes)
    while start + step <= closes:
        yield start, start + step
        start += step


def days(first: date, count: int) -> Iterable[date]:
    """Return `count` days from `first` on."""
    return (first + timedelta(days=offset) for offset in range(count))
