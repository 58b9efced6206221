"""Time as it is kept (UTC, aware) and as a hospital reads it (its own zone)."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def now() -> datetime:
    """Return the present moment in UTC."""
    return datetime.now(UTC)


def local(moment: datetime, zone: str) -> datetime:
    """Return `moment` on the wall clock of `zone`."""
    return moment.astimezone(ZoneInfo(zone))


def today(zone: str) -> date:
    """Return the day that it is in `zone`."""
    return local(now(), zone).date()
