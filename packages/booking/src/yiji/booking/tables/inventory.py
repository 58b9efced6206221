"""Slots and the shares of pools in them. The CHECKs are the guard of last resort against overselling."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from yiji.core.store.entity import Entity, moment


class SlotRow(Entity, table=True):
    """A stretch of a device's or staff group's time."""

    __tablename__ = "booking_slot"
    __table_args__ = (
        CheckConstraint("0 <= held AND 0 <= booked AND held + booked <= capacity", name="room"),
        CheckConstraint("0 <= extra", name="extra"),
        Index("uq_booking_slot_device_start", "device", "starts_at", unique=True),
        Index("ix_booking_slot_start", "starts_at"),
    )
    id: str = Field(primary_key=True)
    device: str  # a device's or staff group's code
    starts_at: datetime = moment()
    ends_at: datetime = moment()
    capacity: int
    held: int = 0
    booked: int = 0
    extra: int = 0  # places that may still be added
    closed: bool = False
    has_quotas: bool = False  # whether rows of booking_quota belong to it


class QuotaRow(Entity, table=True):
    """A pool's share in a slot."""

    __tablename__ = "booking_quota"
    __table_args__ = (CheckConstraint("0 <= taken AND (cap IS NULL OR taken <= cap)", name="room"),)
    slot_id: str = Field(primary_key=True, foreign_key="booking_slot.id")
    pool: str = Field(primary_key=True)
    cap: int | None = None
    reserve: int = 0
    release_at: datetime | None = moment(optional=True)
    taken: int = 0
