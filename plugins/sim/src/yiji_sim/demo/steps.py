"""What the demo tells: steps with their time and the tender's bound for it."""

import time
from collections.abc import Generator
from contextlib import contextmanager

from yiji.core.errors import YijiError
from yiji.core.message import Value


class Step(Value):
    """One step: what happened, the seconds it took, the bound (None: the tender sets none) and whether it held."""

    step: str
    title: str
    what: str
    seconds: float
    bound: float | None = None
    within: bool = True
    ok: bool = True
    error: str = ""


class Comparison(Value):
    """One measure: ours beside the cart's."""

    code: str
    unit: str
    ours: float | None
    cart: float | None
    difference: float | None


class Outcome(Value):
    """All that the demo did."""

    ok: bool
    seconds: float
    steps: tuple[Step, ...]
    comparison: tuple[Comparison, ...]
    site: str
    pdf: str
    sent: tuple[str, ...]
    received: tuple[str, ...]
    audit: str


class Note:
    """What a step says of itself while it runs; `seconds` overrides the stopwatch where only a part counts."""

    def __init__(self) -> None:
        self.what = ""
        self.seconds: float | None = None


class Failed(Exception):
    """A step failed; the walk ends here."""


class Steps:
    """Runs steps and writes down how they went."""

    def __init__(self) -> None:
        self.done: list[Step] = []
        self.started = time.monotonic()

    @contextmanager
    def step(self, name: str, title: str, bound: float | None = None) -> Generator[Note]:
        """Time a step; a fault inside becomes a failed step and `Failed`."""
        note, began = Note(), time.monotonic()
        fault = ""
        try:
            yield note
        except (YijiError, AssertionError, TimeoutError, OSError) as raised:
            fault = str(raised) or type(raised).__name__
        took = note.seconds if note.seconds is not None else time.monotonic() - began
        self.done.append(
            Step(
                step=name,
                title=title,
                what=note.what,
                seconds=round(took, 3),
                bound=bound,
                within=bound is None or took <= bound,
                ok=not fault,
                error=fault,
            )
        )
        if fault:
            raise Failed(fault)

    def seconds(self) -> float:
        """Return the seconds since the start."""
        return round(time.monotonic() - self.started, 3)
