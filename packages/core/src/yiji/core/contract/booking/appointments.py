"""Appointments: hold, book, move, cancel, look at."""

from datetime import date, datetime
from enum import StrEnum

from pydantic import Field

from yiji.core.message import Command, Done, Query, Value


class AppointmentState(StrEnum):
    """The life of an appointment."""

    HELD = "held"
    BOOKED = "booked"
    CHECKED_IN = "checked_in"
    FULFILLED = "fulfilled"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    NO_SHOW = "no_show"


class Change(Value):
    """One link of an appointment's chain of changes."""

    at: datetime
    actor: str
    what: str
    slot_id: str = ""
    reason: str = ""


class Appointment(Value):
    """An examination with its place and time."""

    id: str
    item_id: str
    order_id: str
    accession_number: str
    patient_id: str
    patient_name: str
    exam_code: str
    exam_name: str
    slot_id: str
    device: str
    room: str
    room_name: str
    starts_at: datetime
    ends_at: datetime
    state: AppointmentState
    revision: int
    pool: str = ""
    expires_at: datetime | None = None  # of a hold
    paid: bool = False
    plan_id: str = ""
    changes: tuple[Change, ...] = ()


class BookExam(Command[Appointment], permission="booking.book"):
    """Give an order item a place: from `slot_id` on as long as it takes, and what else it needs.

    An examination that must be paid first is held until it is (`RecordPayment`).
    """

    item_id: str
    slot_id: str
    pool: str = ""  # channel 号源池; empty: by the order's visit class, online for a patient
    overrides: tuple[str, ...] = ()  # ids of rules to be set aside; needs booking.override and a reason
    reason: str = ""


class HoldExam(Command[Appointment], permission="booking.book"):
    """Hold a place for a while 占号."""

    item_id: str
    slot_id: str
    pool: str = ""
    minutes: int = Field(default=0, ge=0, le=1440)  # 0: the hospital's parameter
    overrides: tuple[str, ...] = ()
    reason: str = ""


class ConfirmExam(Command[Appointment], permission="booking.book"):
    """Make a held place a booked one, before it lapses; what must be paid is confirmed by its payment."""

    appointment_id: str


class MoveExam(Command[Appointment], permission="booking.book"):
    """Move an appointment to another slot, in one step 改约; its own place does not stand in its way."""

    appointment_id: str
    slot_id: str
    reason: str = ""
    pool: str = ""
    overrides: tuple[str, ...] = ()


class CancelExam(Command[Appointment], permission="booking.book"):
    """Give the place back 取消; a hold is released the same way."""

    appointment_id: str
    reason: str = ""


class MarkNoShow(Command[Appointment], permission="booking.fulfil"):
    """The patient did not come 爽约."""

    appointment_id: str
    reason: str = ""


class FulfilExam(Command[Done], permission="booking.fulfil"):
    """The examination of an order item was made: its live appointment is fulfilled, its ticket done."""

    item_id: str


class ShowAppointment(Query[Appointment], permission="booking.read"):
    """What does one appointment look like? By its id, its item's id or the accession number."""

    id: str


class ListAppointmentsResult(Value):
    """Appointments, earliest first."""

    appointments: tuple[Appointment, ...]


class ListAppointments(Query[ListAppointmentsResult], permission="booking.read"):
    """Which appointments has a patient, a device, a day?"""

    patient_id: str = ""
    device: str = ""
    first_day: date | None = None
    days: int = Field(default=1, gt=0, le=3660)
    states: tuple[AppointmentState, ...] = ()
    limit: int = Field(default=200, gt=0, le=5000)
