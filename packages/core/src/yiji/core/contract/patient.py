"""Patients: who they are, what is known about them that rules ask for, and whom booking is closed to."""

from datetime import date, datetime
from enum import StrEnum

from pydantic import Field

from yiji.core.message import Command, Event, Query, Value


class Sex(StrEnum):
    """Administrative sex (HL7 table 0001, recalled; FHIR administrative-gender, recalled)."""

    MALE = "male"
    FEMALE = "female"
    OTHER = "other"
    UNKNOWN = "unknown"


class Identifier(Value):
    """One number of a patient and who gave it (PID-3: id and assigning authority)."""

    system: str
    value: str
    type: str = "MR"  # HL7 table 0203 (recalled): MR medical record, NI national identity number 身份证


class PatientBrief(Value):
    """Who the patient is, carried along so that nobody has to ask back."""

    id: str = ""
    name: str
    sex: Sex = Sex.UNKNOWN
    birth_date: date | None = None
    identifiers: tuple[Identifier, ...] = ()
    phone: str = ""
    visit_number: str = ""  # 门诊号 / 住院号 (PV1-19)
    visit_class: str = ""  # HL7 table 0004: O outpatient 门诊, I inpatient 住院, E emergency 急诊 (recalled)
    ward: str = ""
    bed: str = ""


class PatientFact(Value):
    """Something about a patient that rules ask for: pregnant, implant.pacemaker, allergy.iodine, egfr, ..."""

    code: str
    value: str = "yes"
    at: datetime
    source: str = ""


class Patient(Value):
    """A patient as kept."""

    id: str
    name: str
    sex: Sex
    birth_date: date | None
    identifiers: tuple[Identifier, ...]
    phone: str
    facts: tuple[PatientFact, ...] = ()
    merged_into: str = ""  # the record that stands for this one since they were found to be the same person
    blocked_until: datetime | None = None


class RegisterPatient(Command[Patient], permission="patient.register"):
    """Register a patient 建档, or learn more of one whose number is known.

    An identity number (type NI) is checked: length, date, check character (GB 11643, recalled).
    """

    patient: PatientBrief


class FindPatientsResult(Value):
    """Patients, the best match first."""

    patients: tuple[Patient, ...]


class FindPatients(Query[FindPatientsResult], permission="patient.read"):
    """Who is it? By part of a name, its pinyin or initials (zhangsan, zs), a number, or a phone's end."""

    text: str = Field(min_length=1, max_length=100)
    limit: int = Field(default=20, gt=0, le=200)


class ShowPatient(Query[Patient], permission="patient.read"):
    """What is known of a patient? By id or any of the numbers."""

    id: str


class NoteFacts(Command[Patient], permission="patient.note"):
    """Write down facts about a patient that rules ask for; the newest of a code counts."""

    patient_id: str
    facts: tuple[PatientFact, ...]


class Duplicate(Value):
    """Two records that may be one person, and why."""

    patient: Patient
    other: Patient
    score: float  # 0 .. 1
    reasons: tuple[str, ...]  # identity_number name name_sound name_spelling birth_date(_swapped, _typing) phone sex


class SuggestMergesResult(Value):
    """Pairs, the likeliest first."""

    pairs: tuple[Duplicate, ...]


class SuggestMerges(Query[SuggestMergesResult], permission="patient.merge"):
    """Which records may be the same person: of one patient, or among those added lately?"""

    patient_id: str = ""
    limit: int = Field(default=20, gt=0, le=200)


class MergePatients(Command[Patient], permission="patient.merge"):
    """Let one record stand for both: numbers, orders and appointments go over; refused where they overlap in time."""

    patient_id: str  # stays
    duplicate_id: str  # goes into it
    reason: str = Field(min_length=1)


class UnmergePatients(Command[Patient], permission="patient.merge"):
    """Take a merge back: what came from the duplicate, and is unchanged since, returns to it."""

    duplicate_id: str
    reason: str = Field(min_length=1)


class BlockState(StrEnum):
    """The life of a block."""

    ACTIVE = "active"
    APPEALED = "appealed"
    LIFTED = "lifted"


class Block(Value):
    """Booking by himself is closed to a patient 黑名单; staff can still book for him."""

    id: str
    patient_id: str
    patient_name: str
    reason: str
    since: datetime
    until: datetime
    state: BlockState
    appeal: str = ""
    decision: str = ""


class BlockPatient(Command[Block], permission="patient.block"):
    """Close booking to a patient for some days."""

    patient_id: str
    reason: str = Field(min_length=1)
    days: int = Field(default=90, gt=0, le=3650)


class AppealBlock(Command[Block], permission="patient.appeal"):
    """The patient objects 申诉; the block holds until it is decided."""

    block_id: str
    text: str = Field(min_length=1, max_length=2000)


class SettleAppeal(Command[Block], permission="patient.block"):
    """Decide an appeal, or lift a block that nobody appealed against."""

    block_id: str
    lift: bool
    decision: str = Field(min_length=1)


class ListBlocksResult(Value):
    """Blocks, newest first."""

    blocks: tuple[Block, ...]


class ListBlocks(Query[ListBlocksResult], permission="patient.read"):
    """Who is blocked, and who appeals?"""

    patient_id: str = ""
    state: BlockState | None = None
    limit: int = Field(default=100, gt=0, le=1000)


class PatientMerged(Event, aggregate="patient_id"):
    """One record stands for both."""

    patient_id: str
    duplicate_id: str


class PatientUnmerged(Event, aggregate="patient_id"):
    """A merge is taken back."""

    patient_id: str
    duplicate_id: str


class PatientBlocked(Event, aggregate="patient_id"):
    """Booking by himself is closed to a patient."""

    patient_id: str
    block: Block
