"""Orders and their items."""

from datetime import datetime

from sqlalchemy import Column, Index, Sequence
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from yiji.core.store.entity import METADATA, Entity, moment

ACCESSION = Sequence("booking_accession", metadata=METADATA)


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
    body_part: str
    state: str
    stage: str  # how far it has come; the desk shows it
    report_id: str = ""
    paid: bool = False
