"""HL7 times (DTM: YYYY[MM[DD[HH[MM[SS[.S[S[S[S]]]]]]]]][+/-ZZZZ], v2.5.1 section 2.A.22, recalled)."""

import re
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo

from yiji.interop.errors import BadValue

_DTM = re.compile(
    r"(?P<year>\d{4})(?:(?P<month>\d{2})(?:(?P<day>\d{2})(?:(?P<hour>\d{2})(?:(?P<minute>\d{2})"
    r"(?:(?P<second>\d{2})(?:\.(?P<fraction>\d{1,6}))?)?)?)?)?)?(?P<zone>[+-]\d{4})?"
)
_HABITS = re.compile(r"[-/:T ]")  # 1980-02-29 08:30:00, as many senders write it


def read_time(text: str, zone: tzinfo, field: str) -> datetime | None:
    """Return the moment in UTC, `None` for a blank; without offset it is `zone`'s wall clock. Raises `BadValue`."""
    if not text:
        return None
    found = _DTM.fullmatch(_tidy(text))
    if not found or not found["day"]:
        raise BadValue(field=field, value=text)
    try:
        return _moment(found, zone)
    except (ValueError, OverflowError):
        raise BadValue(field=field, value=text) from None


def read_date(text: str, field: str) -> date | None:
    """Return the day, `None` for a blank or for a year or month alone. Raises `BadValue`."""
    if not text:
        return None
    found = _DTM.fullmatch(_tidy(text))
    if not found:
        raise BadValue(field=field, value=text)
    if not found["day"]:
        return None
    try:
        return date(int(found["year"]), int(found["month"]), int(found["day"]))
    except ValueError:
        raise BadValue(field=field, value=text) from None


def write_time(moment: datetime | None, zone: tzinfo) -> str:
    """Return a moment on `zone`'s wall clock to the second, with its offset; "" for none."""
    return moment.astimezone(zone).strftime("%Y%m%d%H%M%S%z") if moment else ""


def write_date(day: date | None) -> str:
    """Return a day, "" for none."""
    return f"{day:%Y%m%d}" if day else ""


def _tidy(text: str) -> str:
    """Undo the ISO habit, but keep a zone's minus sign (``20260105-0500``)."""
    return _HABITS.sub("", text) if re.match(r"\d{4}[-/]\d\d?[-/]\d\d", text) else text


def _moment(found: re.Match[str], zone: tzinfo) -> datetime:
    year, month, day, hour, minute, second = (
        int(found[name] or 0) for name in ("year", "month", "day", "hour", "minute", "second")
    )
    fraction = int((found["fraction"] or "").ljust(6, "0"))
    there = _offset(found["zone"]) if found["zone"] else zone
    return datetime(year, month, day, hour, minute, second, fraction, there).astimezone(UTC)


def _offset(text: str) -> timezone:
    sign = -1 if text[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(text[1:3]), minutes=int(text[3:5])))
