"""Where a displaced appointment goes: the first of its candidates that nothing stands against."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from yiji.booking.errors import NoPlace
from yiji.booking.rules import decide
from yiji.booking.rules.board import Board
from yiji.booking.rules.decide import Change, Decision, Wish
from yiji.core.contract.booking import AppointmentState
from yiji.core.errors import YijiError


def replace_displaced(
    board: Board, appointment_id: str, options: Sequence[str], closed: Collection[str], change: Change
) -> tuple[Decision | None, str]:
    """Return the move, already on the board; or nothing, and the code of what stood in the way last.

    Who is checked in is here already: the staff sees to him. What is to be closed counts as closed, so that an
    examination that takes several slots, or somebody's time beside the device, is not moved into it.
    """
    board.slots.update({slot: replace(board.slots[slot], closed=True) for slot in closed if slot in board.slots})
    why = NoPlace.code
    if board.appointments[appointment_id].state is AppointmentState.CHECKED_IN:
        return None, "booking.wrong_state"
    for slot_id in options:
        if slot_id in closed:
            continue
        try:
            decision = decide.move(board, appointment_id, Wish("", slot_id), {**change, "slot_id": slot_id})
        except YijiError as refusal:
            why = refusal.code
            continue
        decide.apply(board, decision)
        return decision, ""
    return None, why
