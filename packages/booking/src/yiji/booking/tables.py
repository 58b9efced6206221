"""Booking's tables: master data, patients and orders, slots and appointments, the queue."""

from datetime import date, datetime, time

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Sequence, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field

from yiji.core.store.entity import METADATA, Entity, moment

ACCESSION = Sequence("booking_accession", metadata=METADATA)
LIVE = text("state IN ('booked', 'checked_in')")


class DepartmentRow(Entity, table=True):
    """A department."""

    __tablename__ = "booking_department"
    code: str = Field(primary_key=True)
    name: str


class RoomRow(Entity, table=True):
    """A room."""

    __tablename__ = "booking_room"
    code: str = Field(primary_key=True)
    name: str
    department: str = Field(foreign_key="booking_department.code")


class DeviceRow(Entity, table=True):
    """A device."""

    __tablename__ = "booking_device"
    code: str = Field(primary_key=True)
    name: str
    room: str = Field(foreign_key="booking_room.code")
    modality: str
    station: str


class ExamRow(Entity, table=True):
    """An examination of the catalogue."""

    __tablename__ = "booking_exam"
    code: str = Field(primary_key=True)
    name: str
    department: str = Field(foreign_key="booking_department.code")
    modality: str
    minutes: int
    preparation: str
    devices: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))


class CalendarRow(Entity, table=True):
    """A device's opening hours on some weekdays."""

    __tablename__ = "booking_calendar"
    device: str = Field(primary_key=True, foreign_key="booking_device.code")
    opens: time = Field(primary_key=True)
    weekdays: list[int] = Field(sa_column=Column(ARRAY(SmallInteger), nullable=False))
    closes: time
    slot_minutes: int
    capacity: int


class PatientRow(Entity, table=True):
    """A patient."""

    __tablename__ = "booking_patient"
    id: str = Field(primary_key=True)
    name: str = Field(index=True)
    sex: str
    birth_date: date | None = None
    phone: str = ""
    added_at: datetime = moment()


class PatientNumberRow(Entity, table=True):
    """A number of a patient; it belongs to one patient only."""

    __tablename__ = "booking_patient_number"
    system: str = Field(primary_key=True)
    value: str = Field(primary_key=True)
    type: str
    patient_id: str = Field(foreign_key="booking_patient.id", index=True)


class OrderRow(Entity, table=True):
    """An order."""

    __tablename__ = "booking_order"
    __table_args__ = (Index("ix_booking_order_patient", "patient_id"),)
    id: str = Field(primary_key=True)
    sender: str
    group_number: str
    patient_id: str = Field(foreign_key="booking_patient.id")
    visit: dict[str, str] = Field(sa_column=Column(JSONB, nullable=False))  # visit number and class, ward, bed
    priority: str
    requester: str
    requesting_department: str
    reason: str
    source_message: str
    ordered_at: datetime = moment()
    registered_at: datetime = moment(index=True)


class ItemRow(Entity, table=True):
    """One examination of an order; sender and placer number name it for ever."""

    __tablename__ = "booking_item"
    __table_args__ = (Index("uq_booking_item_placer", "sender", "placer_number", unique=True),)
    id: str = Field(primary_key=True)
    order_id: str = Field(foreign_key="booking_order.id", index=True)
    sender: str
    placer_number: str
    accession_number: str = Field(unique=True)
    exam_code: str = Field(foreign_key="booking_exam.code")
    state: str
    stage: str  # how far it has come; the desk shows it
    report_id: str = ""


class SlotRow(Entity, table=True):
    """A stretch of a device's time. The CHECK is the guard of last resort against overselling."""

    __tablename__ = "booking_slot"
    __table_args__ = (
        CheckConstraint("0 <= held AND 0 <= booked AND held + booked <= capacity", name="room"),
        Index("uq_booking_slot_device_start", "device", "starts_at", unique=True),
        Index("ix_booking_slot_start", "starts_at"),
    )
    id: str = Field(primary_key=True)
    device: str = Field(foreign_key="booking_device.code")
    starts_at: datetime = moment()
    ends_at: datetime = moment()
    capacity: int
    held: int = 0
    booked: int = 0


class AppointmentRow(Entity, table=True):
    """An appointment; at most one of an order item lives."""

    __tablename__ = "booking_appointment"
    __table_args__ = (
        Index("uq_booking_appointment_live", "item_id", unique=True, postgresql_where=LIVE),
        Index("ix_booking_appointment_patient", "patient_id", "starts_at", postgresql_where=LIVE),
        Index("ix_booking_appointment_start", "starts_at"),
    )
    id: str = Field(primary_key=True)
    item_id: str = Field(foreign_key="booking_item.id")
    patient_id: str
    slot_id: str = Field(foreign_key="booking_slot.id", index=True)
    starts_at: datetime = moment()
    ends_at: datetime = moment()
    state: str
    revision: int
    changes: list[dict[str, str]] = Field(sa_column=Column(JSONB, nullable=False))


class TicketRow(Entity, table=True):
    """A place in a room's queue on one day."""

    __tablename__ = "booking_ticket"
    __table_args__ = (Index("uq_booking_ticket_number", "room", "day", "position", unique=True),)
    id: str = Field(primary_key=True)
    appointment_id: str = Field(foreign_key="booking_appointment.id", unique=True)
    room: str
    day: date
    position: int = Field(sa_column=Column(BigInteger, nullable=False))
    number: str
    state: str
    checked_in_at: datetime = moment()
    called_at: datetime | None = moment(optional=True)
