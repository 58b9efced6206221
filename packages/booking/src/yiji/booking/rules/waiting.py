"""How long will it take until somebody is called? Pure: the queue played forward with the lengths as they are known.

Each device of the room takes the next one by the room's own calling order (`queueing`) as soon as it is free. What is
planned is stretched by the room's real pace today. Who comes later is not known yet: an emergency that comes in makes
the wait longer than it was told.
"""

import heapq
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from yiji.booking.rules.queueing import Standing, order_key

ENOUGH = 3  # examinations that a pace can be told from
RECENT = 10  # examinations that it is told from
_MINUTE = timedelta(minutes=1)
_SLOWEST, _FASTEST = 4.0, 0.25  # beyond these somebody forgot to note the end, or noted several at once


@dataclass(frozen=True, slots=True)
class Busy:
    """An examination under way: since when, and the minutes planned for it."""

    since: datetime
    minutes: float


def pace_of(done: Sequence[tuple[float, float]]) -> float:
    """Return how a room's examinations of today took, as a multiple of their plan: the median of the last ten.

    `done` are (minutes from call to end, minutes planned), the newest last. With less than three it is 1.

    >>> pace_of([(12, 10), (30, 20), (14, 10)])
    1.4
    """
    ratios = [taken / planned for taken, planned in done[-RECENT:] if planned > 0]
    return min(max(median(ratios), _FASTEST), _SLOWEST) if len(ratios) >= ENOUGH else 1.0


def expected_calls(
    queue: Iterable[Standing], busy: Collection[Busy], devices: int, pace: float, now: datetime
) -> dict[str, datetime]:
    """Return when each of a queue will be called, by id; nothing where no device works.

    Nobody is expected before his window opens.
    """
    if devices <= 0:
        return {}
    free = _free_times(busy, devices, pace, now)
    later = [(one.opens_at, order_key(one), one) for one in queue]
    heapq.heapify(later)
    due: list[tuple[tuple[int, datetime, int], Standing]] = []
    calls: dict[str, datetime] = {}
    while later or due:
        at = heapq.heappop(free)
        at = at if due else max(at, later[0][0])
        while later and later[0][0] <= at:
            _, key, one = heapq.heappop(later)
            heapq.heappush(due, (key, one))
        _, called = heapq.heappop(due)
        calls[called.id] = at
        heapq.heappush(free, at + timedelta(minutes=called.minutes * pace))
    return calls


def _free_times(busy: Collection[Busy], devices: int, pace: float, now: datetime) -> list[datetime]:
    """Return when each device is free: who is in takes the first ones; more may be in than devices are told."""
    ends = [max(now, one.since + timedelta(minutes=one.minutes * pace)) for one in busy]
    free = ends + [now] * (devices - len(ends))
    heapq.heapify(free)
    return free


def minutes_until(at: datetime, now: datetime) -> int:
    """Return the whole minutes until a moment, rounded up."""
    return max(0, -((now - at) // _MINUTE))
