"""Channel pools 号源池: how many places of a slot a pool may take now."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Quota:
    """A pool's share in a slot: at most `cap` places (none: no bound), `reserve` of them its own until `release_at`."""

    pool: str
    cap: int | None = None
    reserve: int = 0
    release_at: datetime | None = None
    taken: int = 0

    def kept_back(self, now: datetime) -> int:
        """Return how many places are kept for this pool alone."""
        released = self.release_at is not None and now >= self.release_at
        return 0 if released else max(0, self.reserve - self.taken)


def room_for(free: int, quotas: Sequence[Quota], pool: str, now: datetime) -> int:
    """Return how many of a slot's `free` places a pool may take: its cap, and what others have reserved, bound it.

    >>> from datetime import UTC
    >>> now = datetime(2026, 3, 2, tzinfo=UTC)
    >>> shares = (Quota("inpatient", reserve=2), Quota("online", cap=1))
    >>> [room_for(3, shares, pool, now) for pool in ("inpatient", "online", "outpatient")]
    [3, 1, 1]
    """
    room = free - sum(quota.kept_back(now) for quota in quotas if quota.pool != pool)
    own = next((quota for quota in quotas if quota.pool == pool), None)
    if own is not None and own.cap is not None:
        room = min(room, own.cap - own.taken)
    return max(room, 0)


def counted(quotas: Sequence[Quota], pool: str, change: int) -> tuple[Quota, ...]:
    """Return the shares after a pool took (1) or gave back (-1) a place; a pool without a share is not counted."""
    return tuple(replace(quota, taken=quota.taken + change) if quota.pool == pool else quota for quota in quotas)


def usual_pool(visit_class: str, by_patient: bool) -> str:
    """Return the pool of an order nobody named one for (visit class: HL7 table 0004, recalled)."""
    if by_patient:
        return "online"
    return {"I": "inpatient", "E": "emergency"}.get(visit_class, "outpatient")
