"""What travels through the bus: an envelope at the gate, a job in a handler's hands."""

from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from yiji.core.actor import Actor
from yiji.core.message import Command, Event, Query, Request

Outcome = Any  # the result, or the YijiError that was the answer


@dataclass(slots=True, eq=False)
class Envelope:
    """A request at the gate. `deadline` is a moment of `time.monotonic()`; `key` makes a command idempotent."""

    request: Request[Any]
    token: str
    key: str = ""
    deadline: float | None = None
    actor: Actor | None = field(default=None, init=False)
    sink: "Sink | None" = field(default=None, init=False)


class Sink(Protocol):
    """Where answers go; called from a worker's thread, once a batch."""

    def deliver(self, outcomes: list[tuple[Envelope, Outcome]]) -> None:
        """Take answers."""
        ...


C = TypeVar("C", bound=Command[Any])
Q = TypeVar("Q", bound=Query[Any])


@dataclass(slots=True)
class Job(Generic[C]):
    """One command in a handler's hands, with its actor; `emit` tells the house what happened."""

    command: C
    actor: Actor
    events: list[Event] = field(default_factory=list)

    def emit(self, event: Event) -> None:
        """Publish an event with this command's transaction, if the command's outcome is not a refusal."""
        self.events.append(event)


@dataclass(frozen=True, slots=True)
class Question(Generic[Q]):
    """One query in the hands of a handler that answers many at a time, with who asks."""

    query: Q
    actor: Actor
