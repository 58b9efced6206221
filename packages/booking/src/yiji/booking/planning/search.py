"""The search for the best plan: few days first, for most patients can be served in one.

One day is a small question that CP-SAT answers in some milliseconds, also with "no"; so the days are asked one after
the other, and the first that takes all examinations is the best there is. Only where none does, all days are asked at
once.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from heapq import nsmallest
from itertools import combinations
from math import comb

from yiji.booking.planning.checking import refused
from yiji.booking.planning.ground import Ground
from yiji.booking.planning.learning import Learning
from yiji.booking.planning.model import Cut, Daily, Found, Model
from yiji.booking.planning.problem import Score, Spot
from yiji.booking.planning.scoring import score
from yiji.booking.planning.solving import Clock, any_at_all, fewest_days, least
from yiji.booking.rules.gap import Gap

_LONGEST_DAY = 25 * 60  # minutes, when the clock is put back
_MANY = 120  # sets of days that are looked at one by one
_WINDOWS = (16, 32)  # days
Allows = Callable[[int, Spot], bool]  # whether a place, told as (day, spot), may be offered


def anything(day: int, spot: Spot) -> bool:
    """Allow every place."""
    return True


class Search:
    """Plans on one ground; what was learnt of places that do not go together serves all of them."""

    def __init__(self, ground: Ground, clock: Clock) -> None:
        self.ground, self.clock = ground, clock
        self.cuts: list[Cut] = []
        self.blamed: list[str] = []  # what refused the places of each cut
        self._learning = Learning(ground)
        self._hopeless: list[set[int]] = []  # days on which not all goes, whatever else is taken away
        self._items = range(len(ground.problem.items))
        self._days = range(len(ground.problem.days))

    def fewest(self, allows: Allows = anything, most: int | None = None) -> Found | None:
        """Return the plan with the fewest visits, at most so many; of those the one that ends first, and so on."""
        problem, best, figures = self.ground.problem, None, None
        for days in self._day_sets(allows, most):
            if figures and (len(days) > figures.visits or problem.days[max(days)].begins > figures.finish):
                break
            found = self._least([*problem.fixed, *days], allows, figures)
            if found is not None:
                best, figures = found, score(problem, found.spots)
        return best and replace(best, proved=best.proved and not self.clock.gave_up)

    def possible(self) -> bool:
        """Return whether all examinations can be made at all."""
        return any(self._together(range(window), anything) for window in self._windows())

    def _together(self, days: Sequence[int], allows: Allows) -> bool:
        places = self._places(days, allows)
        return bool(places and any_at_all(Model(self.ground, places, self.cuts), self.clock))

    def soonest_day(self, before: int, allows: Allows = anything) -> int | None:
        """Return the first day by which all examinations can be made, on however many days, if it is before one."""
        first = max(next((day for day in self._days if self.ground.spots(item, day)), 0) for item in self._items)
        for last in range(first, before):
            if self._together(range(last + 1), allows):
                return last
        return None

    def _day_sets(self, allows: Allows, most: int | None) -> Iterator[tuple[int, ...]]:
        """Yield sets of days on which the patient would not come anyway: few before many, those that end soon first."""
        fixed = self.ground.problem.fixed
        new = [day for day in self._days if day not in fixed and self.ground.open_on(day)]
        most = len(new) if most is None else min(most, len(new))
        yield from ((),) if fixed else ()
        yield from ((day,) for day in new if most >= 1)
        if most >= 2:
            yield from _some(combinations(new, 2))
        if most >= 3 or (most == 2 and comb(len(new), 2) > _MANY):
            yield from (days for days in self._larger_sets(allows) if len(days) <= most)

    def _larger_sets(self, allows: Allows) -> Iterator[tuple[int, ...]]:
        """Ask first how many days it takes and when the last of them is, so that few sets are left to look at."""
        fixed = self.ground.problem.fixed
        for window in self._windows():
            places = self._places(range(window), allows)
            told = fewest_days(Model(self.ground, places, self.cuts), self.clock) if places else None
            if told is None:
                continue
            visits, last = told
            if window < len(self._days) and visits > 2:
                self.clock.gave_up = True  # two days far ahead might do as well
            new = [day for day in range(last + 1) if day not in fixed and self.ground.open_on(day)]
            if not fixed:  # then the last day is one of the new
                yield from _some((*head, last) for head in combinations(new[:-1], visits - 1))
            else:
                yield from _some(combinations(new, visits))
            yield tuple(new)
            yield tuple(day for day in range(window) if day not in fixed)  # rules in code were not asked before

    def _windows(self) -> list[int]:
        """Return how many days to look at when they are looked at together: soon ones first, for all are many."""
        return [*(days for days in _WINDOWS if days < len(self._days)), len(self._days)]

    def _least(self, days: Sequence[int], allows: Allows, below: Score | None) -> Found | None:
        while self.clock.left:
            places = self._places(days, allows)
            used = {day for daily in places for day in daily}
            if not places or any(used <= hopeless for hopeless in self._hopeless) or _too_late(places, below):
                return None
            found = least(Model(self.ground, places, self.cuts), self.clock, below)
            if found is None and below is None and allows is anything and not self.clock.gave_up:
                self._hopeless.append(used)
            verdict = refused(self.ground.problem, found.spots) if found else None
            if verdict is None:
                return found
            self.blamed.append(verdict[1])
            if not self._learning.begin():
                self.cuts += self._learning.wider(verdict[0], days)
        self.clock.gave_up = True
        return None

    def _places(self, days: Sequence[int], allows: Allows) -> list[Daily]:
        """Return what is on offer on these days, by item; nothing where it is plain that not all find a place."""
        if not self._enough(days):
            return []
        found: list[Daily] = []
        for item in self._items:
            daily = {day: [spot for spot in self.ground.spots(item, day) if allows(day, spot)] for day in days}
            found.append({day: spots for day, spots in daily.items() if spots})
            if not found[-1]:
                return []
        self._learning.lay(days)
        return found if self._go_together(found) else []

    def _enough(self, days: Sequence[int]) -> bool:
        """Return whether the limits of a day, and those who may not share one, leave room; needs no place to tell."""
        for limit in self.ground.limits:
            if sum(max(0, limit.most - limit.made.get(day, 0)) for day in days) < len(limit.items):
                return False
        return len(days) > 1 or not self._some_apart

    @cached_property
    def _some_apart(self) -> bool:
        """Whether some two items cannot be made on one day wherever they are made."""
        return any(all(_takes_days(gap) for gap in table) for table in self.ground.groups.tables())

    def _go_together(self, places: Sequence[Daily]) -> bool:
        """Return whether each two items could be made, one as early, the other as late as can be."""
        every = [[spot for spots in daily.values() for spot in spots] for daily in places]
        return all(self._fits(a, every[a], b, every[b]) for a, b in combinations(self._items, 2))

    def _fits(self, a: int, here: Sequence[Spot], b: int, there: Sequence[Spot]) -> bool:
        gaps = [
            self.ground.gap(a, one, b, other)
            for one in {spot.group for spot in here}
            for other in {spot.group for spot in there}
        ]
        after = min((gap.after for gap in gaps if gap.after is not None), default=None)
        before = min((gap.before for gap in gaps if gap.before is not None), default=None)
        return _follows(here, there, after) or _follows(there, here, before)


def _too_late(places: Sequence[Daily], below: Score | None) -> bool:
    """Return whether an item cannot end before the plan that is known already does."""
    ends = (min(spot.end for spots in daily.values() for spot in spots) for daily in places)
    return below is not None and max(ends) > below.finish


def _takes_days(gap: Gap) -> bool:
    """Return whether two examinations with this demand never start on one day."""
    ways = [way for way in (gap.after, gap.before) if way is not None]
    return gap.not_same_day or all(way >= _LONGEST_DAY for way in ways)


def _some(sets: Iterable[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """Return sets of days, those that end soon first, and no more than can be looked at."""
    return nsmallest(_MANY, sets, key=lambda days: days[::-1])


def _follows(first: Sequence[Spot], second: Sequence[Spot], gap: int | None) -> bool:
    """Return whether the last of the second could come after the first to end of the first."""
    return gap is not None and min(spot.end for spot in first) + gap <= max(spot.start for spot in second)
