"""Booking, holding, confirming, moving, cancelling: lock, decide, write; many in one transaction, one outcome each.

One handler for all, so that whatever is asked of places at the same time shares its ways to the database and its
COMMIT; it is decided in the order in which it came.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from yiji.booking.handlers.deciding import Answer, asks, change, settle, themselves
from yiji.booking.handlers.paying import refund
from yiji.booking.loading.boards import board_for
from yiji.booking.rules import decide
from yiji.booking.rules.board import Board
from yiji.booking.rules.decide import Decision, Wish
from yiji.core import ids
from yiji.core.contract.booking import BookExam, CancelExam, ConfirmExam, HoldExam, MarkNoShow, MoveExam
from yiji.core.job import Job
from yiji.core.store.db import Tx

Asked = BookExam | HoldExam | ConfirmExam | MoveExam | CancelExam | MarkNoShow


def change_exams(tx: Tx, jobs: Sequence[Job[Asked]]) -> list[Answer]:
    """Give places, hold, confirm, move and take them back; what was paid for one that is given up is refunded."""
    commands = [job.command for job in jobs]
    items = [(one.item_id, one.slot_id) for one in commands if isinstance(one, (BookExam, HoldExam))]
    appointments = [
        (one.appointment_id, one.slot_id if isinstance(one, MoveExam) else "")
        for one in commands
        if not isinstance(one, (BookExam, HoldExam))
    ]
    board = board_for(tx, items, appointments, themselves(jobs))
    answers = settle(tx, board, jobs, lambda job: _DECISIONS[type(job.command)](board, job))
    refund(tx, board, [one for one in zip(jobs, answers, strict=True) if isinstance(one[0].command, CancelExam)])
    return answers


def _booked(board: Board, job: Job[BookExam]) -> Decision:
    return _given(board, job, 0)


def _held(board: Board, job: Job[HoldExam]) -> Decision:
    usual = board.house.parameters.hold_minutes
    return _given(board, job, usual if job.actor.patient else job.command.minutes or usual)  # a patient cannot choose


def _given(board: Board, job: Job[BookExam] | Job[HoldExam], minutes: int) -> Decision:
    command = job.command
    wish = Wish(
        command.item_id,
        command.slot_id,
        command.pool,
        until=board.now + timedelta(minutes=minutes) if minutes else None,
        asks=asks(job),
    )
    return decide.book(board, wish, ids.new("apt"), change(board, job, "booked", command.slot_id, command.reason))


def _confirmed(board: Board, job: Job[ConfirmExam]) -> Decision:
    return decide.confirm(board, job.command.appointment_id, change(board, job, "confirmed"), asks(job))


def _moved(board: Board, job: Job[MoveExam]) -> Decision:
    command = job.command
    wish = Wish("", command.slot_id, command.pool, asks=asks(job))
    link = change(board, job, "moved", command.slot_id, command.reason)
    return decide.move(board, command.appointment_id, wish, link)


def _cancelled(board: Board, job: Job[CancelExam]) -> Decision:
    command = job.command
    return decide.cancel(board, command.appointment_id, change(board, job, "cancelled", "", command.reason), asks(job))


def _missed(board: Board, job: Job[MarkNoShow]) -> Decision:
    command = job.command
    return decide.miss(board, command.appointment_id, change(board, job, "no_show", "", command.reason))


_DECISIONS: dict[type[Asked], Callable[[Board, Job[Any]], Decision]] = {
    BookExam: _booked,
    HoldExam: _held,
    ConfirmExam: _confirmed,
    MoveExam: _moved,
    CancelExam: _cancelled,
    MarkNoShow: _missed,
}
