"""Interop's tables: what came in, and what the peers have."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field

from yiji.core.store.entity import Entity, moment


class MessageRow(Entity, table=True):
    """A raw message; its bytes are a blob. The same bytes from the same sender under the same number are the same."""

    __tablename__ = "interop_message"
    __table_args__ = (
        Index("uq_interop_message_same", "sha256", "control_id", "sender", "channel", unique=True),
        Index("ix_interop_message_number", "control_id", "sender", "received_at"),
    )
    id: str = Field(primary_key=True)
    channel: str
    sender: str
    control_id: str
    sha256: str
    state: str
    error: str = ""
    notes: str = ""
    answer: bytes = b""
    received_at: datetime = moment(index=True)


class ResultRow(Entity, table=True):
    """A result that a peer has acknowledged."""

    __tablename__ = "interop_delivery"
    __table_args__ = (Index("uq_interop_delivery_number", "control_id", "peer", unique=True),)
    id: str = Field(primary_key=True)
    report_id: str = Field(index=True)
    item_id: str
    order_id: str
    peer: str
    control_id: str
    blob: str
    acknowledgement: str
    delivered_at: datetime = moment(index=True)
