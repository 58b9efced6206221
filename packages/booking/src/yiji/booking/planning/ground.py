"""The ground of a plan: for each examination and day the places that are legal by themselves.

Days are looked at only when somebody asks for them.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from yiji.booking.planning.legal import Legal
from yiji.booking.planning.pairs import Groups
from yiji.booking.planning.problem import Problem, Spot, minute
from yiji.booking.planning.runs import Companions, Resource, usual_lengths
from yiji.booking.rules.gap import Gap

Spots = Sequence[Spot]


@dataclass(frozen=True)
class Limit:
    """At most so many of these items on a day; `made`: how many the patient has already, by day."""

    most: int
    items: tuple[int, ...]
    made: Mapping[int, int]


class Ground:
    """All legal places of a problem, found day by day and kept.

    `refused`: by item, what stood in the way how often; `learnt`: minutes that rules in code ask for between an item
    and group and another after it (see `learning`).
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.groups = Groups(problem)
        self.refused: list[Counter[str]] = [Counter() for _ in problem.items]
        self.learnt: Mapping[tuple[int, int, int, int], int] = {}
        wanted = sum(len(item.exam.needs) for item in problem.items)
        self.companions = Companions(problem.free, problem.house.staff, wanted)
        self._legal = [Legal(problem, item) for item in range(len(problem.items))]
        self._known: dict[tuple[int, int], Spots] = {}

    def spots(self, item: int, day: int) -> Spots:
        """Return an item's places on a day, earliest first; of places that differ in nothing that matters the best."""
        found = self._known.get((item, day))
        if found is None:
            found = self._known[item, day] = self._find(item, day)
        return found

    def known(self, item: int, day: int) -> Spots:
        """Return an item's places on a day, if they have been looked for."""
        return self._known.get((item, day), ())

    def gap(self, a: int, group_a: int, b: int, group_b: int) -> Gap:
        """Return what two items owe each other at places of these groups, by all rules; `a` is the smaller number."""
        gap = self.groups.gap(a, group_a, b, group_b)
        if not self.learnt:
            return gap
        after = self.learnt.get((a, group_a, b, group_b), 0)
        before = self.learnt.get((b, group_b, a, group_a), 0)
        return gap.tighter(Gap((), after, before))

    def open_on(self, day: int) -> bool:
        """Return whether any item's devices have room on a day, whatever the rules say."""
        bounds = self.problem.days[day]
        return any(resource.open(bounds.begins, bounds.ends) for resource in self._resources.values())

    def anywhere(self, item: int) -> bool:
        """Return whether an item has a place on any day."""
        return any(self.spots(item, day) for day in range(len(self.problem.days)))

    def _find(self, item: int, day: int) -> Spots:
        spots = self._companioned(item, self._roomy(item, day))
        best: dict[tuple[object, ...], Spot] = {}
        for spot, why in zip(spots, self._legal[item].refusals(spots), strict=True):
            kind = (spot.start, spot.end, spot.group, spot.staff)
            if why:
                self.refused[item][why] += 1
            elif kind not in best or spot < best[kind]:
                best[kind] = spot
        return sorted(best.values())

    def _roomy(self, item: int, day: int) -> list[Spot]:
        """Return where an item's devices have room on a day, whatever the rules say."""
        wanted, bounds = self.problem.items[item], self.problem.days[day]
        length = int(wanted.length.total_seconds() // 60)
        return [
            spot
            for device in wanted.exam.makers
            for spot in self._resources[device].spots(length, bounds.begins, bounds.ends)
            if spot.start >= self.problem.soonest
        ]

    def _companioned(self, item: int, spots: Spots) -> Spots:
        """Add to each place what companions it takes, and the group that it belongs to."""
        needs, group = self.problem.items[item].exam.needs, self.groups.of
        return [
            spot._replace(staff=staff, group=group(item, spot.device))
            for spot in spots
            for staff in self.companions.choices(needs, spot.start, spot.end)
        ]

    @cached_property
    def _resources(self) -> dict[str, Resource]:
        devices = {device for item in self.problem.items for device in item.exam.makers}
        usual = usual_lengths(self.problem.house.exams.values(), devices)
        return {device: Resource(self.problem.free.get(device, ()), usual.get(device, 0)) for device in devices}

    @cached_property
    def limits(self) -> list[Limit]:
        """The hospital's limits of a day that this plan could break."""
        problem, rules = self.problem, self.problem.rules
        counted: dict[str, tuple[int, list[int]]] = {}
        for item, traits in enumerate(problem.traits):
            for daily in rules.daily(traits):
                counted.setdefault(daily.rule, (daily.limit, []))[1].append(item)
        made: dict[str, Counter[int]] = defaultdict(Counter)
        for other in problem.others:
            for daily in rules.daily(other.exam):
                made[daily.rule][problem.day_of(minute(other.starts_at))] += 1
        return [Limit(most, tuple(items), made[rule]) for rule, (most, items) in counted.items()]
