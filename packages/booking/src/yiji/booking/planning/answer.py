"""From what was found to what is told: `Plan` of the contract."""

from yiji.booking.planning.alternatives import SECONDS, Option, options
from yiji.booking.planning.problem import Problem, Spot, moment
from yiji.booking.planning.words import reasons
from yiji.core.contract.booking import Alternative, Choice, Plan


def answer(problem: Problem, count: int = 3, seconds: float = SECONDS) -> Plan:
    """Return up to `count` alternatives, the best first; moments in UTC."""
    found = options(problem, count, seconds)
    return Plan(
        alternatives=tuple(_told(found.problem, option, found.offered[0]) for option in found.offered),
        unplaced=tuple(problem.items[item].order.item_id for item in found.unplaced),
        why_not=found.why_not,
    )


def _told(problem: Problem, option: Option, best: Option) -> Alternative:
    return Alternative(
        choices=tuple(
            _choice(problem, item, spot) for item, spot in sorted(enumerate(option.spots), key=lambda pair: pair[1])
        ),
        visits=option.score.visits,
        finish_at=moment(option.score.finish),
        waiting_minutes=option.score.waiting,
        fragments=option.score.fragments,
        reasons=reasons(problem, option, best),
        optimal=option.proved,
    )


def _choice(problem: Problem, item: int, spot: Spot) -> Choice:
    order, device = problem.items[item].order, problem.house.devices.get(spot.device)
    return Choice(
        item_id=order.item_id,
        slot_id=spot.slot_id,
        exam_name=order.exam_name,
        device=spot.device,
        room_name=device.room_name if device else "",
        starts_at=moment(spot.start),
        ends_at=moment(spot.end),
    )
