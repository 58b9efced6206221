"""The waitlist 候补."""

from datetime import date, datetime
from enum import StrEnum

from pydantic import Field

from yiji.core.message import Command, Query, Value


class WaitState(StrEnum):
    """The life of a wish on the waitlist."""

    WAITING = "waiting"
    OFFERED = "offered"
    SERVED = "served"
    LEFT = "left"


class Wait(Value):
    """A wish on the waitlist 候补."""

    id: str
    item_id: str
    patient_id: str
    patient_name: str
    exam_code: str
    exam_name: str
    pool: str
    first_day: date
    last_day: date
    notice_minutes: int
    automatic: bool
    state: WaitState
    since: datetime
    appointment_id: str = ""  # what was offered or booked


class JoinWaitlist(Command[Wait], permission="booking.book"):
    """Wait for a place; an item that has one already waits for an earlier one.

    A place that comes free is offered (held for a while), or booked at once when `automatic`; never with less notice
    than `notice_minutes` and the examination's own preparation.
    """

    item_id: str
    first_day: date | None = None  # today when left out
    last_day: date | None = None  # 30 days on when left out
    pool: str = ""
    notice_minutes: int = Field(default=60, ge=0)
    automatic: bool = False


class LeaveWaitlist(Command[Wait], permission="booking.book"):
    """Wait no longer."""

    wait_id: str


class ListWaitsResult(Value):
    """Wishes in the order in which they are served."""

    waits: tuple[Wait, ...]


class ListWaits(Query[ListWaitsResult], permission="booking.read"):
    """Who waits for a place?"""

    exam_code: str = ""
    patient_id: str = ""
    state: WaitState | None = None  # none: who waits still, offers included
    limit: int = Field(default=100, gt=0, le=1000)


class BackfillResult(Value):
    """Whom places that had come free were given to."""

    served: tuple[Wait, ...]


class Backfill(Command[BackfillResult], permission="booking.tend"):
    """Give free places of a device in a stretch of time to who waits (asked by the house when a place comes free)."""

    device: str
    starts_at: datetime
    ends_at: datetime
