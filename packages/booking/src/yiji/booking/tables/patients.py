"""Patients, their numbers, facts, merges and blocks."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import DateTime, Index, text
from sqlmodel import Field

from yiji.booking.tables.catalogue import document
from yiji.core.store.entity import Entity, moment


class PatientRow(Entity, table=True):
    """A patient; `pinyin` and `initials` are for searching (lower case, without tones)."""

    __tablename__ = "booking_patient"
    __table_args__ = (
        Index("ix_booking_patient_name", "name", postgresql_ops={"name": "text_pattern_ops"}),
        Index("ix_booking_patient_pinyin", "pinyin", postgresql_ops={"pinyin": "text_pattern_ops"}),
        Index("ix_booking_patient_initials", "initials", postgresql_ops={"initials": "text_pattern_ops"}),
        Index("ix_booking_patient_phone", text("reverse(phone) text_pattern_ops")),
        Index("ix_booking_patient_birth", "birth_date", "name"),
        Index("ix_booking_patient_letters", text("string_to_array(lower(name), NULL)"), postgresql_using="gin"),
    )
    id: str = Field(primary_key=True)
    name: str
    sex: str
    birth_date: date | None = None
    phone: str = ""
    pinyin: str = ""
    initials: str = ""
    merged_into: str = ""
    added_at: datetime = moment()


class PatientNumberRow(Entity, table=True):
    """A number of a patient; it belongs to one patient only."""

    __tablename__ = "booking_patient_number"
    __table_args__ = (Index("ix_booking_patient_number_value", "value", postgresql_ops={"value": "text_pattern_ops"}),)
    system: str = Field(primary_key=True)
    value: str = Field(primary_key=True)
    type: str
    patient_id: str = Field(foreign_key="booking_patient.id", index=True)


class FactRow(Entity, table=True):
    """A fact about a patient at a moment; the newest of a code counts."""

    __tablename__ = "booking_fact"
    patient_id: str = Field(primary_key=True, foreign_key="booking_patient.id")
    code: str = Field(primary_key=True)
    at: datetime = Field(primary_key=True, sa_type=DateTime(timezone=True))  # type: ignore[call-overload]
    value: str
    source: str


class MergeRow(Entity, table=True):
    """A merge, and what it moved, so that it can be taken back."""

    __tablename__ = "booking_merge"
    __table_args__ = (
        Index("uq_booking_merge_open", "duplicate_id", unique=True, postgresql_where=text("undone_at IS NULL")),
    )
    id: str = Field(primary_key=True)
    patient_id: str = Field(foreign_key="booking_patient.id")
    duplicate_id: str = Field(foreign_key="booking_patient.id")
    reason: str
    actor: str
    at: datetime = moment()
    moved: dict[str, Any] = document()
    undone_at: datetime | None = moment(optional=True)


class BlockRow(Entity, table=True):
    """A block; `state` active and appealed hold, lifted does not."""

    __tablename__ = "booking_block"
    id: str = Field(primary_key=True)
    patient_id: str = Field(foreign_key="booking_patient.id", index=True)
    reason: str
    since: datetime = moment()
    until: datetime = moment()
    state: str
    appeal: str
    decision: str
