"""Appointments and what follows from them: payments, the waitlist, stops, reminders, the queue."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, Computed, DateTime, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from yiji.booking.tables.catalogue import document, texts
from yiji.core.store.entity import Entity, moment

LIVE = text("state IN ('held', 'booked', 'checked_in')")
# What statistics ask of the chain of changes, kept as flags: reading every chain costs them most of their time.
# Written as PostgreSQL writes it back, so that Alembic finds no difference.
_MOVED = """jsonb_path_exists(changes, '$[1 to last]?(@."slot_id" != "")'::jsonpath, '{}'::jsonb, false)"""
_CONFIRMED = """jsonb_path_exists(changes, \
'$[*]?(@."what" == "confirmed" || @."what" == "paid")'::jsonpath, '{}'::jsonb, false)"""
_DIRECT = "((changes -> 0) ->> 'what'::text) = 'booked'::text"


class AppointmentRow(Entity, table=True):
    """An appointment; at most one of an order item lives. `slots` are all places that it takes, its own first."""

    __tablename__ = "booking_appointment"
    __table_args__ = (
        Index("uq_booking_appointment_live", "item_id", unique=True, postgresql_where=LIVE),
        Index("ix_booking_appointment_patient", "patient_id", "starts_at"),
        Index("ix_booking_appointment_start", "starts_at"),
        Index("ix_booking_appointment_hold", "expires_at", postgresql_where=text("state = 'held'")),
        Index("ix_booking_appointment_plan", "plan_id", postgresql_where=text("plan_id <> ''")),
        CheckConstraint("(state = 'held') = (expires_at IS NOT NULL)", name="hold"),
    )
    id: str = Field(primary_key=True)
    item_id: str = Field(foreign_key="booking_item.id", index=True)
    patient_id: str
    slot_id: str = Field(foreign_key="booking_slot.id", index=True)
    slots: list[str] = texts()
    device: str
    starts_at: datetime = moment()
    ends_at: datetime = moment()
    state: str
    pool: str
    revision: int
    expires_at: datetime | None = moment(optional=True)
    paid: bool
    plan_id: str
    booked_at: datetime = moment()
    changes: list[dict[str, str]] = Field(sa_column=Column(JSONB, nullable=False))
    moved: bool = Field(default=False, sa_column=Column(Boolean, Computed(_MOVED, persisted=True)))
    confirmed: bool = Field(default=False, sa_column=Column(Boolean, Computed(_CONFIRMED, persisted=True)))
    direct: bool = Field(default=False, sa_column=Column(Boolean, Computed(_DIRECT, persisted=True)))


class PaymentRow(Entity, table=True):
    """A payment; `state` is accepted or refund."""

    __tablename__ = "booking_payment"
    payment_number: str = Field(primary_key=True)
    item_id: str = Field(foreign_key="booking_item.id", index=True)
    appointment_id: str = Field(index=True)  # none: paid before it was booked
    amount: int = Field(sa_column=Column(BigInteger, nullable=False))  # fen
    state: str
    at: datetime = moment()


class WaitRow(Entity, table=True):
    """A wish on the waitlist."""

    __tablename__ = "booking_wait"
    __table_args__ = (
        Index(
            "uq_booking_wait_open",
            "item_id",
            unique=True,
            postgresql_where=text("state IN ('waiting', 'offered')"),
        ),
        Index("ix_booking_wait_exam", "exam_code", "since", postgresql_where=text("state = 'waiting'")),
    )
    id: str = Field(primary_key=True)
    item_id: str = Field(foreign_key="booking_item.id")
    patient_id: str = Field(index=True)
    exam_code: str
    pool: str
    first_day: date
    last_day: date
    notice_minutes: int
    automatic: bool
    priority: str
    state: str
    since: datetime = moment()
    appointment_id: str


class StopRow(Entity, table=True):
    """A stretch in which a device or staff group does not work; `slots` are those that it closed."""

    __tablename__ = "booking_stop"
    id: str = Field(primary_key=True)
    device: str = Field(index=True)
    starts_at: datetime = moment()
    ends_at: datetime = moment()
    reason: str
    slots: list[str] = texts()
    at: datetime = moment()
    resumed_at: datetime | None = moment(optional=True)


class DisplacedRow(Entity, table=True):
    """An appointment that a stop displaced."""

    __tablename__ = "booking_displaced"
    stop_id: str = Field(primary_key=True, foreign_key="booking_stop.id")
    appointment_id: str = Field(primary_key=True, foreign_key="booking_appointment.id")
    body: dict[str, Any] = document()
    told_at: datetime | None = moment(optional=True)


class ReminderRow(Entity, table=True):
    """A reminder that is under way or done; its key makes it one of its kind. `state`: due, claimed, sent, failed."""

    __tablename__ = "booking_reminder"
    __table_args__ = (
        Index("ix_booking_reminder_at", "at"),
        Index("ix_booking_reminder_open", "state", "at", postgresql_where=text("state <> 'sent'")),
    )
    appointment_id: str = Field(primary_key=True, foreign_key="booking_appointment.id")
    starts_at: datetime = Field(primary_key=True, sa_type=DateTime(timezone=True))  # type: ignore[call-overload]
    hours: int = Field(primary_key=True)
    state: str
    at: datetime = moment()
    detail: str


class TicketRow(Entity, table=True):
    """A place in a room's queue on one day; `rules.queueing` orders it, `rank_order` is the rank's index."""

    __tablename__ = "booking_ticket"
    __table_args__ = (
        Index("uq_booking_ticket_number", "room", "day", "position", unique=True),
        Index("ix_booking_ticket_day", "day", "room"),
    )
    id: str = Field(primary_key=True)
    appointment_id: str = Field(foreign_key="booking_appointment.id", unique=True)
    room: str
    day: date
    position: int = Field(sa_column=Column(BigInteger, nullable=False))
    number: str
    state: str
    rank: str
    rank_order: int
    queue_at: datetime = moment()
    calls: int
    note: str
    checked_in_at: datetime = moment()
    called_at: datetime | None = moment(optional=True)
    started_at: datetime | None = moment(optional=True)
    done_at: datetime | None = moment(optional=True)
