"""What happened to appointments."""

from datetime import datetime

from yiji.core.contract.booking.appointments import AppointmentState
from yiji.core.contract.order import OrderBrief
from yiji.core.message import Event


class ExamBooked(Event, aggregate="order_id"):
    """An order item has a place."""

    order_id: str
    appointment_id: str
    slot_id: str
    device: str
    station: str
    room_name: str
    starts_at: datetime
    ends_at: datetime
    order: OrderBrief


class ExamHeld(Event, aggregate="order_id"):
    """A place is held for an order item."""

    order_id: str
    appointment_id: str
    item_id: str
    slot_id: str
    expires_at: datetime
    to_pay: bool


class ExamMoved(Event, aggregate="order_id"):
    """An appointment has another place."""

    order_id: str
    appointment_id: str
    from_slot_id: str
    slot_id: str
    device: str
    station: str
    room_name: str
    starts_at: datetime
    ends_at: datetime
    order: OrderBrief
    from_device: str = ""
    from_starts_at: datetime | None = None
    from_ends_at: datetime | None = None


class ExamCancelled(Event, aggregate="order_id"):
    """An appointment gave its place back: cancelled, lapsed or not come to."""

    order_id: str
    appointment_id: str
    item_id: str
    slot_id: str
    reason: str
    state: AppointmentState = AppointmentState.CANCELLED
    device: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None


class RefundDue(Event, aggregate="order_id"):
    """Money was paid for a place that there is not, or no longer."""

    order_id: str
    appointment_id: str
    payment_number: str
    amount: int  # fen
    reason: str


class ReminderDue(Event, aggregate="order_id"):
    """It is time to remind the patient; the preparation is told along."""

    order_id: str
    appointment_id: str
    hours: int  # before the start
    starts_at: datetime
    room_name: str
    place: str
    preparation: str
    order: OrderBrief


class RuleOverridden(Event, aggregate="order_id"):
    """Somebody set a rule aside, and why."""

    order_id: str
    appointment_id: str
    rule: str
    reason: str
    actor: str
