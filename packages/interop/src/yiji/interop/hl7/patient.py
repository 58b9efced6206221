"""The patient of a message (PID, PV1) as the house knows patients."""

import re
from collections.abc import Iterator

from yiji.core.contract.patient import Identifier, PatientBrief, Sex
from yiji.interop.errors import MissingField
from yiji.interop.hl7.message import Message, Segment, Segments
from yiji.interop.hl7.profile import Profile
from yiji.interop.hl7.times import read_date

_HAN = re.compile("[\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


def first_of(where: Segments, paths: tuple[str, ...]) -> str:
    """Return the first value that is there."""
    return next((value for value in map(where.get, paths) if value), "")


def read_patient(message: Message, profile: Profile) -> PatientBrief:
    """Return who the message is about; raises `MissingField` (PID, number, name) or `BadValue` (birth date)."""
    pid = message.first("PID")
    if pid is None:
        raise MissingField(field="PID")
    name, numbers = read_name(pid, 5), tuple(_identifiers(message, pid, profile))
    if not numbers:
        raise MissingField(field="PID-3")
    if not name:
        raise MissingField(field="PID-5")
    return PatientBrief(
        name=name,
        sex=profile.sexes.get(pid.text(8).upper(), Sex.UNKNOWN),
        birth_date=read_date(pid.text(7), "PID-7"),
        identifiers=numbers,
        phone=first_of(message, profile.phone),
        visit_number=first_of(message, profile.visit_number),
        visit_class=first_of(message, profile.visit_class),
        ward=first_of(message, profile.ward),
        bed=first_of(message, profile.bed),
    )


def patient_notes(message: Message, profile: Profile) -> Iterator[str]:
    """Tell what of the patient was not understood, but is no reason to refuse an order."""
    sex, born = message.get("PID-8"), message.get("PID-7")
    if sex.upper() not in profile.sexes:
        yield f"unknown_sex {sex}"
    if born and read_date(born, "PID-7") is None:
        yield f"partial_birth_date {born}"


def read_name(segment: Segment, number: int) -> str:
    """Return a person's name (XPN: 1 family, 2 given, 3 middle): the repetition in Chinese, else the first."""
    names = [_name(segment, number, rep) for rep in segment.repetitions(number)]
    return next((name for name in names if _HAN.search(name)), names[0] if names else "")


def _name(segment: Segment, number: int, repetition: int) -> str:
    return join_name(*(segment.text(number, part, repetition=repetition) for part in (1, 2, 3)))


def join_name(family: str, given: str, middle: str = "") -> str:
    """Return a whole name: 张三, but Lucy Mark Smith."""
    if _HAN.search(family + given):
        return family + given
    return " ".join(part for part in (given, middle, family) if part)


def _identifiers(message: Message, pid: Segment, profile: Profile) -> Iterator[Identifier]:
    """PID-3 (CX: 1 number, 4 assigning authority with 4.1 name and 4.2 OID, 5 type), then the national number."""
    usual = profile.authority or message.header.sender
    for rep in pid.repetitions(3):
        number = pid.text(3, 1, repetition=rep)
        if number:
            system = pid.text(3, 4, 1, rep) or pid.text(3, 4, 2, rep) or usual
            yield Identifier(system=system, value=number, type=pid.text(3, 5, repetition=rep) or "MR")
    national = first_of(message, profile.national_id)
    if national:
        yield Identifier(system="CN", value=national, type="NNCHN")  # NNxxx of table 0203, recalled
