"""What is learnt of a patient from what a sender tells: nothing known is blanked, a contradiction is refused.

Two tempers. `strict`, when somebody registers a patient: an identity number is checked, and whatever it contradicts is
refused. Lenient, when an order comes in: an examination must not wait for a typing error in an identity number, so one
that is wrong, or contradicts the rest, is left out; only what looks like another person altogether is refused.
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from yiji.booking.errors import BadIdentityNumber, IdentityConflict
from yiji.booking.people.asked import tidy_phone
from yiji.booking.people.identity import IDENTITY_TYPES, Identity, masked, read_identity
from yiji.booking.people.names import comparable
from yiji.core.contract.patient import Identifier, PatientBrief, Sex
from yiji.core.errors import InvalidMessage

Number = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Told:
    """What a sender tells of a patient, put in order; the identity number is valid, and comes last of the numbers."""

    id: str
    name: str
    sex: Sex
    birth_date: date | None
    phone: str
    numbers: tuple[Identifier, ...]
    identity: str

    @property
    def plain(self) -> list[Number]:
        """The numbers that are no identity numbers."""
        return [(one.system, one.value) for one in self.numbers if one.type not in IDENTITY_TYPES]


def read_told(brief: PatientBrief, today: date, strict: bool) -> Told:
    """Return what a sender tells; raises `BadIdentityNumber`, `IdentityConflict`, `InvalidMessage` when strict."""
    if strict and not brief.name.strip():
        raise InvalidMessage(message="RegisterPatient", detail="name: a patient needs a name")
    if strict and brief.birth_date and brief.birth_date > today:
        raise InvalidMessage(message="RegisterPatient", detail="birth_date: lies in the future")
    found: Identity | None = None
    numbers: list[Identifier] = []
    for one in brief.identifiers:
        if one.type not in IDENTITY_TYPES:
            numbers.append(one)
            continue
        identity = _identity(brief, one.value, today, strict)
        if identity and found in (None, identity):
            found = identity
            numbers.append(one.model_copy(update={"value": identity.number}))
    numbers.sort(key=lambda one: one.type in IDENTITY_TYPES)
    return _told(brief, tuple(numbers), found)


def _told(brief: PatientBrief, numbers: tuple[Identifier, ...], found: Identity | None) -> Told:
    unknown = brief.sex is Sex.UNKNOWN and found is not None
    return Told(
        id=brief.id,
        name=brief.name.strip(),
        sex=found.sex if found and unknown else brief.sex,
        birth_date=brief.birth_date or (found.birth_date if found else None),
        phone=tidy_phone(brief.phone),
        numbers=numbers,
        identity=found.number if found else "",
    )


def _identity(brief: PatientBrief, value: str, today: date, strict: bool) -> Identity | None:
    try:
        identity = read_identity(value, today)
        if brief.birth_date and brief.birth_date != identity.birth_date:
            raise _conflict(masked(identity.number), brief.id, "birth_date")
        if brief.sex in (Sex.MALE, Sex.FEMALE) and brief.sex is not identity.sex:
            raise _conflict(masked(identity.number), brief.id, "sex")
    except (BadIdentityNumber, IdentityConflict):
        if strict:
            raise
        return None
    return identity


def _conflict(number: str, patient: str, differs: str) -> IdentityConflict:
    return IdentityConflict(number=number, patient=patient, differs=differs)


def check_same(kept: dict[str, Any], told: Told, by_identity: bool) -> None:
    """Raise `IdentityConflict` if what is told cannot be the patient who is kept.

    Found `by_identity` number, neither the name nor the birth date may differ; found by another number, not both.
    """
    differs = [name for name in ("name", "birth_date") if _differs(kept, told, name)]
    if by_identity and differs:
        raise _conflict(masked(told.identity), kept["id"], ", ".join(differs))
    if len(differs) > 1:
        number = next((value for _, value in told.plain), "") or masked(told.identity) or told.id
        raise _conflict(number, kept["id"], ", ".join(differs))


def _differs(kept: dict[str, Any], told: Told, name: str) -> bool:
    known, now = kept[name], getattr(told, name)
    if name == "name":
        known, now = comparable(known), comparable(now)
    return bool(known and now and known != now)


def learn(kept: dict[str, Any], told: Told) -> dict[str, Any]:
    """Return what changes of a kept patient: what is told and differs."""
    now = {"name": told.name, "birth_date": told.birth_date, "phone": told.phone}
    if told.sex is not Sex.UNKNOWN:
        now["sex"] = told.sex.value
    return {name: value for name, value in now.items() if value and value != kept[name]}


def without_identity(told: Told) -> Told:
    """Return what is told without the identity number."""
    numbers = tuple(one for one in told.numbers if one.type not in IDENTITY_TYPES)
    return replace(told, numbers=numbers, identity="")
