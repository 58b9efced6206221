"""Patients, pairs and blocks as tables that fit a terminal; with --json whole values."""

from collections.abc import Sequence
from datetime import datetime

from yiji.core.contract.patient import Block, Duplicate, Patient, Sex
from yiji.core.faces import shell
from yiji.core.message import Value

_PATIENTS = [
    ("name", "姓名", "name"),
    ("sex", "性别", "sex"),
    ("born", "出生日期", "born"),
    ("phone", "电话", "phone"),
    ("numbers", "号码", "numbers"),
    ("blocked_until", "停约至", "blocked until"),
    ("id", "患者", "patient"),
]
_PAIRS = [
    ("score", "相似度", "score"),
    ("reasons", "依据", "because of"),
    ("first", "患者", "patient"),
    ("second", "可能是同一人", "may be"),
]
_BLOCKS = [
    ("patient_name", "患者", "patient"),
    ("state", "状态", "state"),
    ("until", "截止", "until"),
    ("reason", "原因", "reason"),
    ("appeal", "申诉", "appeal"),
    ("decision", "裁定", "decision"),
    ("id", "编号", "block"),
]
_REASONS = {
    "identity_number": ("身份证号相同", "same identity number"),
    "name": ("姓名相同", "same name"),
    "name_sound": ("姓名同音", "name sounds the same"),
    "name_spelling": ("姓名差一字", "name differs by a character"),
    "birth_date": ("出生日期相同", "same birth date"),
    "birth_date_swapped": ("出生日期月日颠倒", "day and month swapped"),
    "birth_date_typing": ("出生日期差一位", "birth date differs by a digit"),
    "phone": ("电话相同", "same phone"),
    "sex": ("性别相同", "same sex"),
}

_SEXES = {Sex.MALE: ("男", "male"), Sex.FEMALE: ("女", "female"), Sex.OTHER: ("其他", "other"), Sex.UNKNOWN: ("", "")}


class PatientLine(Value):
    """A patient in a line."""

    name: str
    sex: Sex
    born: str
    phone: str
    numbers: str
    blocked_until: datetime | None
    id: str


class PairLine(Value):
    """Two records that may be one person, in a line."""

    score: float
    reasons: str
    first: str
    second: str


def _born(patient: Patient) -> str:
    return patient.birth_date.isoformat() if patient.birth_date else ""


def _line(patient: Patient) -> PatientLine:
    return PatientLine(
        name=patient.name,
        sex=patient.sex,
        born=_born(patient),
        phone=patient.phone,
        numbers=", ".join(f"{one.system}:{one.value}" for one in patient.identifiers),
        blocked_until=patient.blocked_until,
        id=patient.id,
    )


def in_words(reasons: Sequence[str]) -> str:
    """Return reasons in the user's language."""
    here = shell()
    return ", ".join(here.words(*_REASONS.get(reason, (reason, reason))) for reason in reasons)


def told(patient: Patient) -> str:
    """Return a patient in one line of text."""
    shown, sex = _line(patient), shell().words(*_SEXES[patient.sex])
    return "  ".join(part for part in (shown.name, sex, shown.born, shown.phone, shown.numbers, shown.id) if part)


def _short(patient: Patient) -> str:
    return "  ".join(part for part in (patient.name, _born(patient), patient.id) if part)


def patients(found: Sequence[Patient]) -> None:
    """Print patients."""
    here = shell()
    here.table(found if here.json else [_line(one) for one in found], _PATIENTS, here.words("患者", "Patients"))


def pairs(found: Sequence[Duplicate]) -> None:
    """Print pairs."""
    here = shell()
    lines = [
        PairLine(score=one.score, reasons=in_words(one.reasons), first=_short(one.patient), second=_short(one.other))
        for one in found
    ]
    here.table(found if here.json else lines, _PAIRS, here.words("可能重复的档案", "Possible duplicates"))


def blocks(found: Sequence[Block]) -> None:
    """Print blocks."""
    here = shell()
    here.table(found, _BLOCKS, here.words("黑名单", "Blocks"))
