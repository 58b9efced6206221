"""What two examinations of one patient owe each other in time: the one form that all pair rules take."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from yiji.booking.rules.moments import day_after, day_of, minutes

Span = tuple[datetime, datetime]  # start and end, aware


@dataclass(frozen=True, slots=True)
class Gap:
    """The demand on a pair (a, b).

    `after`: minutes from a's end to b's start where a comes first; `before`: from b's end to a's start where b comes
    first; None: that order is forbidden. `not_same_day`: the two may not start on one day of the hospital's clock.
    A pair that a rule speaks of may not overlap; `rules` are the ids of those that do, in their order.
    """

    rules: tuple[str, ...] = ()
    after: int | None = 0
    before: int | None = 0
    not_same_day: bool = False

    def turned(self) -> "Gap":
        """Return the same demand on (b, a)."""
        return replace(self, after=self.before, before=self.after)

    def tighter(self, other: "Gap") -> "Gap":
        """Return the demand that keeps both."""
        return Gap(
            self.rules + tuple(rule for rule in other.rules if rule not in self.rules),
            _longer(self.after, other.after),
            _longer(self.before, other.before),
            self.not_same_day or other.not_same_day,
        )

    def allows(self, a: Span, b: Span, zone: str) -> bool:
        """Return whether two placements keep it; moments in UTC."""
        if not self.rules:
            return True
        if self.not_same_day and day_of(a[0], zone) == day_of(b[0], zone):
            return False
        return _clear(a[1], b[0], self.after) or _clear(b[1], a[0], self.before)

    def next_start(self, start: datetime, length: timedelta, b: Span, zone: str) -> datetime | None:
        """Return the earliest start of `a` from `start` on that keeps it; None where no later time does."""
        if self.allows((start, start + length), b, zone):
            return start
        if self.before is None:
            return None
        free = max(start, b[1] + minutes(self.before))
        same_day = self.not_same_day and day_of(free, zone) == day_of(b[0], zone)
        return day_after(free, zone) if same_day else free


NO_GAP = Gap()


def _longer(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else max(one, other)


def _clear(end: datetime, start: datetime, gap: int | None) -> bool:
    return gap is not None and end + minutes(gap) <= start
