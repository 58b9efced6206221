"""What is offered: the best plan, and beside it plans that a patient may have reason to prefer.

Each alternative is the best of its kind: its kind only takes places away, the order of what counts stays the same.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import combinations

from yiji.booking.planning.ground import Ground
from yiji.booking.planning.model import Found
from yiji.booking.planning.problem import Problem, Score, Spot
from yiji.booking.planning.scoring import score
from yiji.booking.planning.search import Allows, Search
from yiji.booking.planning.solving import Clock
from yiji.booking.rules.gap import Gap

NO_PLACE = "booking.no_place"
_HOURS = 240  # minutes: a rule that asks for less is not what keeps examinations apart
_EVER = 3660 * 1440
_SOON = 7  # days after the best plan's last on which the other half of the day is still of interest
SECONDS = 4.0  # for the best plan; what else is offered is sought as long again at most


class Kind(StrEnum):
    """Why an alternative is offered."""

    BEST = "best"
    SOONER = "sooner"
    OTHER_DAYS = "other_days"
    MORNING = "morning"
    AFTERNOON = "afternoon"
    LATER = "later"


@dataclass(frozen=True)
class Option:
    """A plan that is offered: the places in the order of the problem's items."""

    kind: Kind
    spots: tuple[Spot, ...]
    score: Score
    proved: bool


@dataclass(frozen=True)
class Options:
    """All that is offered. `problem`: what could be planned, `unplaced`: indexes of what could not, and why."""

    problem: Problem
    offered: tuple[Option, ...]
    unplaced: tuple[int, ...] = ()
    why_not: str = ""


def options(problem: Problem, count: int = 3, seconds: float = SECONDS) -> Options:
    """Return up to `count` plans, the best first; what cannot be placed at all is left out and told."""
    ground = Ground(problem)
    lost = [item for item in range(len(problem.items)) if not ground.anywhere(item)]
    if lost:
        return _without(problem, lost, _reason(ground, lost[0]), count, seconds)
    search = Search(ground, Clock(seconds))
    best = search.fewest()
    if best is None:
        return _most(problem, search, count, seconds)
    offered = [_option(problem, Kind.BEST, best)]
    search.clock = Clock(seconds)
    for kind, found in _others(search, offered):
        if len(offered) >= count:
            break
        if found is not None and all(_differ(found.spots, one.spots) for one in offered):
            offered.append(_option(problem, kind, found))
    return Options(problem, tuple(offered))


def _option(problem: Problem, kind: Kind, found: Found) -> Option:
    return Option(kind, found.spots, score(problem, found.spots), found.proved)


def _differ(one: Sequence[Spot], other: Sequence[Spot]) -> bool:
    """Return whether a patient would tell two plans apart: something begins at another time."""
    return [spot.start for spot in one] != [spot.start for spot in other]


def _others(search: Search, offered: Sequence[Option]) -> Iterator[tuple[Kind, Found | None]]:
    """Yield what else could be offered, the most different first."""
    problem, best = search.ground.problem, offered[0]
    days = {problem.day_of(spot.start) for spot in best.spots}
    soonest = search.soonest_day(max(days))
    if soonest is not None:
        yield Kind.SOONER, search.fewest(lambda day, _: day <= soonest)
    yield Kind.OTHER_DAYS, search.fewest(lambda day, _: day not in days)
    for kind, allows in _halves(problem, best, max(days) + _SOON):
        yield kind, search.fewest(allows, most=1)
    used = {problem.day_of(spot.start) for one in offered for spot in one.spots}
    yield Kind.OTHER_DAYS, search.fewest(lambda day, _: day not in used)
    first = min(spot.start for spot in best.spots)
    yield Kind.LATER, search.fewest(lambda _, spot: spot.start > first)


def _halves(problem: Problem, best: Option, last: int) -> list[tuple[Kind, Allows]]:
    """Return the half-days to try, until some day: the other one, where the best plan keeps to one.

    Who must come on several days is not asked whether all of them could be mornings.
    """
    if best.score.visits > 1:
        return []
    known: dict[Kind, Callable[[int, Spot], bool]] = {
        Kind.MORNING: lambda day, spot: day <= last and spot.start < problem.days[day].noon,
        Kind.AFTERNOON: lambda day, spot: day <= last and spot.start >= problem.days[day].noon,
    }
    return [
        (kind, allows)
        for kind, allows in known.items()
        if not all(allows(problem.day_of(spot.start), spot) for spot in best.spots)
    ]


def _without(problem: Problem, lost: Sequence[int], why: str, count: int, seconds: float) -> Options:
    """Plan the rest; indexes stay those of the whole problem."""
    kept = [item for item in range(len(problem.items)) if item not in lost]
    if not kept:
        return Options(problem, (), tuple(lost), why)
    rest = options(replace(problem, items=tuple(problem.items[item] for item in kept)), count, seconds)
    return replace(rest, unplaced=tuple(sorted([*lost, *(kept[item] for item in rest.unplaced)])), why_not=why)


def _reason(ground: Ground, item: int) -> str:
    """Return what refused most of an item's places; with none to refuse, that there are none."""
    refused = ground.refused[item]
    return refused.most_common(1)[0][0] if refused else NO_PLACE


def _most(problem: Problem, search: Search, count: int, seconds: float) -> Options:
    """Each examination has places, but not all together: leave out as few as possible."""
    items, why, clock = range(len(problem.items)), _clash(search), Clock(seconds)
    for size in range(1, len(items)):
        for lost in combinations(items, size):
            if clock.left and _possible(problem, lost, clock):
                return _without(problem, lost, why, count, seconds)
    kept: list[int] = []  # no time to try all: take one after the other
    for item in items:
        lost = [one for one in items if one not in (*kept, item)]
        if not kept or _possible(problem, lost, Clock(seconds / len(items))):
            kept.append(item)
    return _without(problem, [item for item in items if item not in kept], why, count, seconds)


def _possible(problem: Problem, lost: Sequence[int], clock: Clock) -> bool:
    kept = tuple(item for index, item in enumerate(problem.items) if index not in lost)
    return Search(Ground(replace(problem, items=kept)), clock).possible()


def _clash(search: Search) -> str:
    """Return what keeps the examinations apart most: a rule in code that refused, else the widest rule about a pair."""
    if search.blamed:
        return Counter(search.blamed).most_common(1)[0][0]
    rules, traits = search.ground.problem.rules, search.ground.problem.traits
    asked = [(_width(rule.roles(*two)), rule.spec.id) for rule in rules.pairs for two in combinations(traits, 2)]
    width, widest = max(asked, default=(0, ""))
    return widest if width >= _HOURS else NO_PLACE


def _width(gap: Gap) -> int:
    """Return how many minutes apart a demand keeps two examinations, in the order that is the harder one."""
    least = 1440 if gap.not_same_day else 0
    return max(least, *(_EVER if way is None else way for way in (gap.after, gap.before)))
