"""BookPlan and ConfirmPlan: several examinations of one patient, all of them or none."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select

from yiji.booking.errors import ManyPatients
from yiji.booking.handlers.deciding import asks, change, themselves
from yiji.booking.handlers.refusals import complete
from yiji.booking.handlers.telling import tell, told
from yiji.booking.handlers.writing import write
from yiji.booking.loading.boards import board_for
from yiji.booking.loading.names import APPOINTMENT
from yiji.booking.rules import decide
from yiji.booking.rules.board import Board
from yiji.booking.rules.decide import Decision, Wish
from yiji.core import ids
from yiji.core.contract.booking import BookedPlan, BookPlan, Choice, ConfirmPlan
from yiji.core.errors import NotFound, YijiError
from yiji.core.job import Job
from yiji.core.store.db import Tx


def book_plan(tx: Tx, jobs: Sequence[Job[BookPlan]]) -> list[BookedPlan | YijiError]:
    """Book plans, each whole."""
    wishes = [(choice.item_id, choice.slot_id) for job in jobs for choice in job.command.choices]
    board = board_for(tx, wishes, (), themselves(jobs))
    outcomes: list[tuple[str, list[Decision]] | YijiError] = []
    for job in jobs:
        try:
            outcomes.append(_whole(board, job))
        except YijiError as refusal:
            outcomes.append(refusal)
    write(tx, board, [one for outcome in outcomes if isinstance(outcome, tuple) for one in outcome[1]], board.now)
    complete(tx, board, outcomes)
    return [_answer(board, job, outcome) for job, outcome in zip(jobs, outcomes, strict=True)]


def _whole(board: Board, job: Job[BookPlan]) -> tuple[str, list[Decision]]:
    """Decide a plan's places one after the other; a refusal of one takes back all before it."""
    command, plan_id = job.command, ids.new("pln")
    _check_one_patient(board, command)
    until = board.now + timedelta(minutes=board.house.parameters.hold_minutes) if command.hold else None
    done: list[Decision] = []
    for choice in _in_time(board, command):
        wish = Wish(choice.item_id, choice.slot_id, command.pool, until, plan_id, asks(job))
        link = change(board, job, "booked", choice.slot_id, command.reason)
        try:
            decision = decide.book(board, wish, ids.new("apt"), link)
        except YijiError:
            decide.undo(board, done)
            raise
        decide.apply(board, decision)
        done.append(decision)
    return plan_id, done


def _in_time(board: Board, command: BookPlan) -> list[Choice]:
    """Return a plan's choices, earliest first: rules see what comes before."""
    return sorted(
        command.choices, key=lambda one: board.slots[one.slot_id].starts_at if one.slot_id in board.slots else board.now
    )


def _check_one_patient(board: Board, command: BookPlan) -> None:
    items = [board.items.get(choice.item_id) for choice in command.choices]
    if len({item.order.patient.id for item in items if item}) > 1:
        raise ManyPatients()


def _answer(
    board: Board, job: Job[BookPlan], outcome: tuple[str, list[Decision]] | YijiError
) -> BookedPlan | YijiError:
    if isinstance(outcome, YijiError):
        return outcome
    plan_id, decisions = outcome
    for decision in decisions:
        tell(board, job, decision, job.command.reason)
    return BookedPlan(plan_id=plan_id, appointments=tuple(told(board, decision) for decision in decisions))


def confirm_plan(tx: Tx, jobs: Sequence[Job[ConfirmPlan]]) -> list[BookedPlan | YijiError]:
    """Confirm plans, each whole."""
    answers: list[BookedPlan | YijiError] = []
    for job in jobs:
        try:
            answers.append(_confirm(tx, job))
        except YijiError as refusal:
            answers.append(refusal)
    return answers


def _confirm(tx: Tx, job: Job[ConfirmPlan]) -> BookedPlan:
    plan_id = job.command.plan_id
    held = select(APPOINTMENT.c.id).where(APPOINTMENT.c.plan_id == plan_id, APPOINTMENT.c.state == "held")
    named = sorted(tx.db.execute(held).scalars()) if plan_id else []
    if not named:
        raise NotFound(what="plan", id=plan_id)
    board = board_for(tx, (), [(one, "") for one in named], themselves([job]))
    link = change(board, job, "confirmed")
    decisions: list[Decision] = []
    for one in named:
        decisions.append(decide.confirm(board, one, link, asks(job)))
        decide.apply(board, decisions[-1])
    write(tx, board, decisions, board.now)
    for decision in decisions:
        tell(board, job, decision, "")
    return BookedPlan(plan_id=plan_id, appointments=tuple(told(board, decision) for decision in decisions))
