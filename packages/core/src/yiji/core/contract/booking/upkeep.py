"""Money, what the house asks of itself, and whether the invariants hold."""

from datetime import date

from pydantic import Field

from yiji.core.contract.booking.appointments import Appointment
from yiji.core.message import Command, Query, Value


class Payment(Value):
    """What became of a payment."""

    payment_number: str
    accepted: bool  # False: the place was gone, the money goes back
    appointment: Appointment | None = None  # none: paid before it is booked


class RecordPayment(Command[Payment], permission="booking.pay"):
    """The cashier's callback: it is paid. The same payment number again changes nothing."""

    appointment_id: str  # or the order item's, paid before it is booked
    payment_number: str = Field(min_length=1, max_length=100)
    amount: int = Field(ge=0)  # fen


class LapsedHolds(Value):
    """How many were settled."""

    count: int


class LapseHolds(Command[LapsedHolds], permission="booking.tend"):
    """Let the holds go whose time is over (the house itself asks this once a second)."""

    limit: int = Field(default=500, gt=0, le=5000)


class SettleNoShows(Command[LapsedHolds], permission="booking.tend"):
    """Mark as no-shows what was never checked in, and block who did it too often (asked by the house itself)."""

    limit: int = Field(default=500, gt=0, le=5000)


class Violation(Value):
    """An invariant that does not hold."""

    invariant: str
    subject: str
    detail: str


class Verified(Value):
    """What a verification looked at and found."""

    slots: int
    appointments: int
    patients: int  # who have live appointments
    violations: tuple[Violation, ...]  # at most 100
    found: int = 0  # how many violations there are
    notes: tuple[Violation, ...] = ()  # what does not fit the master data or rules loaded since it was booked


class VerifyBooking(Query[Verified], permission="booking.verify"):
    """Do the invariants of booking hold on what is kept?"""

    since: date | None = None  # only slots and appointments from this day on
