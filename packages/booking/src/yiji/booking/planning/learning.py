"""What rules in a plugin's code ask of two examinations, learnt by asking them.

The planner sees into rules that are data; a rule in code it can only ask. Most such rules want a distance between two
places, so that is what is tried: how long after one examination does the other become legal? A distance found at one
place is used only after every pair of real places that it would forbid has been asked too, and was refused; so nothing
legal is lost. A rule that is no distance is met by cuts, one refused pair of places after the other.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import permutations

from yiji.booking.hooks import Other
from yiji.booking.planning.ground import Ground, Spots
from yiji.booking.planning.legal import proposal
from yiji.booking.planning.model import Cut
from yiji.booking.planning.problem import Spot, moment

Pair = tuple[int, int, int, int]  # an item and its group, before another item and its group
_FURTHEST = 7 * 1440  # minutes; a rule that asks for more is no distance that is worth learning


class Learning:
    """The distances that rules in code are known to ask for; they are laid on the ground as they are learnt."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._distances: dict[Pair, int] = {}
        self._sure: set[tuple[Pair, int, int]] = set()  # on which days a distance was looked at
        self._grouped: dict[tuple[int, int], dict[int, list[Spot]]] = {}
        self._begun = False

    def begin(self) -> bool:
        """Look for distances; return whether that is new. Asked when a rule in code refuses a plan."""
        if self._begun:
            return False
        self._begun, last = True, 0
        for pair, spot, device in self._samples():
            last = self._distance(pair, spot, device, last)
            if last:
                self._distances[pair] = last
        return bool(self._distances)

    def lay(self, days: Sequence[int]) -> None:
        """Make sure of the distances on these days, drop what does not hold, and tell the ground of the rest."""
        near = {distance: list(self._near(days, distance)) for distance in set(self._distances.values())}
        for pair, distance in list(self._distances.items()):
            if not all(self._holds(pair, distance, *two) for two in near[distance]):
                del self._distances[pair]
        self._ground.learnt = self._distances

    def _near(self, days: Sequence[int], distance: int) -> Iterator[tuple[int, int]]:
        """Yield the days, and the days on or after them, between which a distance may forbid something."""
        known = self._ground.problem.days
        for first in days:
            for second in days:
                if first <= second and known[second].begins < known[first].ends + distance:
                    yield first, second

    def wider(self, cut: Cut, days: Sequence[int]) -> list[Cut]:
        """Return with a refused pair of places all pairs of one of them with another place of the other, if refused."""
        if len(cut) != 2 or not self._ground.problem.house.own:
            return [cut]
        found: set[Cut] = {cut}
        for (fixed, spot), (item, _) in (cut, cut[::-1]):
            for day in days:
                for other in self._ground.spots(item, day):
                    pair = sorted(((fixed, spot), (item, other)), key=lambda place: place[1].start)
                    if pair[0][1].end <= pair[1][1].start and self._refuses(*pair[0], *pair[1]):
                        found.add(tuple(pair))
        return sorted(found)

    def _samples(self) -> Iterator[tuple[Pair, Spot, str]]:
        """Yield for each two items and groups one place of the first, and a device of the second's group."""
        problem, groups = self._ground.problem, self._ground.groups
        for a, b in permutations(range(len(problem.items)), 2):
            for spot in self._one_of_each_group(a):
                for device in problem.items[b].exam.makers:
                    yield (a, spot.group, b, groups.of(b, device)), spot, device

    def _one_of_each_group(self, item: int) -> list[Spot]:
        known: dict[int, Spot] = {}
        for day in range(len(self._ground.problem.days)):
            for spot in self._ground.known(item, day):
                known.setdefault(spot.group, spot)
        return list(known.values())

    def _distance(self, pair: Pair, before: Spot, device: str, guess: int) -> int:
        """Return how many minutes after a place the second item becomes legal; 0: at once, or never."""
        item = pair[2]
        length = int(self._ground.problem.items[item].length.total_seconds() // 60)

        def legal(gap: int) -> bool:
            start = before.end + gap
            return not self._refuses(pair[0], before, item, Spot(start, start + length, 0, device, ""))

        if legal(0):
            return 0
        if guess and legal(guess) and not legal(guess - 1):
            return guess
        low, high = 0, 1
        while not legal(high):
            low, high = high, high * 2
            if high > _FURTHEST:
                return 0
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if legal(middle) else (middle, high)
        return high

    def _holds(self, pair: Pair, distance: int, first: int, second: int) -> bool:
        """Return whether all that the distance forbids between two days is refused indeed."""
        if (pair, first, second) in self._sure:
            return True
        a, group_a, b, group_b = pair
        later = self._of_group(b, second, group_b)
        for spot in self._of_group(a, first, group_a):
            if later and later[0].start < spot.end + distance and not self._all_refused(a, spot, b, later, distance):
                return False
        self._sure.add((pair, first, second))
        return True

    def _of_group(self, item: int, day: int, group: int) -> Spots:
        found = self._grouped.get((item, day))
        if found is None:
            found = self._grouped[item, day] = {}
            for spot in self._ground.spots(item, day):
                found.setdefault(spot.group, []).append(spot)
        return found.get(group, ())

    def _all_refused(self, a: int, spot: Spot, b: int, later: Spots, distance: int) -> bool:
        near = (one for one in later if 0 <= one.start - spot.end < distance)
        return all(self._refuses(a, spot, b, one) for one in near)

    def _refuses(self, a: int, before: Spot, b: int, after: Spot) -> bool:
        """Return whether a rule in code refuses the second item, the first being where it is."""
        problem = self._ground.problem
        place, asked = problem.house.place(before.device), proposal(problem, b, after)
        first = Other(f"plan-{a}", problem.traits[a], place, moment(before.start), moment(before.end))
        asked = replace(asked, others=(*problem.others, first))
        return any(rule.check(asked) is not None for rule in problem.house.own)
