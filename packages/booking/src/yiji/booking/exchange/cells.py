"""Values as the text of a cell, and back, with patience for what Excel makes of it."""

import csv
import io
import re
from collections.abc import Callable, Sequence
from datetime import date, time
from typing import Any

from yiji.core.contract.catalogue import PoolShare

YES, NO = ("1", "true", "yes", "y", "是"), ("0", "false", "no", "n", "否")
_TIME = re.compile(r"(\d{1,2}):(\d{2})(:00)?")
_DATE = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_FORMULA = re.compile(r"'*[=+\-@\t\r]")  # what a spreadsheet would take a cell's text for, and what we wrote for it
_POOL = re.compile(r"\S+( +(cap|reserve|release)=\d+)*")


def guarded(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula: one that begins like one gets an apostrophe before it."""
    return f"'{text}" if _FORMULA.match(text) else text


def unguarded(cell: str) -> str:
    """Return the text that `guarded` was given.

    >>> [unguarded(guarded(text)) for text in ("=1+1", "'=1", "'tis", "-")]
    ['=1+1', "'=1", "'tis", '-']
    """
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def write_list(values: Sequence[Any]) -> str:
    """Return values between semicolons; one that holds a semicolon or a quotation mark is quoted."""
    text = io.StringIO()
    csv.writer(text, delimiter=";", lineterminator="").writerow(values)
    return text.getvalue()


def read_list(cell: str) -> list[str]:
    """Return the values between semicolons, without the blanks around them."""
    rows = csv.reader(io.StringIO(cell, newline=""), delimiter=";", skipinitialspace=True, strict=True)
    return [value.strip() for row in rows for value in row]


def write_pools(shares: Sequence[dict[str, Any]]) -> str:
    """Return shares such as ``online cap=2;inpatient reserve=1 release=120``."""
    return ";".join(" ".join([share["pool"], *_bounds(share)]) for share in shares)


def _bounds(share: dict[str, Any]) -> list[str]:
    told = (("cap", share["cap"]), ("reserve", share["reserve"] or None), ("release", share["release_minutes"] or None))
    return [f"{name}={value}" for name, value in told if value is not None]


def read_pools(cell: str) -> list[PoolShare]:
    """Return the shares that a cell tells; raises ValueError."""
    return [read_pool(told.strip()) for told in cell.split(";") if told.strip()]


def read_pool(told: str) -> PoolShare:
    """Return one share told as ``POOL [cap=N] [reserve=N] [release=MINUTES]``; raises ValueError.

    >>> read_pool("inpatient reserve=1 release=120")
    PoolShare(pool='inpatient', cap=None, reserve=1, release_minutes=120)
    """
    if not _POOL.fullmatch(told):
        raise ValueError(f"{told!r}: POOL [cap=N] [reserve=N] [release=MINUTES]")
    pool, *bounds = told.split()
    named = dict(bound.split("=") for bound in bounds)
    more = {"release_minutes": named.pop("release")} if "release" in named else {}
    return PoolShare.model_validate({"pool": pool, **named, **more})


def read_weekdays(cell: str) -> list[int]:
    """Return weekdays told as ``12345``, ``1;2;3`` or ``1-5``."""
    spans = re.sub(r"(\d)\s*-\s*(\d)", lambda span: "".join(map(str, range(int(span[1]), int(span[2]) + 1))), cell)
    return [int(digit) for digit in re.findall(r"\d", spans)]


def read_time(cell: str) -> time:
    """Return a time of the day told as ``8:00``, ``08:00`` or ``08:00:00``; raises ValueError."""
    found = _TIME.fullmatch(cell)
    if not found:
        raise ValueError(f"{cell!r}: HH:MM")
    return time(int(found[1]), int(found[2]))


def read_date(cell: str) -> date:
    """Return a day told as ``2026-03-02`` or ``2026/3/2``; raises ValueError."""
    found = _DATE.fullmatch(cell)
    if not found:
        raise ValueError(f"{cell!r}: YYYY-MM-DD")
    return date(int(found[1]), int(found[2]), int(found[3]))


def read_bool(cell: str) -> bool:
    """Return yes or no, in both languages; raises ValueError."""
    if cell.lower() not in YES + NO:
        raise ValueError(f"{cell!r}: 1/0, yes/no, 是/否")
    return cell.lower() in YES


READERS: dict[str, Callable[[str], Any]] = {
    "weekdays": read_weekdays,
    "pools": read_pools,
    "opens": read_time,
    "closes": read_time,
    "first_day": read_date,
    "last_day": read_date,
    "prepaid": read_bool,
    "reminders": read_bool,
}
LISTS = frozenset({"devices", "capabilities", "needs", "tags", "reminder_hours"})
TEXTS = frozenset({"name", "name_en", "address", "place", "place_en", "preparation", "preparation_en"})


def write_cell(field: str, value: Any) -> str:
    """Return a value as text."""
    if field == "pools":
        return write_pools(value)
    if field == "weekdays":
        return "".join(map(str, value))
    if field in LISTS:
        return write_list(value)
    if isinstance(value, bool):
        return "1" if value else "0"
    return "" if value is None else f"{value:%H:%M}" if isinstance(value, time) else str(value)


def read_cell(field: str, cell: str) -> Any:
    """Return a cell's value, still to be checked against its type; raises ValueError. Only texts keep their blanks."""
    told = cell if field in TEXTS else cell.strip()
    if field in LISTS:
        return read_list(told)
    return READERS[field](told) if field in READERS else told
