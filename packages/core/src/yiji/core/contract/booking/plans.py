"""Several examinations in one plan 一站式预约."""

from datetime import date, datetime

from pydantic import Field

from yiji.core.contract.booking.appointments import Appointment
from yiji.core.message import Command, Query, Value


class Choice(Value):
    """A place for an item in a plan."""

    item_id: str
    slot_id: str
    exam_name: str = ""
    device: str = ""
    room_name: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None


class Alternative(Value):
    """One way to place all examinations."""

    choices: tuple[Choice, ...]
    visits: int  # days on which the patient must come
    finish_at: datetime
    waiting_minutes: int  # between examinations of the same day
    fragments: int  # places whose taking leaves a gap too short to use
    reasons: tuple[str, ...]  # why it is offered, and what it gives up against the others
    optimal: bool  # proved, within the slots looked at


class Plan(Value):
    """Up to three alternatives, the best first."""

    alternatives: tuple[Alternative, ...]
    unplaced: tuple[str, ...] = ()  # items that nothing could be found for
    why_not: str = ""  # code of what stands in the way


class PlanExams(Query[Plan], permission="booking.plan"):
    """How could these examinations best be placed together 一站式预约? At most 8, of one patient.

    In this order: fewest visits, earliest finish, least waiting, least fragmentation.
    """

    item_ids: tuple[str, ...] = Field(min_length=1, max_length=8)
    first_day: date | None = None
    days: int = Field(default=14, gt=0, le=60)
    pool: str = ""
    alternatives: int = Field(default=3, ge=1, le=3)


class BookedPlan(Value):
    """All of a plan's appointments."""

    plan_id: str
    appointments: tuple[Appointment, ...]


class BookPlan(Command[BookedPlan], permission="booking.book"):
    """Book (or hold) several examinations of one patient: all of them or none."""

    choices: tuple[Choice, ...] = Field(min_length=1, max_length=8)
    pool: str = ""
    hold: bool = False
    overrides: tuple[str, ...] = ()
    reason: str = ""


class ConfirmPlan(Command[BookedPlan], permission="booking.book"):
    """Make all held places of a plan booked ones: all or none."""

    plan_id: str
