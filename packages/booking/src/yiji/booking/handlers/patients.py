"""RegisterPatient and NoteFacts."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, TypeVar

from yiji.booking.handlers.registry import Registry
from yiji.booking.queries.people import patients_by_id
from yiji.booking.queries.standing import standing
from yiji.booking.tables import FactRow
from yiji.core import clock
from yiji.core.contract.patient import NoteFacts, Patient, PatientFact, RegisterPatient
from yiji.core.errors import InvalidMessage, NotFound, YijiError
from yiji.core.job import Job
from yiji.core.message import Command
from yiji.core.store.bulk import insert_rows
from yiji.core.store.db import Tx

__all__ = ["Registry", "note_facts", "register_patient"]
_FACT = FactRow.table()
_AHEAD = timedelta(minutes=10)  # how far clocks may differ: a fact of the future would count for ever

C = TypeVar("C", bound=Command[Patient])


def register_patient(tx: Tx, jobs: Sequence[Job[RegisterPatient]]) -> list[Patient | YijiError]:
    """Register patients, or learn more of those who are known."""
    registry = Registry(tx, [job.command.patient for job in jobs], strict=True)
    taken = _each(jobs, lambda job: registry.take(job.command.patient))
    registry.write()
    return _told(tx, taken)


def note_facts(tx: Tx, jobs: Sequence[Job[NoteFacts]]) -> list[Patient | YijiError]:
    """Write down facts; what is said of the same moment again is corrected."""
    stands = standing(tx.db, {job.command.patient_id for job in jobs})
    rows: dict[tuple[str, ...], dict[str, Any]] = {}

    def note(job: Job[NoteFacts]) -> str:
        patient_id = stands.get(job.command.patient_id)
        if patient_id is None:
            raise NotFound(what="patient", id=job.command.patient_id)
        for fact in _checked(job.command.facts):
            row = {**fact.model_dump(), "patient_id": patient_id, "source": fact.source or job.actor.name}
            rows[(patient_id, fact.code, fact.at.isoformat())] = row
        return patient_id

    noted = _each(jobs, note)
    same = "(patient_id, code, at) DO UPDATE SET value = excluded.value, source = excluded.source"
    insert_rows(tx.db, _FACT, [rows[key] for key in sorted(rows)], same)
    return _told(tx, noted)


def _checked(facts: Sequence[PatientFact]) -> Sequence[PatientFact]:
    """Return the facts if all can be kept; raises `InvalidMessage`."""
    wrong = "facts: there are none" if not facts else ""
    for fact in facts:
        if not fact.code.strip():
            wrong = "facts: a fact needs a code"
        elif fact.at.tzinfo is None:
            wrong = f"{fact.code}: the moment needs a time zone"
        elif fact.at > clock.now() + _AHEAD:
            wrong = f"{fact.code}: the moment lies in the future"
    if wrong:
        raise InvalidMessage(message="NoteFacts", detail=wrong)
    return facts


def _each(jobs: Sequence[Job[C]], take: Callable[[Job[C]], str]) -> list[str | YijiError]:
    outcomes: list[str | YijiError] = []
    for job in jobs:
        try:
            outcomes.append(take(job))
        except YijiError as refusal:
            outcomes.append(refusal)
    return outcomes


def _told(tx: Tx, outcomes: Sequence[str | YijiError]) -> list[Patient | YijiError]:
    """Return the patients as they are now, and the refusals as they were."""
    kept = patients_by_id(tx.db, {one for one in outcomes if isinstance(one, str)}, facts=True)
    return [kept[one] if isinstance(one, str) else one for one in outcomes]
