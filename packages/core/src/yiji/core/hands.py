"""Desks and hands: requests wait at the desk of their handler, and a hand works on all that waits at a desk at once.

One hand does it all as a rule. Python runs one thread at a time, and every answer of the database is a fight for it:
350 calls a second of a mixed day had a p95 of 72 ms with one hand, of 1,290 ms with three. What comes while the hand is
busy is the next batch of its desk, which is the larger the more there is to do. Another hand helps where a large batch
waits already, or where the one at work is held up.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from yiji.core.job import Envelope
from yiji.core.work import Route

HANDS = 4
ENOUGH = 48  # requests that are worth another hand
HELD_UP = 0.1  # seconds after which a hand at work seems to be held up: by a lock, or by a slow disk
LINGER = 0.015  # seconds that a desk of commands waits for company, when the batch before had some


@dataclass(eq=False)
class _Desk:
    """Where requests of one handler wait. `ripe_at`: from when on a hand may take them."""

    route: Route
    waiting: deque[Envelope] = field(default_factory=deque[Envelope])
    ripe_at: float = 0.0
    busy: int = 0
    had_company: bool = False

    @property
    def is_full(self) -> bool:
        return len(self.waiting) >= ENOUGH

    @property
    def is_free(self) -> bool:
        return self.is_full or (bool(self.waiting) and not self.busy)

    def put(self, envelope: Envelope, now: float) -> None:
        if not self.waiting:
            self.ripe_at = now + LINGER if self.had_company and self.route.is_command else now
        self.waiting.append(envelope)
        if self.is_full:
            self.ripe_at = min(self.ripe_at, now)

    def take(self) -> list[Envelope]:
        batch = [self.waiting.popleft() for _ in range(min(len(self.waiting), self.route.batch))]
        self.had_company = len(batch) > 1
        return batch


class Hands:
    """The hands of one process; `work` answers a batch and never raises."""

    def __init__(self, work: Callable[[Route, list[Envelope]], None]) -> None:
        self._work = work
        self._desks: dict[str, _Desk] = {}
        self._changed = threading.Condition()
        self._at_work: dict[int, float] = {}  # a hand's number -> since when it works
        self._watching = 0  # hands that look again after a while by themselves
        self._closing = False
        self._threads: list[threading.Thread] = []

    def put(self, route: Route, envelope: Envelope) -> None:
        """Let a request wait at its handler's desk; never blocks."""
        with self._changed:
            desk = self._desks.get(route.desk) or self._open(route)
            desk.put(envelope, time.monotonic())
            if desk.is_full or not self._at_work or not self._watching:
                self._changed.notify()

    def _open(self, route: Route) -> _Desk:
        if not self._threads:
            self._threads = [threading.Thread(target=self._run, args=(n,), daemon=True) for n in range(HANDS)]
            for number, thread in enumerate(self._threads):
                thread.name = f"hand {number}"
                thread.start()
        desk = self._desks[route.desk] = _Desk(route)
        return desk

    def _run(self, number: int) -> None:
        while taken := self._next(number):
            desk, batch = taken
            self._work(desk.route, batch)
            with self._changed:
                desk.busy -= 1
                del self._at_work[number]

    def _next(self, number: int) -> tuple[_Desk, list[Envelope]] | None:
        """Wait for the desk that is ripe the longest; None is the end, when nothing waits any more."""
        with self._changed:
            while True:
                now = time.monotonic()
                free = [desk for desk in self._desks.values() if desk.is_free]
                first = min(free, key=lambda desk: desk.ripe_at, default=None)
                if first is None and self._closing:
                    return None
                left = self._left(first, now)
                if first is not None and left is not None and left <= 0:
                    first.busy += 1
                    self._at_work[number] = now
                    return first, first.take()
                self._watching += left is not None
                self._changed.wait(left)
                self._watching -= left is not None

    def _left(self, first: _Desk | None, now: float) -> float | None:
        """Return the seconds until a hand that is free should look again; 0 and less: it may take the desk now."""
        held_up = max(self._at_work.values(), default=0.0) + HELD_UP - now if self._at_work else 0.0
        if first is None:
            return held_up if held_up > 0 else (HELD_UP if self._at_work else None)
        if self._closing or first.is_full:
            return 0.0
        return max(first.ripe_at - now, held_up)

    def close(self) -> None:
        """End after what waits now."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(timeout=10)
