"""What all decisions of a batch share: who asks, one outcome each, refusals completed, all written at once."""

from collections.abc import Callable, Sequence
from typing import Any

from yiji.booking.errors import OverrideNeedsReason
from yiji.booking.handlers.refusals import complete
from yiji.booking.handlers.telling import tell, told
from yiji.booking.handlers.writing import write
from yiji.booking.rules import decide
from yiji.booking.rules.board import Board
from yiji.booking.rules.decide import Decision
from yiji.booking.rules.judging import STAFF, Judgement
from yiji.core.contract.booking import Appointment
from yiji.core.errors import NotPermitted, YijiError
from yiji.core.job import Job
from yiji.core.store.db import Tx

Answer = Appointment | YijiError
OVERRIDE = "booking.override"
ONLINE = "online"


def change(board: Board, job: Job[Any], what: str, slot_id: str = "", reason: str = "") -> dict[str, str]:
    """Return a link of an appointment's chain of changes."""
    return {
        "at": board.now.isoformat(),
        "actor": job.actor.name,
        "what": what,
        "slot_id": slot_id,
        "reason": reason,
    }


def asks(job: Job[Any]) -> Judgement:
    """Return who asks, and which rules may be set aside; raises `NotPermitted` or `OverrideNeedsReason`.

    A patient's own token books from the online pool: the shares of the others are not its to choose.
    """
    if job.actor.patient and getattr(job.command, "pool", "") not in ("", ONLINE):
        raise NotPermitted(actor=job.actor.name, permission="booking.pool")
    overrides: tuple[str, ...] = getattr(job.command, "overrides", ())
    if not overrides:
        return Judgement(patient=job.actor.patient) if job.actor.patient else STAFF
    job.actor.require(OVERRIDE)
    reason: str = job.command.reason
    if not reason.strip():
        raise OverrideNeedsReason()
    return Judgement(job.actor.patient, overrides, reason)


def themselves(jobs: Sequence[Job[Any]]) -> set[str]:
    """Return the patients that ask with a token of their own."""
    return {job.actor.patient for job in jobs if job.actor.patient}


def settle(tx: Tx, board: Board, jobs: Sequence[Job[Any]], judge: Callable[[Job[Any]], Decision]) -> list[Answer]:
    """Decide job after job, each seeing the ones before it; write what was decided, tell what happened."""
    outcomes: list[Decision | YijiError] = []
    for job in jobs:
        try:
            decision = judge(job)
            decide.apply(board, decision)
            outcomes.append(decision)
        except YijiError as refusal:
            outcomes.append(refusal)
    write(tx, board, [outcome for outcome in outcomes if isinstance(outcome, Decision)], board.now)
    complete(tx, board, outcomes)
    return [_answer(board, job, outcome) for job, outcome in zip(jobs, outcomes, strict=True)]


def _answer(board: Board, job: Job[Any], outcome: Decision | YijiError) -> Answer:
    if isinstance(outcome, YijiError):
        return outcome
    tell(board, job, outcome, getattr(job.command, "reason", ""))
    return told(board, outcome)
