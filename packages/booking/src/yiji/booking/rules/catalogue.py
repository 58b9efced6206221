"""Master data as one document: codes of its entries, what a change makes of it, which devices make an examination."""

from collections.abc import Collection, Iterable
from typing import Any, cast

from yiji.core.contract.catalogue import Calendar, Catalogue, Closure, Device, Exam, Parameters, Part
from yiji.core.message import Value

PARTS: tuple[Part, ...] = tuple(Part)  # in the order in which they refer to one another


def code_of(entry: Value) -> str:
    """Return the code by which an entry is known: its own, or what it is made of.

    A calendar is ``DEVICE/OPENS/WEEKDAYS/FIRST_DAY``, a closure ``FIRST..LAST/CAMPUS/DEVICE``, without what is empty
    at the end.

    >>> from datetime import date, time
    >>> code_of(Calendar(device="CT-1", weekdays=(1, 2), opens=time(8), closes=time(12), slot_minutes=10, capacity=1))
    'CT-1/08:00/12'
    >>> code_of(Closure(first_day=date(2026, 10, 1), last_day=date(2026, 10, 7), name="国庆节", device="CT-1"))
    '2026-10-01..2026-10-07//CT-1'
    """
    match entry:
        case Calendar():
            days = "".join(str(day) for day in entry.weekdays)
            return f"{entry.device}/{entry.opens:%H:%M}/{days}/{entry.first_day or ''}".rstrip("/")
        case Closure():
            return f"{entry.first_day}..{entry.last_day}/{entry.campus}/{entry.device}".rstrip("/")
        case _:
            return cast(Any, entry).code


def entries(catalogue: Catalogue, part: Part) -> tuple[Any, ...]:
    """Return the entries of a part."""
    return getattr(catalogue, part.value)


def ordered(catalogue: Catalogue) -> Catalogue:
    """Return the catalogue in its one canonical order, so that the same content is equal however it was told."""
    tidy = tuple(_tidy(calendar) for calendar in catalogue.calendars)
    told: dict[str, Any] = {part.value: entries(catalogue, part) for part in PARTS} | {"calendars": tidy}
    return catalogue.model_copy(
        update={
            **{name: tuple(sorted(part, key=code_of)) for name, part in told.items()},
            "parameters": catalogue.parameters or Parameters(),
        }
    )


def _tidy(calendar: Calendar) -> Calendar:
    weekdays = tuple(sorted(set(calendar.weekdays)))
    return calendar if weekdays == calendar.weekdays else calendar.model_copy(update={"weekdays": weekdays})


def merged(there: Catalogue, told: Catalogue, *, replace: bool = False) -> Catalogue:
    """Return what is there with what is told laid over it by code; `replace`: the parts told stand alone."""
    told = told.model_copy(update={"calendars": tuple(_tidy(calendar) for calendar in told.calendars)})
    parts: dict[str, Any] = {}
    for part in PARTS:
        new = entries(told, part)
        kept = () if replace and new else entries(there, part)
        parts[part.value] = (*_without(kept, {code_of(entry) for entry in new}), *new)
    return ordered(Catalogue(**parts, parameters=told.parameters or there.parameters))


def _without(some: Iterable[Value], codes: Collection[str]) -> tuple[Value, ...]:
    return tuple(entry for entry in some if code_of(entry) not in codes)


def without(there: Catalogue, part: Part, codes: Collection[str]) -> Catalogue:
    """Return the catalogue without some entries of a part."""
    return there.model_copy(update={part.value: _without(entries(there, part), codes)})


def copied(there: Catalogue, device: str, to: Collection[str]) -> Catalogue:
    """Return the catalogue in which other devices have the calendars of one, in place of their own.

    A staff group takes them without pools: companions are counted without.
    """
    pattern = [calendar for calendar in there.calendars if calendar.device == device]
    targets = [code for code in dict.fromkeys(to) if code != device]
    kept = tuple(calendar for calendar in there.calendars if calendar.device not in targets)
    groups = {group.code for group in there.staff}
    copies = tuple(
        calendar.model_copy(update={"device": code, **({"pools": ()} if code in groups else {})})
        for code in targets
        for calendar in pattern
    )
    return ordered(there.model_copy(update={"calendars": kept + copies}))


def gone(old: Catalogue, new: Catalogue) -> dict[Part, tuple[str, ...]]:
    """Return the codes of each part that the new catalogue has no more."""
    lost: dict[Part, tuple[str, ...]] = {}
    for part in PARTS:
        left = {code_of(entry) for entry in entries(new, part)}
        codes = tuple(code for entry in entries(old, part) if (code := code_of(entry)) not in left)
        if codes:
            lost[part] = codes
    return lost


def makers(catalogue: Catalogue) -> dict[str, tuple[str, ...]]:
    """Return by examination the devices that make it: those told, else all of its kind in its department.

    A device is of its kind when it stands in one of the department's rooms, has the examination's modality and all the
    capabilities that it asks for.
    """
    departments = {room.code: room.department for room in catalogue.rooms}
    by_kind: dict[tuple[str, str], list[Device]] = {}
    for device in catalogue.devices:
        by_kind.setdefault((departments.get(device.room, ""), device.modality), []).append(device)
    return {exam.code: exam.devices or _able(exam, by_kind) for exam in catalogue.exams}


def _able(exam: Exam, by_kind: dict[tuple[str, str], list[Device]]) -> tuple[str, ...]:
    asked = set(exam.capabilities)
    same_kind = by_kind.get((exam.department, exam.modality), ())
    return tuple(device.code for device in same_kind if asked.issubset(device.capabilities))
