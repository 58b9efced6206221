"""Who is this? Patients are found by their numbers; a number belongs to one patient."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from yiji.booking.loading import NUMBER, PATIENT
from yiji.core import clock, ids
from yiji.core.contract.patient import PatientBrief
from yiji.core.store.db import Tx
from yiji.core.store.match import pair_of

Number = tuple[str, str]


def _numbers(patient: PatientBrief) -> list[Number]:
    return [(identifier.system, identifier.value) for identifier in patient.identifiers]


class Registry:
    """The patients of one batch: known ones by number, new ones to be written."""

    def __init__(self, tx: Tx, named: Sequence[PatientBrief]) -> None:
        self._tx = tx
        self._known = self._look_up({number for patient in named for number in _numbers(patient)})
        self._patients: dict[str, dict[str, Any]] = {}
        self._numbers: dict[Number, dict[str, Any]] = {}

    def _look_up(self, wanted: Iterable[Number]) -> dict[Number, str]:
        query = select(NUMBER.c.system, NUMBER.c.value, NUMBER.c.patient_id).where(
            pair_of(NUMBER.c.system, NUMBER.c.value, sorted(wanted))
        )
        return {(row.system, row.value): row.patient_id for row in self._tx.db.execute(query)}

    def find(self, patient: PatientBrief) -> str:
        """Return the id of a known patient, or nothing."""
        return next((self._known[number] for number in _numbers(patient) if number in self._known), "")

    def take(self, patient: PatientBrief) -> str:
        """Return the patient's id, making one if none of the numbers is known; learn numbers and demographics."""
        patient_id = self.find(patient) or ids.new("pat")
        self._patients[patient_id] = {
            "id": patient_id,
            "name": patient.name,
            "sex": patient.sex.value,
            "birth_date": patient.birth_date,
            "phone": patient.phone,
            "added_at": clock.now(),
        }
        for identifier in patient.identifiers:
            number = (identifier.system, identifier.value)
            if self._known.setdefault(number, patient_id) == patient_id:
                self._numbers[number] = {**identifier.model_dump(), "patient_id": patient_id}
        return patient_id

    def write(self) -> None:
        """Write what was learnt, in one order for all."""
        if self._patients:
            rows = [self._patients[key] for key in sorted(self._patients)]
            fresh = insert(PATIENT)
            told = {name: fresh.excluded[name] for name in ("name", "sex", "birth_date", "phone")}
            self._tx.db.execute(fresh.on_conflict_do_update(index_elements=[PATIENT.c.id], set_=told), rows)
        if self._numbers:
            rows = [self._numbers[key] for key in sorted(self._numbers)]
            self._tx.db.execute(insert(NUMBER).on_conflict_do_nothing(), rows)
