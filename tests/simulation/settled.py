"""What became of one command of a batch."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from simulation.asking import Ask

from yiji.booking.rules.decide import Decision

Answer = tuple[Any, ...]
STOP = timedelta(hours=2)  # how long a device stops


@dataclass
class Settled:
    """What became of one command of a batch: an answer or the code of a refusal, and what it decided."""

    ask: Ask
    code: str = ""
    answer: Answer = ()
    decisions: list[Decision] = field(default_factory=list[Decision])
    tried: list[tuple[str, list[str]]] = field(default_factory=list[tuple[str, list[str]]])  # displaced, its options
    closed: list[str] = field(default_factory=list[str])
    fresh: bool = True  # handled in this batch, not recalled by its key
