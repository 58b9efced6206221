"""The tables of devices: worklist, recordings, analyses."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Column, Float, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from yiji.core.store.entity import Entity, moment


def _json(*, optional: bool = False) -> Any:
    return Field(default=None, sa_column=Column(JSONB(none_as_null=True), nullable=optional))


class WorklistRow(Entity, table=True):
    """A scheduled examination; `state`: scheduled, done (a recording is there) or cancelled.

    `as_of` is what was said last of it. One that was cancelled before it was listed has no order and no number.
    """

    __tablename__ = "devices_worklist"
    __table_args__ = (CheckConstraint("state IN ('scheduled', 'done', 'cancelled')", name="state"),)
    item_id: str = Field(primary_key=True)
    as_of: str
    state: str
    accession_number: str | None = Field(default=None, unique=True)
    station: str = Field(default="", index=True, sa_column_kwargs={"server_default": ""})
    modality: str = Field(default="", sa_column_kwargs={"server_default": ""})
    starts_at: datetime | None = moment(optional=True, index=True)
    order: dict[str, Any] | None = _json(optional=True)
    listed_at: datetime = moment()


class RecordingRow(Entity, table=True):
    """A kept recording; one for the same bytes. `accession_number` is the file's own unless somebody named another."""

    __tablename__ = "devices_recording"
    __table_args__ = (
        Index("ix_devices_recording_accession", "accession_number", "kept_at"),
        Index("ix_devices_recording_person", "person", "kept_at"),
    )
    id: str = Field(primary_key=True)
    kind: str
    blob: str = Field(unique=True)
    trace: str
    record_path: str
    leads: list[str] = _json()
    rate: float = Field(sa_column=Column(Float, nullable=False))
    seconds: float = Field(sa_column=Column(Float, nullable=False))
    device: str
    station: str
    file_name: str
    accession_number: str
    patient_id: str
    started_at: datetime | None = moment(optional=True)
    arrived_at: datetime = moment()
    kept_at: datetime = moment(index=True)
    item_id: str | None = Field(default=None, index=True)
    person: str = ""  # the patient of the order
    order: dict[str, Any] | None = _json(optional=True)
    measured: list[Any] = _json()
    quality: list[Any] = _json()


class AnalysisRow(Entity, table=True):
    """What one algorithm found in one recording; the same again takes the place of the former."""

    __tablename__ = "devices_analysis"
    recording_id: str = Field(primary_key=True, foreign_key="devices_recording.id")
    algorithm: str = Field(primary_key=True)
    measurements: list[Any] = _json()
    findings: list[Any] = _json()
    beats: list[Any] = _json()
    classes: str
    lead_measures: list[Any] = _json()
    median: dict[str, Any] | None = _json(optional=True)
    holter: dict[str, Any] | None = _json(optional=True)
    analysed_at: datetime = moment()
