"""Who of a room's queue is called next. Pure: plain values in, an order out.

1. Emergencies go first, then the urgent, each in the order of their coming: neither waits for an appointment's time.
2. All others are called by their queue time less a head start: the elderly count as 30 minutes earlier than they are,
   inpatients as 15. A head start is bounded, so nobody is passed without end: of the others only those may be called
   before somebody who are due less than 30 minutes after him. (The minutes are our choice, for hospitals to confirm.)
3. Of the others nobody is called before the window of his appointment opens, unless a desk calls him by name.

The queue time is the appointment's own for who comes early or on time, the time of coming for who is late.
"""

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta
from typing import NamedTuple

from yiji.core.contract.catalogue import Parameters
from yiji.core.contract.order import Priority
from yiji.core.contract.queue import Rank

RANKS = tuple(Rank)  # in the contract's order: the earlier before the later
FIRST = (Rank.EMERGENCY, Rank.URGENT)
HEAD_START = {Rank.ELDERLY: timedelta(minutes=30), Rank.INPATIENT: timedelta(minutes=15)}
_NONE = timedelta()
_APART = timedelta(milliseconds=1)  # between those whose time is the same, in the order of their coming
_BEHIND = timedelta(microseconds=1)  # the least that a moment can be later


class Standing(NamedTuple):
    """Somebody in a queue. `opens_at`: from when on he may be called; `minutes`: how long his examination takes."""

    id: str
    rank: Rank
    queue_at: datetime
    opens_at: datetime
    position: int
    minutes: float = 10.0


def years_old(born: date | None, day: date) -> int | None:
    """Return an age in whole years; None where the birth date is not known.

    >>> years_old(date(1951, 3, 2), date(2026, 3, 1)), years_old(date(1951, 3, 1), date(2026, 3, 1))
    (74, 75)
    """
    return None if born is None else day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def rank_of(priority: str, visit_class: str, age: int | None, elderly_age: int) -> Rank:
    """Return the rank that order and patient give; a nurse's word (triage 分诊) goes before it."""
    if priority == Priority.STAT or visit_class == "E":
        return Rank.EMERGENCY
    if priority == Priority.URGENT:
        return Rank.URGENT
    if age is not None and age >= elderly_age:
        return Rank.ELDERLY
    return Rank.INPATIENT if visit_class == "I" else Rank.ORDINARY


def queue_time(rank: Rank, starts_at: datetime, came_at: datetime, position: int, parameters: Parameters) -> datetime:
    """Return the moment that somebody's place in the queue counts from.

    `position` is the count of those who came to the room that day: it keeps those of one appointment time apart, by a
    millisecond each, so that somebody can come to stand between two of them.
    """
    late = came_at > starts_at + timedelta(minutes=parameters.late_minutes)
    return (came_at if late or rank in FIRST else starts_at) + position * _APART


def window_opens(rank: Rank, starts_at: datetime, came_at: datetime, parameters: Parameters) -> datetime:
    """Return from when on somebody may be called without being named."""
    return came_at if rank in FIRST else starts_at - timedelta(minutes=parameters.early_minutes)


def _class(rank: Rank) -> int:
    return FIRST.index(rank) if rank in FIRST else len(FIRST)


def order_key(one: Standing) -> tuple[int, datetime, int]:
    """Return what the calling order is sorted by, among those whose window is open."""
    return _class(one.rank), one.queue_at - HEAD_START.get(one.rank, _NONE), one.position


def calling_order(queue: Iterable[Standing], now: datetime) -> list[Standing]:
    """Return a queue in the order of calling: whose window is open, then the others as their windows will open."""
    waiting = list(queue)
    due = sorted((one for one in waiting if one.opens_at <= now), key=order_key)
    later = sorted((one for one in waiting if one.opens_at > now), key=lambda one: (one.opens_at, *order_key(one)))
    return due + later


def next_due(queue: Iterable[Standing], now: datetime) -> Standing | None:
    """Return who is to be called; None where nobody waits whose window is open."""
    first = next(iter(calling_order(queue, now)), None)
    return first if first is not None and first.opens_at <= now else None


def time_behind(one: Standing, queue: Collection[Standing], places: int, now: datetime) -> datetime:
    """Return the queue time that puts a skipped one, who is back, behind the first `places` who are due 过号重排.

    An emergency or urgent one goes behind those of its own kind only; nobody comes to stand before his old place.
    """
    due = (other for other in queue if other.id != one.id and other.opens_at <= now)
    ahead = calling_order(due, now)[:places]
    kind, head_start = _class(one.rank), HEAD_START.get(one.rank, _NONE)
    passed = [order_key(other)[1] + _BEHIND + head_start for other in ahead if _class(other.rank) == kind]
    return max([one.queue_at, *passed])
