"""Refusals made complete: when instead, and on the hospital's clock."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from yiji.booking.errors import SlotFull
from yiji.booking.loading import SLOT
from yiji.booking.rules.board import Board
from yiji.core import clock
from yiji.core.errors import YijiError
from yiji.core.store.db import Tx

_MOMENTS = {"starts_at", "earliest", "expired_at", "until", "next"}


def complete(tx: Tx, board: Board, outcomes: Sequence[object]) -> None:
    """Complete the refusals among the outcomes of a batch."""
    refusals = [outcome for outcome in outcomes if isinstance(outcome, YijiError)]
    _tell_next(tx, board, refusals)
    for refusal in refusals:
        for name in _MOMENTS & set(refusal.params):
            refusal.params[name] = _local(refusal.params[name], tx.settings.site.zone)


def _local(moment: str, zone: str) -> str:
    if not moment:
        return moment
    return clock.local(datetime.fromisoformat(moment), zone).isoformat(timespec="minutes")


def _tell_next(tx: Tx, board: Board, refusals: Sequence[YijiError]) -> None:
    """Complete refusals of full slots with the device's next free time, asked once a slot."""
    full: dict[str, list[SlotFull]] = {}
    for refusal in refusals:
        if isinstance(refusal, SlotFull):
            full.setdefault(refusal.params["slot"], []).append(refusal)
    for slot_id, same in full.items():
        slot = board.slots[slot_id]
        later = select(SLOT.c.starts_at).where(
            SLOT.c.device == slot.device,
            SLOT.c.starts_at > slot.starts_at,
            SLOT.c.held + SLOT.c.booked < SLOT.c.capacity,
            ~SLOT.c.closed,
        )
        earliest = tx.db.execute(later.order_by(SLOT.c.starts_at).limit(1)).scalar()
        for refusal in same:
            refusal.params["next"] = earliest.isoformat() if earliest else ""
