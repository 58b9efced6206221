"""Orders: what a doctor asks for (FHIR ServiceRequest)."""

from datetime import date, datetime
from enum import StrEnum

from yiji.core.contract.patient import PatientBrief
from yiji.core.message import Command, Done, Event, Query, Value


class OrderState(StrEnum):
    """The life of an order (FHIR request-status, recalled)."""

    ACTIVE = "active"
    COMPLETED = "completed"
    REVOKED = "revoked"


class Priority(StrEnum):
    """How urgent (FHIR request-priority, recalled; TQ1-9 R/A/S)."""

    ROUTINE = "routine"
    URGENT = "urgent"
    STAT = "stat"


class OrderedItem(Value):
    """One examination as the sender names it."""

    placer_number: str  # ORC-2
    exam_code: str  # OBR-4.1
    exam_name: str = ""  # OBR-4.2
    body_part: str = ""  # OBR-15.4 (recalled), or a code of the catalogue
    paid: bool = False  # charged before it was sent


class OrderItem(Value):
    """One examination of an order as it is kept; it is what gets booked, examined and reported."""

    id: str
    order_id: str
    placer_number: str
    accession_number: str  # 检查号, at most 16 characters (DICOM SH)
    exam_code: str
    exam_name: str
    department: str
    modality: str
    state: OrderState
    appointment_id: str = ""
    report_id: str = ""
    body_part: str = ""


class Order(Value):
    """An order as it is kept."""

    id: str
    sender: str
    group_number: str
    patient: PatientBrief
    priority: Priority
    requester: str
    requesting_department: str
    reason: str
    state: OrderState
    ordered_at: datetime
    registered_at: datetime
    items: tuple[OrderItem, ...]


class OrderBrief(Value):
    """All that devices, reports and interop need of one order item."""

    order_id: str
    item_id: str
    accession_number: str
    placer_number: str
    sender: str
    patient: PatientBrief
    exam_code: str
    exam_name: str
    department: str
    modality: str = ""
    requester: str = ""
    requesting_department: str = ""
    reason: str = ""
    priority: Priority = Priority.ROUTINE
    ordered_at: datetime | None = None
    body_part: str = ""


class RegisterOrder(Command[Order], permission="order.register"):
    """Keep an order; the same sender and placer numbers again give the order that is there."""

    sender: str
    group_number: str  # ORC-4, else the first ORC-2
    patient: PatientBrief
    items: tuple[OrderedItem, ...]
    priority: Priority = Priority.ROUTINE
    requester: str = ""
    requesting_department: str = ""
    reason: str = ""
    ordered_at: datetime | None = None
    source_message: str = ""  # id of the raw message in the inbox


class RevokeOrder(Command[Order], permission="order.register"):
    """Withdraw an order's items (ORC-1 CA); what is booked is cancelled with it."""

    sender: str
    placer_numbers: tuple[str, ...]
    reason: str = ""


class AdvanceItem(Command[Done], permission="order.advance"):
    """Say how far an order item has come; it never goes back."""

    item_id: str
    stage: str  # examined reported signed delivered
    report_id: str = ""


class ListOrdersResult(Value):
    """Orders, newest first."""

    orders: tuple[Order, ...]


class ListOrders(Query[ListOrdersResult], permission="order.read"):
    """Which orders were registered on a day, or are of a patient?"""

    day: date | None = None
    patient: str = ""  # part of a name, or a number
    state: OrderState | None = None
    limit: int = 100


class ShowOrder(Query[Order], permission="order.read"):
    """What does one order look like? By its id, an item's id, an accession number or a placer number."""

    id: str


class OrderRegistered(Event, aggregate="order_id"):
    """An order is kept."""

    order_id: str
    items: tuple[OrderBrief, ...]


class OrderRevoked(Event, aggregate="order_id"):
    """Items of an order are withdrawn."""

    order_id: str
    item_ids: tuple[str, ...]
