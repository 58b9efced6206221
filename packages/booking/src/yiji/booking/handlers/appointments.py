"""Booking, holding, confirming, moving, cancelling: lock, decide, write; many in one transaction, one outcome each."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from yiji.booking.handlers.deciding import Answer, asks, change, settle, themselves
from yiji.booking.handlers.paying import refund
from yiji.booking.loading.boards import board_for_appointments, board_for_items
from yiji.booking.rules import decide
from yiji.booking.rules.board import Board
from yiji.booking.rules.decide import Decision, Wish
from yiji.core import ids
from yiji.core.contract.booking import BookExam, CancelExam, ConfirmExam, HoldExam, MarkNoShow, MoveExam
from yiji.core.job import Job
from yiji.core.store.db import Tx


def book_exam(tx: Tx, jobs: Sequence[Job[BookExam]]) -> list[Answer]:
    """Give order items places; a full slot is refused with the next free time."""
    return _give(tx, jobs)


def hold_exam(tx: Tx, jobs: Sequence[Job[HoldExam]]) -> list[Answer]:
    """Hold places for a while."""
    return _give(tx, jobs)


def _give(tx: Tx, jobs: Sequence[Job[BookExam] | Job[HoldExam]]) -> list[Answer]:
    wishes = [(job.command.item_id, job.command.slot_id) for job in jobs]
    board = board_for_items(tx, wishes, themselves(jobs))
    return settle(tx, board, jobs, partial(_booked, board))


def _booked(board: Board, job: Job[BookExam] | Job[HoldExam]) -> Decision:
    command, usual, minutes = job.command, board.house.parameters.hold_minutes, 0
    if isinstance(command, HoldExam):
        minutes = usual if job.actor.patient else command.minutes or usual  # how long is not the patient's to say
    wish = Wish(
        command.item_id,
        command.slot_id,
        command.pool,
        until=board.now + timedelta(minutes=minutes) if minutes else None,
        asks=asks(job),
    )
    return decide.book(board, wish, ids.new("apt"), change(board, job, "booked", command.slot_id, command.reason))


def confirm_exam(tx: Tx, jobs: Sequence[Job[ConfirmExam]]) -> list[Answer]:
    """Make held places booked ones."""
    board = _named(tx, jobs)
    return settle(
        tx,
        board,
        jobs,
        lambda job: decide.confirm(board, job.command.appointment_id, change(board, job, "confirmed"), asks(job)),
    )


def move_exam(tx: Tx, jobs: Sequence[Job[MoveExam]]) -> list[Answer]:
    """Move appointments, each in one step."""
    wishes = [(job.command.appointment_id, job.command.slot_id) for job in jobs]
    board = board_for_appointments(tx, wishes, themselves(jobs))
    return settle(tx, board, jobs, partial(_moved, board))


def _moved(board: Board, job: Job[MoveExam]) -> Decision:
    command = job.command
    wish = Wish("", command.slot_id, command.pool, asks=asks(job))
    link = change(board, job, "moved", command.slot_id, command.reason)
    return decide.move(board, command.appointment_id, wish, link)


def cancel_exam(tx: Tx, jobs: Sequence[Job[CancelExam]]) -> list[Answer]:
    """Give places back; what was paid is to be refunded."""
    board = _named(tx, jobs)
    answers = settle(tx, board, jobs, partial(_cancelled, board))
    refund(tx, board, jobs, answers)
    return answers


def _cancelled(board: Board, job: Job[CancelExam]) -> Decision:
    command = job.command
    link = change(board, job, "cancelled", "", command.reason)
    return decide.cancel(board, command.appointment_id, link, asks(job))


def mark_no_show(tx: Tx, jobs: Sequence[Job[MarkNoShow]]) -> list[Answer]:
    """Note that patients did not come."""
    board = _named(tx, jobs)
    return settle(
        tx,
        board,
        jobs,
        lambda job: decide.miss(
            board, job.command.appointment_id, change(board, job, "no_show", "", job.command.reason)
        ),
    )


def _named(tx: Tx, jobs: Sequence[Job[ConfirmExam] | Job[CancelExam] | Job[MarkNoShow]]) -> Board:
    wishes = [(job.command.appointment_id, "") for job in jobs]
    return board_for_appointments(tx, wishes, themselves(jobs))
