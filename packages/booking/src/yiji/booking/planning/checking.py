"""A plan, asked of the booking's own decision: place after place, in the order of time, as BookPlan will.

What the planner's model cannot hold shows here: rules in a plugin's code, and which companions a booking takes.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence

from yiji.booking.planning.model import Cut
from yiji.booking.planning.problem import Free, Problem, Spot, moment
from yiji.booking.rules.board import Board
from yiji.booking.rules.decide import Wish, apply, book
from yiji.booking.rules.facts import SlotFacts
from yiji.core.errors import YijiError


def refused(problem: Problem, spots: Sequence[Spot]) -> tuple[Cut, str] | None:
    """Return the places that do not go together, and the code of what refuses them; None where all are accepted."""
    board = _board(problem, spots)
    taken: list[tuple[int, Spot]] = []
    for item, spot in sorted(enumerate(spots), key=lambda pair: pair[1].start):
        wish = Wish(problem.items[item].order.item_id, spot.slot_id)
        try:
            apply(board, book(board, wish, _name(item), {}))
        except YijiError as refusal:
            named = [pair for pair in taken if refusal.params.get("conflict") == _name(pair[0])]
            return (*(named or taken), (item, spot)), refusal.params.get("rule", refusal.code)
        taken.append((item, spot))
    return None


def _name(item: int) -> str:
    return f"plan-{item}"


def _board(problem: Problem, spots: Sequence[Spot]) -> Board:
    """Return a board with the patient's appointments, and with the slots that the places could take."""
    board = Board(problem.house, problem.now)
    board.items.update({item.order.item_id: item for item in problem.items})
    board.patients[problem.items[0].order.patient.id] = problem.patient
    for one in problem.appointments:
        board.put(one)
    for item, spot in zip(problem.items, spots, strict=True):
        groups = [group for need in item.exam.needs for group in problem.house.staff.get(need, ())]
        for resource in (spot.device, *groups):
            board.lay(_facts(_around(problem.free.get(resource, ()), spot)))
    return board


def _around(free: Sequence[Free], spot: Spot) -> Iterable[Free]:
    """Yield the slots of a resource that a place touches."""
    index = max(0, bisect_left(free, spot.start, key=lambda slot: slot.starts) - 1)
    for slot in free[index:]:
        if slot.starts >= spot.end:
            return
        if slot.ends > spot.start:
            yield slot


def _facts(slots: Iterable[Free]) -> Iterable[SlotFacts]:
    for slot in slots:
        yield SlotFacts(slot.id, slot.device, moment(slot.starts), moment(slot.ends), slot.room, 0, 0)
