"""How likely two records are one person, and why.

Points for what agrees, after the manner of record linkage (Fellegi and Sunter, recalled), with weights of our own: a
hospital should look at what its data gives. Equal identity numbers decide; two valid ones that differ nearly exclude. A
name that differs by one character is never more than likely, since twins have such names, one birth date and one phone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from yiji.booking.people.names import comparable, is_one_off
from yiji.core.contract.patient import Sex

LIKELY = 0.5  # less is not worth a person's time
_IDENTITY, _OTHER_IDENTITY, _OTHER_SEX = 0.95, 0.3, 0.6
_MOST_WITHOUT_NAME = 0.75
_POINTS = {
    "name": 0.45,
    "name_sound": 0.35,
    "name_spelling": 0.3,
    "birth_date": 0.35,
    "birth_date_swapped": 0.25,
    "birth_date_typing": 0.2,
    "phone": 0.2,
}


@dataclass(frozen=True, slots=True)
class Person:
    """What two records are compared by; `identities` are valid identity numbers of 18 characters."""

    id: str
    name: str
    pinyin: str
    sex: Sex
    birth_date: date | None
    phone: str
    identities: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Likeness:
    """A score from 0 to 1, and what speaks for it."""

    score: float
    reasons: tuple[str, ...]


def compare(one: Person, other: Person) -> Likeness:
    """Return how likely two records are one person."""
    reasons = list(_reasons(one, other))
    score = sum(_POINTS[reason] for reason in reasons)
    if not any(reason.startswith("name") for reason in reasons):
        score = 0.0  # parents and children share phones, classmates birth dates
    elif "name" not in reasons:
        score = min(score, _MOST_WITHOUT_NAME)
    if one.identities & other.identities:
        score, reasons = _IDENTITY + score / 20, ["identity_number", *reasons]
    elif one.identities and other.identities:
        score *= _OTHER_IDENTITY
    sexes = {one.sex, other.sex}
    if sexes == {Sex.MALE, Sex.FEMALE}:
        score *= _OTHER_SEX
    elif len(sexes) == 1 and reasons and one.sex is not Sex.UNKNOWN:
        reasons.append("sex")
    return Likeness(round(min(score, 1.0), 3), tuple(reasons))


def _reasons(one: Person, other: Person) -> Iterator[str]:
    first, second = comparable(one.name), comparable(other.name)
    if first == second:
        yield "name"
    elif one.pinyin and one.pinyin == other.pinyin:
        yield "name_sound"
    elif is_one_off(first, second):
        yield "name_spelling"
    if one.birth_date and other.birth_date:
        yield from _dates(one.birth_date, other.birth_date)
    if one.phone and one.phone == other.phone:
        yield "phone"


def _dates(one: date, other: date) -> Iterator[str]:
    if one == other:
        yield "birth_date"
    elif swapped(one) == other:
        yield "birth_date_swapped"
    elif sum(a != b for a, b in zip(one.isoformat(), other.isoformat(), strict=True)) == 1:
        yield "birth_date_typing"


def swapped(day: date) -> date | None:
    """Return the date with day and month the other way round, if there is one."""
    return day.replace(month=day.day, day=day.month) if day.day <= 12 else None


def near(day: date) -> list[date]:
    """Return the dates that the same birth date may have been kept as: itself, swapped, one digit mistyped."""
    digits = f"{day:%Y%m%d}"
    found = {day, swapped(day) or day}
    for place in range(2, 8):  # the century is hardly ever mistyped
        for digit in "0123456789":
            found.add(_read(digits[:place] + digit + digits[place + 1 :]) or day)
    return sorted(found)


def _read(digits: str) -> date | None:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None
