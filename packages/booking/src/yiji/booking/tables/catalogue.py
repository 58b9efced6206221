"""Master data, its editions, and which edition is in force."""

from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Boolean, Column, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field

from yiji.core.store.entity import Entity, moment


def texts() -> Any:
    """Return a column of texts."""
    return Field(sa_column=Column(ARRAY(Text), nullable=False))


def document() -> Any:
    """Return a column for what is kept as it was told."""
    return Field(sa_column=Column(JSONB, nullable=False))


def retired() -> Any:
    """Return the column that says whether an entry is out of the catalogue; its row stays, for history names it."""
    return Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=text("false")))


class EditionRow(Entity, table=True):
    """One edition of the catalogue or of the rules, whole."""

    __tablename__ = "booking_edition"
    kind: str = Field(primary_key=True)  # catalogue, rules
    number: int = Field(primary_key=True)
    at: datetime = moment()
    actor: str
    note: str
    sha256: str
    body: dict[str, Any] = document()


class CurrentRow(Entity, table=True):
    """The editions in force and the parameters: one row, read by every batch."""

    __tablename__ = "booking_current"
    id: int = Field(primary_key=True)  # always 1
    catalogue: int
    rules: int
    parameters: dict[str, Any] = document()


class CampusRow(Entity, table=True):
    """A campus."""

    __tablename__ = "booking_campus"
    code: str = Field(primary_key=True)
    name: str
    name_en: str
    address: str


class DepartmentRow(Entity, table=True):
    """A department."""

    __tablename__ = "booking_department"
    code: str = Field(primary_key=True)
    name: str
    name_en: str
    campus: str
    retired: bool = retired()


class RoomRow(Entity, table=True):
    """A room."""

    __tablename__ = "booking_room"
    code: str = Field(primary_key=True)
    name: str
    department: str = Field(foreign_key="booking_department.code")
    name_en: str
    place: str
    place_en: str
    retired: bool = retired()


class DeviceRow(Entity, table=True):
    """A device."""

    __tablename__ = "booking_device"
    code: str = Field(primary_key=True)
    name: str
    room: str = Field(foreign_key="booking_room.code")
    modality: str
    station: str
    capabilities: list[str] = texts()
    retired: bool = retired()


class StaffRow(Entity, table=True):
    """A staff group, or a room that several devices share."""

    __tablename__ = "booking_staff"
    code: str = Field(primary_key=True)
    name: str
    department: str = Field(foreign_key="booking_department.code")
    capabilities: list[str] = texts()
    retired: bool = retired()


class ExamRow(Entity, table=True):
    """An examination of the catalogue; `makers` are the devices that make it, worked out whenever either changes."""

    __tablename__ = "booking_exam"
    code: str = Field(primary_key=True)
    name: str
    department: str = Field(foreign_key="booking_department.code")
    modality: str
    minutes: int
    name_en: str
    preparation: str
    preparation_en: str
    preparation_minutes: int
    devices: list[str] = texts()
    capabilities: list[str] = texts()
    needs: list[str] = texts()
    tags: list[str] = texts()
    body_parts: list[dict[str, Any]] = document()
    prepaid: bool
    makers: list[str] = texts()
    retired: bool = retired()


class CalendarRow(Entity, table=True):
    """Opening hours of a device or staff group on some weekdays."""

    __tablename__ = "booking_calendar"
    code: str = Field(primary_key=True)  # device, opening hour, weekdays and first day
    device: str = Field(index=True)
    weekdays: list[int] = Field(sa_column=Column(ARRAY(SmallInteger), nullable=False))
    opens: time
    closes: time
    slot_minutes: int
    capacity: int
    pools: list[dict[str, Any]] = document()
    extra: int
    first_day: date | None
    last_day: date | None


class ClosureRow(Entity, table=True):
    """Days on which nothing is opened."""

    __tablename__ = "booking_closure"
    first_day: date = Field(primary_key=True)
    last_day: date = Field(primary_key=True)
    campus: str = Field(primary_key=True)
    device: str = Field(primary_key=True)
    name: str


class DictionaryRow(Entity, table=True):
    """A dictionary."""

    __tablename__ = "booking_dictionary"
    code: str = Field(primary_key=True)
    name: str
    entries: list[dict[str, Any]] = document()
