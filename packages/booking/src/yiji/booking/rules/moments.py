"""Moments and days on the hospital's clock. Sums are made in UTC: so they are right when the clock changes."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

LONGEST = timedelta(days=3660)  # nothing that a rule asks for lies further away; keeps sums of moments possible


def utc(moment: datetime) -> datetime:
    """Return an aware moment in UTC."""
    return moment.astimezone(UTC)


def local(moment: datetime, zone: str) -> datetime:
    """Return a moment on the clock of `zone`, an IANA name."""
    return moment.astimezone(ZoneInfo(zone))


def day_of(moment: datetime, zone: str) -> date:
    """Return the day on which a moment falls."""
    return local(moment, zone).date()


def at(day: date, clock: time, zone: str) -> datetime:
    """Return the moment at which the clock shows this time on a day, in UTC."""
    return datetime.combine(day, clock.replace(tzinfo=None), ZoneInfo(zone)).astimezone(UTC)


def day_after(moment: datetime, zone: str) -> datetime:
    """Return the beginning of the next day, in UTC."""
    return at(day_of(moment, zone) + timedelta(days=1), time(0), zone)


def minutes(count: int) -> timedelta:
    """Return a length; what is absurdly long is cut to `LONGEST`."""
    return LONGEST if count > LONGEST.total_seconds() / 60 else timedelta(minutes=count)


def days(count: int) -> timedelta:
    """Return a length; what is absurdly long is cut to `LONGEST`."""
    return LONGEST if count > LONGEST.days else timedelta(days=max(0, count))
