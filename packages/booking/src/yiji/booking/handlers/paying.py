"""Money: payments that confirm, payments that come too late, and what is to be given back."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import update

from yiji.booking.rules.board import Board
from yiji.booking.tables import PaymentRow
from yiji.core.contract.booking import Appointment, RefundDue
from yiji.core.errors import YijiError
from yiji.core.job import Job
from yiji.core.store.db import Tx
from yiji.core.store.match import one_of

PAYMENT = PaymentRow.table()


def refund(tx: Tx, board: Board, cancelled: Iterable[tuple[Job[Any], Appointment | YijiError]]) -> None:
    """Let what was paid for appointments that are gone be given back, once.

    What was paid for the order item before it had a place stays with the item until its order is revoked.
    """
    paid = {answer.id: job for job, answer in cancelled if isinstance(answer, Appointment) and answer.paid}
    if not paid:
        return
    mine = one_of(PAYMENT.c.appointment_id, paid) & (PAYMENT.c.state == "accepted")
    for row in tx.db.execute(update(PAYMENT).where(mine).values(state="refund").returning(PAYMENT)).all():
        told = refund_due(board, row.item_id, row.appointment_id, row.payment_number, row.amount, "cancelled")
        paid[row.appointment_id].emit(told)


def refund_due(board: Board, item_id: str, appointment_id: str, number: str, amount: int, reason: str) -> RefundDue:
    """Return the event that tells the cashier to give money back."""
    return RefundDue(
        order_id=board.items[item_id].order.order_id,
        appointment_id=appointment_id,
        payment_number=number,
        amount=amount,
        reason=reason,
    )
