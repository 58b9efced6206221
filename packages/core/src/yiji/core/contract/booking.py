"""Booking: slots 号源, appointments 预约, and the day of the examination."""

from datetime import date, datetime, time
from enum import StrEnum

from yiji.core.contract.order import OrderBrief
from yiji.core.message import Command, Done, Event, Query, Value


class AppointmentState(StrEnum):
    """The life of an appointment."""

    BOOKED = "booked"
    CHECKED_IN = "checked_in"
    FULFILLED = "fulfilled"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"


class TicketState(StrEnum):
    """The life of a queue ticket."""

    READY = "ready"
    CALLED = "called"
    DONE = "done"
    SKIPPED = "skipped"


class Department(Value):
    """A department of the hospital."""

    code: str
    name: str


class Room(Value):
    """A room in which examinations are made."""

    code: str
    name: str
    department: str


class Device(Value):
    """A device, the resource that slots belong to."""

    code: str
    name: str
    room: str
    modality: str  # DICOM (0008,0060): ECG, US, ...
    station: str = ""  # AE title or folder name by which its data arrives


class Exam(Value):
    """An entry of the examination catalogue."""

    code: str
    name: str
    department: str
    modality: str
    minutes: int
    preparation: str = ""
    devices: tuple[str, ...] = ()


class Calendar(Value):
    """When a device is open on a weekday, cut into slots 排班."""

    device: str
    weekdays: tuple[int, ...]  # 1 Monday .. 7 Sunday
    opens: time
    closes: time
    slot_minutes: int
    capacity: int


class Catalogue(Value):
    """The master data of a site."""

    departments: tuple[Department, ...] = ()
    rooms: tuple[Room, ...] = ()
    devices: tuple[Device, ...] = ()
    exams: tuple[Exam, ...] = ()
    calendars: tuple[Calendar, ...] = ()


class LoadCatalogue(Command[Catalogue], permission="catalogue.manage"):
    """Add master data, or change what has the same code."""

    catalogue: Catalogue


class ShowCatalogue(Query[Catalogue], permission="catalogue.read"):
    """What departments, rooms, devices, examinations and calendars are there?"""


class OpenSlotsResult(Value):
    """How many slots were made, and how many were there before."""

    opened: int
    kept: int


class OpenSlots(Command[OpenSlotsResult], permission="slot.manage"):
    """Make slots from the calendars for a range of days; days already open stay as they are."""

    first_day: date | None = None  # today on the hospital's clock when left out
    days: int = 14


class Slot(Value):
    """A stretch of a device's time with room for `capacity` examinations."""

    id: str
    device: str
    device_name: str
    room: str
    room_name: str
    department: str
    starts_at: datetime
    ends_at: datetime
    capacity: int
    held: int
    booked: int

    @property
    def free(self) -> int:
        """How many examinations still fit."""
        return self.capacity - self.held - self.booked


class FindSlotsResult(Value):
    """Slots, earliest first."""

    slots: tuple[Slot, ...]


class FindSlots(Query[FindSlotsResult], permission="slot.read"):
    """Where is room for an examination?"""

    exam_code: str = ""
    department: str = ""
    first_day: date | None = None
    days: int = 7
    only_free: bool = True
    limit: int = 200


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
    changes: tuple[Change, ...] = ()


class BookExam(Command[Appointment], permission="booking.book"):
    """Give an order item a place in a slot."""

    item_id: str
    slot_id: str


class MoveExam(Command[Appointment], permission="booking.book"):
    """Move an appointment to another slot, in one step 改约."""

    appointment_id: str
    slot_id: str
    reason: str = ""


class CancelExam(Command[Appointment], permission="booking.book"):
    """Give the place back 取消."""

    appointment_id: str
    reason: str = ""


class ShowAppointment(Query[Appointment], permission="booking.read"):
    """What does one appointment look like? By its id, its item's id or the accession number."""

    id: str


class Ticket(Value):
    """A place in a room's queue."""

    id: str
    appointment_id: str
    item_id: str
    accession_number: str
    number: str  # what is called out: A001
    patient_name: str
    exam_name: str
    room: str
    room_name: str
    state: TicketState
    checked_in_at: datetime
    called_at: datetime | None = None


class CheckIn(Command[Ticket], permission="queue.manage"):
    """The patient is here 签到: put the appointment into its room's queue."""

    appointment_id: str


class CallPatient(Command[Ticket], permission="queue.manage"):
    """Call a patient 叫号: the one named, else the next of the room."""

    room: str = ""
    ticket_id: str = ""


class FulfilExam(Command[Done], permission="booking.fulfil"):
    """The examination of an order item was made: its live appointment is fulfilled, its ticket done."""

    item_id: str


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


class ExamCancelled(Event, aggregate="order_id"):
    """An appointment gave its place back."""

    order_id: str
    appointment_id: str
    item_id: str
    slot_id: str
    reason: str


class PatientCheckedIn(Event, aggregate="order_id"):
    """The patient is here."""

    order_id: str
    appointment_id: str
    item_id: str
    ticket: Ticket


class PatientCalled(Event, aggregate="order_id"):
    """The patient is called to the room."""

    order_id: str
    appointment_id: str
    item_id: str
    ticket: Ticket
