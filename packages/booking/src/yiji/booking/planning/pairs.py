"""What two examinations of a plan owe each other, by the places where they are made.

Places of an examination for which all rules about pairs say the same are one group: nobody need tell them apart.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import combinations

from yiji.booking.hooks import Place
from yiji.booking.planning.problem import Problem
from yiji.booking.rules.gap import NO_GAP, Gap
from yiji.booking.rules.relations import gaps


class Groups:
    """The groups of places of each item, and the demand on each pair of groups."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._rooms = [_rooms(problem, item.exam.makers) for item in problem.items]
        self._gaps = self._all()
        self._group = [self._grouped(item) for item in range(len(problem.items))]

    def of(self, item: int, device: str) -> int:
        """Return the group of a device, for an item."""
        return self._group[item][device]

    def gap(self, a: int, group_a: int, b: int, group_b: int) -> Gap:
        """Return the demand on two items at places of these groups; `a` is the smaller number."""
        return self._gaps[a, b][self._first[a][group_a], self._first[b][group_b]]

    def tables(self) -> Iterator[Iterable[Gap]]:
        """Yield for each two items the demands on them, wherever they are made."""
        yield from (table.values() for table in self._gaps.values())

    @cached_property
    def _first(self) -> list[dict[int, Place]]:
        """By item: a room of each group."""
        problem, found = self._problem, list[dict[int, Place]]()
        for item, groups in enumerate(self._group):
            rooms: dict[int, Place] = {}
            for device, group in groups.items():
                rooms.setdefault(group, problem.rooms[device])
            found.append(rooms)
            assert rooms or not problem.items[item].exam.makers
        return found

    def _all(self) -> dict[tuple[int, int], dict[tuple[Place, Place], Gap]]:
        items = range(len(self._problem.items))
        return {(a, b): self._of_two(a, b) for a, b in combinations(items, 2)}

    def _of_two(self, a: int, b: int) -> dict[tuple[Place, Place], Gap]:
        """Ask the rules that speak of the two at all, for each two rooms."""
        rules, one, other = self._problem.rules, self._problem.traits[a], self._problem.traits[b]
        concerned = replace(rules, pairs=tuple(rule for rule in rules.pairs if rule.roles(one, other).rules))
        return {
            (here, there): gaps(concerned, one, other, here, there) if concerned.pairs else NO_GAP
            for here in self._rooms[a]
            for there in self._rooms[b]
        }

    def _grouped(self, item: int) -> dict[str, int]:
        """Return the group of each of an item's devices. Rules in code may tell devices apart, so all do then."""
        known: dict[object, int] = {}
        found: dict[str, int] = {}
        for device in self._problem.items[item].exam.makers:
            room = self._problem.rooms[device]
            kind = device if self._problem.house.own else self._row(item, room)
            found[device] = known.setdefault(kind, len(known))
        return found

    def _row(self, item: int, room: Place) -> tuple[Gap, ...]:
        """Return all that the rules ask of an item made in a room, against each room of every other item."""
        return tuple(
            gap
            for (a, b), table in self._gaps.items()
            if item in (a, b)
            for (here, there), gap in table.items()
            if room == (here if item == a else there)
        )


def _rooms(problem: Problem, devices: Sequence[str]) -> list[Place]:
    return list(dict.fromkeys(problem.rooms[device] for device in devices))
