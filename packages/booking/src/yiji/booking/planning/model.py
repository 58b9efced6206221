"""The planner's question as CP-SAT is asked it (OR-Tools; this is its only door).

Each examination has one variable: its start, in minutes, whose domain are the starts of its legal places. Places that
differ in what they owe others, in length or in companions are variants of an examination, told apart by booleans; most
have one variant and cost none. A pair has one boolean, which of the two comes first, and a distance for either order.
So eight examinations are some forty variables, however many slots there are.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

from ortools.sat.python import cp_model

from yiji.booking.planning.ground import Ground
from yiji.booking.planning.problem import Spot

Literal = Any  # what CP-SAT takes for a boolean; None stands for "always"
Daily = Mapping[int, Sequence[Spot]]
Cut = tuple[tuple[int, Spot], ...]  # places that do not go together


@dataclass
class Variant:
    """Places of one item that are alike but for their start."""

    group: int
    length: int
    chosen: Literal = None
    spots: dict[int, Spot] = field(default_factory=dict[int, Spot])


@dataclass(frozen=True)
class Found:
    """The best places, by item; `proved`: none are better."""

    spots: tuple[Spot, ...]
    proved: bool


class Model:
    """The question of where to make all items on some days. `places`: by item and day, each item has some."""

    def __init__(self, ground: Ground, places: Sequence[Daily], cuts: Iterable[Cut] = ()) -> None:
        self.ground, self.problem, self.places = ground, ground.problem, places
        self.cp = cp_model.CpModel()
        self.days = sorted({day for daily in places for day, spots in daily.items() if spots})
        self.variants = [_variants(daily) for daily in places]
        self.starts = [self._start(variants) for variants in self.variants]
        self.on = [self._days_of(item, daily) for item, daily in enumerate(places)]
        for a, b in combinations(range(len(places)), 2):
            self._keep_apart(a, b)
        self._keep_limits()
        self._keep_companions()
        self._starting: dict[tuple[int, int], Literal] = {}
        for cut in cuts:
            self._cut(cut)

    def _start(self, variants: Sequence[Variant]) -> Any:
        every = sorted({start for variant in variants for start in variant.spots})
        start = self.cp.new_int_var_from_domain(cp_model.Domain.from_values(every), "")
        if len(variants) > 1:
            for variant in variants:
                variant.chosen = self.cp.new_bool_var("")
                self.one_of(start, variant.spots, variant.chosen)
            self.cp.add_exactly_one(variant.chosen for variant in variants)
        return start

    def _days_of(self, item: int, daily: Daily) -> dict[int, Literal]:
        """Return by day whether the item is made on it."""
        days = [day for day, spots in daily.items() if spots]
        if len(days) == 1:
            return {days[0]: None}
        found: dict[int, Literal] = {}
        for day in days:
            found[day] = self.cp.new_bool_var("")
            bounds = cp_model.Domain(daily[day][0].start, daily[day][-1].start)
            self.when(self.cp.add_linear_expression_in_domain(self.starts[item], bounds), found[day])
        self.cp.add_exactly_one(found.values())
        return found

    def one_of(self, start: Any, values: Iterable[int], *when: Literal) -> None:
        domain = cp_model.Domain.from_values(sorted(values))
        self.when(self.cp.add_linear_expression_in_domain(start, domain), *when)

    def when(self, constraint: Any, *when: Literal) -> None:
        literals = [literal for literal in when if literal is not None]
        if literals:
            constraint.only_enforce_if(literals)

    def _never(self, *literals: Literal) -> None:
        """Not all of these."""
        self.cp.add_bool_or([~literal for literal in literals if literal is not None])

    def _keep_apart(self, a: int, b: int) -> None:
        """One after the other, with the distance that the rules ask for in that order."""
        first = self.cp.new_bool_var("")  # whether a comes before b
        gaps = {
            (i, j): self.ground.gap(a, one.group, b, other.group)
            for i, one in enumerate(self.variants[a])
            for j, other in enumerate(self.variants[b])
        }
        lengths = [[variant.length for variant in self.variants[item]] for item in (a, b)]
        after = {ij: None if gap.after is None else lengths[0][ij[0]] + gap.after for ij, gap in gaps.items()}
        before = {ij: None if gap.before is None else lengths[1][ij[1]] + gap.before for ij, gap in gaps.items()}
        self._order(a, b, first, after)
        self._order(b, a, ~first, {(j, i): distance for (i, j), distance in before.items()})
        if any(gap.not_same_day for gap in gaps.values()):
            for day in self.on[a].keys() & self.on[b].keys():
                self._never(self.on[a][day], self.on[b][day])

    def _order(self, a: int, b: int, first: Literal, distances: Mapping[tuple[int, int], int | None]) -> None:
        """Where `first` holds, b starts so many minutes after a's start; None: it must not hold for these variants."""
        known = [distance for distance in distances.values() if distance is not None]
        if not known:
            self._never(first)
            return
        least = min(known)
        self.when(self.cp.add(self.starts[b] >= self.starts[a] + least), first)
        for (i, j), distance in distances.items():
            one, other = self.variants[a][i].chosen, self.variants[b][j].chosen
            if distance is None:
                self._never(first, one, other)
            elif distance > least:
                self.when(self.cp.add(self.starts[b] >= self.starts[a] + distance), first, one, other)

    def _keep_limits(self) -> None:
        """So many of a kind on a day at most, those counted that the patient has already."""
        for limit in self.ground.limits:
            for day in self.days:
                here = [self.on[item][day] for item in limit.items if day in self.on[item]]
                room = limit.most - limit.made.get(day, 0)
                if len(here) > room:
                    self.cp.add(sum(1 if literal is None else literal for literal in here) <= room)

    def _keep_companions(self) -> None:
        """A companions' slot that is scarce takes no more examinations than it has room for."""
        users: dict[str, dict[int, list[tuple[Variant, set[int]]]]] = {}
        for item, variants in enumerate(self.variants):
            for variant in variants:
                uses: dict[str, set[int]] = {}
                for start, spot in variant.spots.items():
                    for slot in spot.staff:
                        uses.setdefault(slot, set()).add(start)
                for slot, starts in uses.items():
                    users.setdefault(slot, {}).setdefault(item, []).append((variant, starts))
        for slot, items in users.items():
            room = self.ground.companions.room[slot]
            if len(items) > room:
                self.cp.add(sum(self._uses(item, ways) for item, ways in items.items()) <= room)

    def _uses(self, item: int, ways: Sequence[tuple[Variant, set[int]]]) -> Literal:
        used = self.cp.new_bool_var("")
        for variant, starts in ways:
            self.one_of(self.starts[item], variant.spots.keys() - starts, ~used, variant.chosen)
        return used

    def _cut(self, cut: Cut) -> None:
        """These places do not go together."""
        literals: list[Literal] = []
        for item, spot in cut:
            variant = next((one for one in self.variants[item] if one.spots.get(spot.start) == spot), None)
            if variant is None:
                return  # one of them is not on offer here
            literals += [self._there(item, spot.start), variant.chosen]
        self._never(*literals)

    def _there(self, item: int, start: int) -> Literal:
        known = self._starting.get((item, start))
        if known is None:
            known = self._starting[item, start] = self.cp.new_bool_var("")
            self.when(self.cp.add(self.starts[item] != start), ~known)
        return known

    def found(self, solver: cp_model.CpSolver, proved: bool) -> Found:
        """Return the places that the solver chose."""
        spots: list[Spot] = []
        for start, variants in zip(self.starts, self.variants, strict=True):
            chosen = next(one for one in variants if one.chosen is None or solver.boolean_value(one.chosen))
            spots.append(chosen.spots[solver.value(start)])
        return Found(tuple(spots), proved)


def _variants(daily: Daily) -> list[Variant]:
    """Sort an item's places into variants: by group, by length, and places of one start by their companions."""
    known: dict[tuple[int, int, int], Variant] = {}
    for spots in daily.values():
        for spot in spots:
            kind, way = (spot.group, spot.end - spot.start), 0
            while spot.start in known.setdefault((*kind, way), Variant(*kind)).spots:
                way += 1
            known[(*kind, way)].spots[spot.start] = spot
    return list(known.values())
