"""Patients, as far as the other rooms need to know them."""

from datetime import date
from enum import StrEnum

from yiji.core.message import Value


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
    type: str = "MR"


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
