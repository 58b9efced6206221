"""What the house does by itself: holds lapse, who did not come becomes a no-show, and too many close booking."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from sqlalchemy import func, select, text

from yiji.booking.handlers.blocks import close_booking
from yiji.booking.handlers.deciding import change
from yiji.booking.handlers.telling import tell
from yiji.booking.handlers.writing import write
from yiji.booking.known import known
from yiji.booking.loading.blocks import blocked
from yiji.booking.loading.boards import board_for
from yiji.booking.loading.names import APPOINTMENT
from yiji.booking.rules import decide
from yiji.booking.rules.board import Board
from yiji.booking.rules.decide import Decision
from yiji.core import clock
from yiji.core.contract.booking import LapsedHolds, LapseHolds, SettleNoShows
from yiji.core.errors import YijiError
from yiji.core.job import Job
from yiji.core.store.db import Tx
from yiji.core.store.match import one_of

_OFFERS_OVER = text("""
    UPDATE booking_wait SET state = 'waiting', appointment_id = ''
    WHERE state = 'offered' AND appointment_id = ANY(:gone)
""")
_OFFERS_TAKEN = text("""
    UPDATE booking_wait w SET state = 'served' FROM booking_appointment a
    WHERE w.state = 'offered' AND a.id = w.appointment_id AND a.state NOT IN ('held', 'expired', 'cancelled')
""")


def lapse_holds(tx: Tx, jobs: Sequence[Job[LapseHolds]]) -> list[LapsedHolds | YijiError]:
    """Let holds go whose time is over; what was offered to a waiting patient in vain is offered again."""
    return [_lapse(tx, job) for job in jobs]


def _lapse(tx: Tx, job: Job[LapseHolds]) -> LapsedHolds:
    over = (APPOINTMENT.c.state == "held") & (APPOINTMENT.c.expires_at <= clock.now())
    due = select(APPOINTMENT.c.id).where(over).order_by(APPOINTMENT.c.expires_at).limit(job.command.limit)
    named = list(tx.db.execute(due).scalars())
    decisions, _ = _decide(tx, job, named, "expired", decide.lapse)
    if decisions:
        tx.db.execute(_OFFERS_OVER, {"gone": [decision.appointment.id for decision in decisions]})
    tx.db.execute(_OFFERS_TAKEN)
    return LapsedHolds(count=len(decisions))


def settle_no_shows(tx: Tx, jobs: Sequence[Job[SettleNoShows]]) -> list[LapsedHolds | YijiError]:
    """Mark what was never checked in; block who did it too often."""
    return [_no_shows(tx, job) for job in jobs]


def _no_shows(tx: Tx, job: Job[SettleNoShows]) -> LapsedHolds:
    parameters = known(tx).parameters
    before = clock.now() - timedelta(minutes=parameters.no_show_minutes)
    missed = (APPOINTMENT.c.state == "booked") & (APPOINTMENT.c.ends_at <= before)
    since = APPOINTMENT.c.starts_at > before - timedelta(days=30)  # for the index
    due = select(APPOINTMENT.c.id).where(missed & since).order_by(APPOINTMENT.c.starts_at).limit(job.command.limit)
    named = list(tx.db.execute(due).scalars())
    decisions, board = _decide(tx, job, named, "no_show", decide.miss)
    if decisions:
        patients = {decision.appointment.patient_id for decision in decisions}
        _block(tx, job, board, patients)
    return LapsedHolds(count=len(decisions))


def _decide(
    tx: Tx,
    job: Job[LapseHolds] | Job[SettleNoShows],
    named: list[str],
    what: str,
    judge: Callable[..., Decision | None],
) -> tuple[list[Decision], Board]:
    """Decide upon appointments as they stand once they are locked; what is no longer due is left alone."""
    board = board_for(tx, (), [(one, "") for one in named])
    decisions: list[Decision] = []
    for one in named:
        try:
            decision = judge(board, one, change(board, job, what))
        except YijiError:
            continue
        if decision is not None:
            decide.apply(board, decision)
            decisions.append(decision)
    write(tx, board, decisions, board.now)
    for decision in decisions:
        tell(board, job, decision, what)
    return decisions, board


def _block(tx: Tx, job: Job[SettleNoShows], board: Board, patients: set[str]) -> None:
    """Close booking by themselves to patients who did not come too often."""
    parameters = board.house.parameters
    since = board.now - timedelta(days=parameters.no_show_days)
    lately = (APPOINTMENT.c.state == "no_show") & (APPOINTMENT.c.starts_at > since)
    query = (
        select(APPOINTMENT.c.patient_id, func.count())
        .where(one_of(APPOINTMENT.c.patient_id, patients) & lately)
        .group_by(APPOINTMENT.c.patient_id)
    )
    known_blocks = blocked(tx.db, patients)
    for patient, count in tx.db.execute(query).all():
        if count >= parameters.no_show_limit and patient not in known_blocks:
            close_booking(tx, job, patient, f"{count} 次爽约 / {count} no-shows", parameters.block_days)
