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


class ListMessagesResult(Value):
    """Raw messages, newest first."""

    messages: tuple[RawMessage, ...]


class ListMessages(Query[ListMessagesResult], permission="message.read"):
    """Which raw messages came in?"""

    state: RawState | None = None
    limit: int = 100


class RecordDelivery(Command[Done], permission="delivery.record"):
    """A peer has acknowledged a result."""

    report_id: str
    item_id: str
    order_id: str
    peer: str
    control_id: str
    blob: str  # sha256 of the message that was sent
    acknowledgement: str


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
