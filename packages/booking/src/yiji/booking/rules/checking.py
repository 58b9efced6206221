"""Does the master data hold together? Every reference is followed, every calendar is laid beside the others."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, time
from itertools import combinations

from yiji.booking.rules.catalogue import PARTS, code_of, entries
from yiji.core.contract.catalogue import Calendar, Catalogue, Closure, Exam, Part, PoolShare

POOLS = "pools"  # the dictionary of the hospital's pools; where it is told, calendars may use no others


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a field of an entry. `fault`: missing, duplicate, overlaps, range or exceeds."""

    part: str
    code: str
    field: str
    fault: str
    detail: str

    def __str__(self) -> str:
        return f"{self.part} {self.code} {self.field}: {self.fault} {self.detail}"


def problems(catalogue: Catalogue) -> list[Problem]:
    """Return all that is wrong with the whole master data, part by part."""
    return [
        *_duplicates(catalogue),
        *_references(catalogue),
        *(problem for exam in catalogue.exams for problem in _exam_problems(exam)),
        *(problem for calendar in catalogue.calendars for problem in _calendar_problems(calendar)),
        *_overlaps(catalogue.calendars),
        *(problem for closure in catalogue.closures for problem in _closure_problems(closure)),
    ]


def _repeated(values: Iterable[str]) -> list[str]:
    return [value for value, count in Counter(values).items() if count > 1]


def _duplicates(catalogue: Catalogue) -> Iterator[Problem]:
    for part in PARTS:
        for code in _repeated(code_of(entry) for entry in entries(catalogue, part)):
            yield Problem(part, code, "code", "duplicate", code)
    for code in sorted({one.code for one in catalogue.devices} & {one.code for one in catalogue.staff}):
        yield Problem(Part.STAFF, code, "code", "duplicate", f"{Part.DEVICES} {code}")
    for dictionary in catalogue.dictionaries:
        for code in _repeated(entry.code for entry in dictionary.entries):
            yield Problem(Part.DICTIONARIES, dictionary.code, "entries", "duplicate", code)


def _codes(catalogue: Catalogue, part: Part) -> set[str]:
    return {code_of(entry) for entry in entries(catalogue, part)}


def _references(catalogue: Catalogue) -> Iterator[Problem]:
    campuses, departments = _codes(catalogue, Part.CAMPUSES), _codes(catalogue, Part.DEPARTMENTS)
    devices = _codes(catalogue, Part.DEVICES)
    resources = devices | _codes(catalogue, Part.STAFF)
    abilities = {capability for group in catalogue.staff for capability in group.capabilities}
    yield from _follow(catalogue, Part.DEPARTMENTS, "campus", campuses | {""})
    yield from _follow(catalogue, Part.ROOMS, "department", departments)
    yield from _follow(catalogue, Part.DEVICES, "room", _codes(catalogue, Part.ROOMS))
    yield from _follow(catalogue, Part.STAFF, "department", departments)
    yield from _follow(catalogue, Part.EXAMS, "department", departments)
    yield from _follow(catalogue, Part.EXAMS, "devices", devices)
    yield from _follow(catalogue, Part.EXAMS, "needs", abilities)
    yield from _follow(catalogue, Part.CALENDARS, "device", resources)
    yield from _follow(catalogue, Part.CLOSURES, "device", resources | {""})
    yield from _follow(catalogue, Part.CLOSURES, "campus", campuses | {""})
    yield from _unknown_pools(catalogue)


def _follow(catalogue: Catalogue, part: Part, field: str, known: Collection[str]) -> Iterator[Problem]:
    for entry in entries(catalogue, part):
        told = getattr(entry, field)
        for code in (told,) if isinstance(told, str) else told:
            if code not in known:
                yield Problem(part, code_of(entry), field, "missing", code)


def _unknown_pools(catalogue: Catalogue) -> Iterator[Problem]:
    told = [dictionary for dictionary in catalogue.dictionaries if dictionary.code == POOLS]
    known = {entry.code for dictionary in told for entry in dictionary.entries}
    groups = {group.code for group in catalogue.staff}
    for calendar in catalogue.calendars:
        if calendar.pools and calendar.device in groups:  # companions are counted without pools
            yield Problem(Part.CALENDARS, code_of(calendar), "pools", "range", f"{calendar.device}: staff")
        for share in calendar.pools:
            if told and share.pool not in known:
                yield Problem(Part.CALENDARS, code_of(calendar), "pools", "missing", share.pool)


def _exam_problems(exam: Exam) -> Iterator[Problem]:
    for code in _repeated(part.code for part in exam.body_parts):
        yield Problem(Part.EXAMS, exam.code, "body_parts", "duplicate", code)
    for code in _repeated(exam.devices):
        yield Problem(Part.EXAMS, exam.code, "devices", "duplicate", code)


def closing(calendar: Calendar) -> int:
    """Return the minute of the day at which a calendar closes: 00:00 is midnight at the day's end."""
    return _minute(calendar.closes) or 24 * 60


def _minute(moment: time) -> int:
    return moment.hour * 60 + moment.minute


def _calendar_problems(calendar: Calendar) -> Iterator[Problem]:
    def wrong(field: str, fault: str, detail: str) -> Problem:
        return Problem(Part.CALENDARS, code_of(calendar), field, fault, detail)

    if not calendar.weekdays or not set(calendar.weekdays) <= set(range(1, 8)):
        yield wrong("weekdays", "range", f"{list(calendar.weekdays)} (1..7)")
    for field, told in (("opens", calendar.opens), ("closes", calendar.closes)):
        if told.tzinfo or told.second or told.microsecond:
            yield wrong(field, "range", f"{told.isoformat()} (HH:MM)")
    length = closing(calendar) - _minute(calendar.opens)
    if length <= 0:
        yield wrong("closes", "range", f"{calendar.opens:%H:%M} >= {calendar.closes:%H:%M}")
    elif calendar.slot_minutes > length:
        yield wrong("slot_minutes", "exceeds", f"{calendar.slot_minutes} > {length}")
    if calendar.first_day and calendar.last_day and calendar.last_day < calendar.first_day:
        yield wrong("last_day", "range", f"{calendar.first_day} > {calendar.last_day}")
    for fault, detail in share_faults(calendar.pools, calendar.capacity):
        yield wrong("pools", fault, detail)


def share_faults(shares: Collection[PoolShare], capacity: int) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with shares of a slot's capacity, as (fault, detail)."""
    for pool in _repeated(share.pool for share in shares):
        yield "duplicate", pool
    for share in shares:
        if share.cap is not None and share.cap > capacity:
            yield "exceeds", f"{share.pool} cap {share.cap} > capacity {capacity}"
        if share.cap is not None and share.reserve > share.cap:
            yield "exceeds", f"{share.pool} reserve {share.reserve} > cap {share.cap}"
    reserved = sum(share.reserve for share in shares)
    if reserved > capacity:
        yield "exceeds", f"reserve {reserved} > capacity {capacity}"


def _overlaps(calendars: Iterable[Calendar]) -> Iterator[Problem]:
    """A device has one calendar at a time: which of two would hold cannot be told from the data."""
    by_device: dict[str, list[Calendar]] = {}
    for calendar in calendars:
        by_device.setdefault(calendar.device, []).append(calendar)
    for same in by_device.values():
        for one, other in combinations(same, 2):
            if code_of(one) != code_of(other) and _overlap(one, other):
                yield Problem(Part.CALENDARS, code_of(other), "opens", "overlaps", code_of(one))


def _overlap(one: Calendar, other: Calendar) -> bool:
    hours = _minute(one.opens) < closing(other) and _minute(other.opens) < closing(one)
    bounds = _first(one) <= _last(other) and _first(other) <= _last(one)
    return hours and bounds and bool(set(one.weekdays) & set(other.weekdays))


def _first(calendar: Calendar) -> date:
    return calendar.first_day or date.min


def _last(calendar: Calendar) -> date:
    return calendar.last_day or date.max


def _closure_problems(closure: Closure) -> Iterator[Problem]:
    if closure.last_day < closure.first_day:
        detail = f"{closure.first_day} > {closure.last_day}"
        yield Problem(Part.CLOSURES, code_of(closure), "last_day", "range", detail)
