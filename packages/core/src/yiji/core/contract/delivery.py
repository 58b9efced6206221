"""The border: raw messages in, results out, and what the relay could not deliver."""

from datetime import datetime
from enum import StrEnum

from yiji.core.message import Command, Done, Event, Query, Value


class RawState(StrEnum):
    """What became of a raw message."""

    KEPT = "kept"  # durable, not yet understood
    DONE = "done"
    FAILED = "failed"


class RawMessage(Value):
    """A message exactly as it came in."""

    id: str
    channel: str
    sender: str
    control_id: str  # MSH-10
    sha256: str
    state: RawState
    error: str = ""
    answer: bytes = b""  # the acknowledgement that was sent; the same message again gets it again
    received_at: datetime
    duplicate: bool = False
    notes: str = ""  # what was odd but no reason to refuse


class MessageBody(Value):
    """A kept message with its bytes."""

    sha256: str
    raw: bytes


class KeepMessage(Command[RawMessage], permission="message.keep"):
    """Keep a raw message before it is understood; sender, control id and content decide whether it is the same."""

    channel: str
    sender: str = ""
    control_id: str = ""
    raw: bytes


class SettleMessage(Command[Done], permission="message.keep"):
    """Say what became of a raw message."""

    message_id: str
    state: RawState
    error: str = ""
    answer: bytes = b""
    notes: str = ""


class ListMessagesResult(Value):
    """Raw messages, newest first."""

    messages: tuple[RawMessage, ...]


class ListMessages(Query[ListMessagesResult], permission="message.read"):
    """Which raw messages came in?"""

    state: RawState | None = None
    limit: int = 100


class ShowMessage(Query[MessageBody], permission="message.read"):
    """What does one message say? One that came in by its id, one that went out by the SHA-256 of its bytes."""

    id: str


class RecordDelivery(Command[Done], permission="delivery.record"):
    """A peer has acknowledged a result."""

    report_id: str
    item_id: str
    order_id: str
    peer: str
    control_id: str
    blob: str  # sha256 of the message that was sent
    acknowledgement: str


class DeliveredResult(Value):
    """A result that a peer has acknowledged."""

    report_id: str
    item_id: str
    order_id: str
    peer: str
    control_id: str
    blob: str
    acknowledgement: str
    delivered_at: datetime


class ListDeliveredResult(Value):
    """Delivered results, newest first."""

    delivered: tuple[DeliveredResult, ...]


class ListDelivered(Query[ListDeliveredResult], permission="delivery.read"):
    """Which results do the peers have: all, or those of one report?"""

    report_id: str = ""
    limit: int = 100


class ResultDelivered(Event, aggregate="report_id"):
    """A peer has a result."""

    report_id: str
    item_id: str
    order_id: str
    peer: str
    control_id: str


class Delivery(Value):
    """One event on its way to one subscriber."""

    id: str
    event: str
    event_id: str
    subscriber: str
    aggregate: str
    state: str  # open done dead
    attempts: int
    due_at: datetime
    error: str = ""


class ListDeliveriesResult(Value):
    """Deliveries, oldest first."""

    deliveries: tuple[Delivery, ...]


class ListDeliveries(Query[ListDeliveriesResult], permission="outbox.read"):
    """What is on its way, and what is stuck?"""

    state: str = ""
    subscriber: str = ""
    limit: int = 100


class RetryDelivery(Command[Delivery], permission="outbox.manage"):
    """Put a dead letter back on its way."""

    delivery_id: str
