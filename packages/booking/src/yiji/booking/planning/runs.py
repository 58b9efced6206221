"""Where there is room for an examination: runs of free slots of its devices, and its companions' slots beside them."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import product

from yiji.booking.planning.problem import Free, Spot
from yiji.booking.rules.facts import ExamFacts


def usual_lengths(exams: Iterable[ExamFacts], devices: Collection[str]) -> dict[str, int]:
    """Return each device's commonest length: that of most examinations it makes by the catalogue, else the shorter."""
    counts: dict[str, Counter[int]] = {device: Counter() for device in devices}
    for exam in exams:
        for device in exam.makers:
            if device in counts:
                counts[device][exam.minutes] += 1
    return {device: min(count, key=lambda size: (-count[size], size)) for device, count in counts.items() if count}


class Resource:
    """The free slots of one device, earliest first; `usual`: the length of its commonest examination."""

    def __init__(self, free: Sequence[Free], usual: int) -> None:
        self._free, self._usual = free, usual
        self._runs = list(_runs(free))  # (begin, end) of the run that each slot belongs to

    def open(self, begins: int, ends: int) -> bool:
        """Return whether any free slot starts in a stretch of time."""
        index = bisect_left(self._free, begins, key=_start)
        return index < len(self._free) and self._free[index].starts < ends

    def spots(self, length: int, begins: int, ends: int) -> list[Spot]:
        """Return where an examination of so many minutes fits that starts in a stretch of time."""
        found: list[Spot] = []
        for index in range(bisect_left(self._free, begins, key=_start), len(self._free)):
            first = self._free[index]
            if first.starts >= ends:
                break
            run_begins, run_ends = self._runs[index]
            if first.starts + length <= run_ends:
                taken = self._taken(index, first.starts + length)
                left = _leaves_a_fragment(taken, run_begins, run_ends, self._usual)
                found.append(Spot(first.starts, taken[-1].ends, left, first.device, first.id))
        return found

    def _taken(self, index: int, until: int) -> Sequence[Free]:
        last = index
        while self._free[last].ends < until:
            last += 1
        return self._free[index : last + 1]


def _start(slot: Free) -> int:
    return slot.starts


def _runs(free: Sequence[Free]) -> Iterator[tuple[int, int]]:
    """Yield for each slot the begin and end of the stretch without a gap in which it lies."""
    first = 0
    for index in range(1, len(free) + 1):
        if index == len(free) or free[index].starts != free[index - 1].ends:
            run = (free[first].starts, free[index - 1].ends)
            yield from (run for _ in range(first, index))
            first = index


def _leaves_a_fragment(taken: Sequence[Free], begins: int, ends: int, usual: int) -> int:
    """Return 1 where what is left of the run before or after is shorter than the device's usual examination."""
    gone = [slot for slot in taken if slot.room == 1]
    if not gone:
        return 0
    before, after = gone[0].starts - begins, ends - gone[-1].ends
    return int(0 < before < usual or 0 < after < usual)


class Companions:
    """The staff groups whose time examinations take as well.

    A group's slot is scarce when it has less room than the plan has examinations that need companions. Where a group
    without scarce slots is free it is taken; else every free group is a place of its own.
    """

    def __init__(self, free: Mapping[str, Sequence[Free]], staff: Mapping[str, Sequence[str]], wanted: int) -> None:
        self._free, self._staff, self._wanted = free, staff, wanted
        self.room = {slot.id: slot.room for group in _groups(staff) for slot in free.get(group, ())}

    def choices(self, needs: Sequence[str], start: int, end: int) -> list[tuple[str, ...]]:
        """Return the ways to have all companions from start to end, each as the scarce slots it takes; none: no way."""
        if not needs:
            return [()]
        each = [self._ways(capability, start, end) for capability in needs]
        return [tuple(slot for part in way for slot in part) for way in product(*each)]

    def _ways(self, capability: str, start: int, end: int) -> list[tuple[str, ...]]:
        ways = [way for group in self._staff.get(capability, ()) if (way := self._covering(group, start, end))]
        scarce = [tuple(slot.id for slot in way if slot.room < self._wanted) for way in ways]
        return [()] if () in scarce else scarce

    def _covering(self, group: str, start: int, end: int) -> list[Free]:
        """Return a group's slots from start to end without a gap; nothing where there is one."""
        free = self._free.get(group, ())
        index = max(0, bisect_left(free, start, key=lambda slot: slot.starts + 1) - 1)
        found, reached = list[Free](), start
        for slot in free[index:]:
            if slot.starts > reached or reached >= end:
                break
            if slot.ends > reached:
                found.append(slot)
                reached = slot.ends
        return found if reached >= end else []


def _groups(staff: Mapping[str, Sequence[str]]) -> set[str]:
    return {group for groups in staff.values() for group in groups}
