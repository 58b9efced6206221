"""Reports' tables: one report an order item, and every revision that its draft went through."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Column, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from yiji.core.store.entity import Entity, moment


class ReportRow(Entity, table=True):
    """A report as it stands. `sealed` is the text that the seal was taken over, `page_seal` binds the page to it."""

    __tablename__ = "reports_report"
    __table_args__ = (
        CheckConstraint("(state = 'signed') = (seal IS NOT NULL)", name="sealed"),
        Index("ix_reports_report_state", "state", "drafted_at"),
    )
    id: str = Field(primary_key=True)
    item_id: str = Field(unique=True)
    accession_number: str = Field(index=True)
    state: str
    revision: int
    body: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    drafted_at: datetime = moment()
    pdf: str = ""
    seal: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB(none_as_null=True), nullable=True))
    sealed: str = ""
    page_seal: str = ""
    signed_at: datetime | None = moment(optional=True)


class RevisionRow(Entity, table=True):
    """A draft as it once stood; nothing that a doctor may have read is ever lost."""

    __tablename__ = "reports_revision"
    report_id: str = Field(primary_key=True, foreign_key="reports_report.id")
    revision: int = Field(primary_key=True)
    body: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    drafted_at: datetime = moment()
