"""Core's own tables: users, events and deliveries, idempotency keys, audit leaves, alerts, small blobs."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Column, Identity, Index, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from yiji.core.store.entity import Entity, moment


class UserRow(Entity, table=True):
    """A user."""

    __tablename__ = "core_user"
    name: str = Field(primary_key=True)
    full_name: str
    roles: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    department: str = ""
    active: bool = True
    added_at: datetime = moment()


class EventRow(Entity, table=True):
    """What happened, as its listeners will read it."""

    __tablename__ = "core_event"
    id: str = Field(primary_key=True)
    type: str
    aggregate: str = Field(index=True)
    body: str
    actor: str
    at: datetime = moment()


class DeliveryRow(Entity, table=True):
    """An event on its way to one subscriber; `seq` orders the deliveries of an aggregate."""

    __tablename__ = "core_delivery"
    __table_args__ = (
        Index("ix_core_delivery_open", "subscriber", "seq", postgresql_where=text("state = 'open'")),
        Index(
            "ix_core_delivery_ahead",
            "subscriber",
            "aggregate",
            "seq",
            postgresql_where=text("state IN ('open', 'dead')"),
        ),
        CheckConstraint("state IN ('open', 'done', 'dead')", name="state"),
    )
    id: str = Field(primary_key=True)
    seq: int = Field(sa_column=Column(BigInteger, Identity(), nullable=False))
    event_id: str = Field(foreign_key="core_event.id", index=True)
    subscriber: str
    aggregate: str
    state: str = "open"
    attempts: int = 0
    due_at: datetime = moment()
    error: str = ""


class KeyRow(Entity, table=True):
    """An idempotency key, the request that it came with and the answer that it got."""

    __tablename__ = "core_key"
    actor: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    body_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    answer: str
    at: datetime = moment(index=True)


class AuditRow(Entity, table=True):
    """An audit leaf; the sealer gives it its place in the chain afterwards."""

    __tablename__ = "core_audit"
    __table_args__ = (Index("ix_core_audit_unsealed", "seq", postgresql_where=text("position IS NULL")),)
    seq: int = Field(sa_column=Column(BigInteger, Identity(), primary_key=True))
    at: datetime = moment()
    actor: str
    message: str
    subject: str
    outcome: str  # ok, or the code of the refusal
    body_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    position: int | None = Field(default=None, sa_column=Column(BigInteger, unique=True, nullable=True))
    digest: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))


class AlertRow(Entity, table=True):
    """One incident that somebody must look at; while it is open its like only raises the count."""

    __tablename__ = "core_alert"
    __table_args__ = (Index("uq_core_alert_open", "topic", unique=True, postgresql_where=text("closed_at IS NULL")),)
    id: str = Field(primary_key=True)
    topic: str
    detail: str
    count: int = 1
    opened_at: datetime = moment()
    closed_at: datetime | None = moment(optional=True)


class BlobRow(Entity, table=True):
    """A small blob, kept in the transaction that it belongs to; large ones are files."""

    __tablename__ = "core_blob"
    sha256: str = Field(primary_key=True)
    data: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
