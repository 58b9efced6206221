"""Watches: questions asked again when something was written, whose answers go to all who watch, when they differ.

Equal questions of equal actors are one topic, asked once for all their seats: a hundred wall screens cost as much as
one. The name of an actor is taken off before the handler sees it, so that an answer cannot depend on whose seat asked
first; what else the token says (roles, site) makes topics differ.
"""

import queue
import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from typing import Any, Generic, Protocol, Self, TypeVar

from yiji.core.actor import Actor
from yiji.core.errors import YijiError
from yiji.core.job import Envelope, Outcome
from yiji.core.message import body_of, name_of
from yiji.core.store.bell import WRITTEN, listen
from yiji.core.store.db import Store
from yiji.core.work import Route

R = TypeVar("R")
SOONEST = 0.2  # seconds between two askings of a topic whose answer changes
QUIET = 0.8  # the same while rings change nothing for it: the pause doubles up to this
LOOK = 3.0  # seconds after which a topic is asked again though nobody rang


@dataclass(slots=True, eq=False)
class Told:
    """An answer, shared by all seats of a topic; `raw` is for who must encode it and would not do so for each seat."""

    answer: Any
    raw: bytes = b""


class Box(Protocol):
    """Where a watcher's answers go; called from any thread. What comes after an error, or after None, is nothing."""

    def put(self, told: Told | YijiError | None) -> None:
        """Take an answer, the error that ends the watch, or None: it is over."""
        ...


@dataclass(slots=True, eq=False)
class Seat:
    """One who watches; `check` raises `NotSignedIn` when the token is worth nothing any more."""

    box: Box
    check: Callable[[], object]


Key = tuple[Actor, str, bytes]


@dataclass(slots=True, eq=False)
class Topic:
    """A question and who watches it. Guarded by the lock of `Watches`."""

    key: Key
    route: Route
    envelope: Envelope
    seats: list[Seat] = field(default_factory=list[Seat])
    told: Told | None = None
    asking: bool = False
    rung: bool = True
    pause: float = SOONEST
    asked_at: float = 0.0  # time.monotonic()

    def due_at(self) -> float:
        """Return when it is to be asked next."""
        if self.asking:
            return float("inf")
        return self.asked_at + (self.pause if self.rung else LOOK)

    def take(self, outcome: Outcome) -> Told | YijiError | None:
        """Take an outcome; return what is to be told, None where nothing changed."""
        self.asking = False
        if isinstance(outcome, YijiError):
            return outcome
        if self.told is not None and self.told.answer == outcome:
            self.pause = min(self.pause * 2, QUIET)
            return None
        self.pause, self.told = SOONEST, Told(outcome)
        return self.told


def key_of(envelope: Envelope) -> Key:
    """Return what equal topics have in common."""
    assert envelope.actor is not None
    return envelope.actor, name_of(type(envelope.request)), body_of(envelope.request)


def nobody(actor: Actor) -> Actor:
    """Return the actor with its rights and without its name."""
    return replace(actor, name="", full_name="")


class Watches:
    """All topics of this process. `ask` answers one envelope somewhere else and hands the outcome to its callback."""

    def __init__(self, store: Store, ask: Callable[[Route, Envelope, Callable[[Outcome], None]], None]) -> None:
        self._store = store
        self._ask = ask
        self._topics: dict[Key, Topic] = {}
        self._lock = threading.Lock()
        self._called = threading.Event()
        self._stop_asked = threading.Event()
        self._running = False

    def join(self, route: Route, envelope: Envelope, seat: Seat) -> Callable[[], None]:
        """Take a seat at a topic: its answer comes at once, and whenever it differs. Return the way out."""
        key = key_of(envelope)
        with self._lock:
            if self._stop_asked.is_set():
                seat.box.put(None)
                return lambda: None
            topic = self._topics.get(key)
            if topic is None:
                topic = self._topics[key] = Topic(key, route, envelope)
            topic.seats.append(seat)
            if topic.told is not None:
                seat.box.put(topic.told)
            self._start()
        self._called.set()
        return lambda: self._leave(topic, seat)

    def _leave(self, topic: Topic, seat: Seat) -> None:
        with self._lock:
            if seat in topic.seats:
                topic.seats.remove(seat)
            if not topic.seats and self._topics.get(topic.key) is topic:
                del self._topics[topic.key]

    def _start(self) -> None:
        if not self._running:
            self._running = True
            threading.Thread(target=self._run, name="watches", daemon=True).start()
            ear = (self._store.engine.url, WRITTEN, self.ring, self._stop_asked)
            threading.Thread(target=listen, args=ear, name="watches' ear", daemon=True).start()

    def seats(self) -> int:
        """Return how many watch in this process."""
        with self._lock:
            return sum(len(topic.seats) for topic in self._topics.values())

    def ring(self, words: Collection[str] = ()) -> None:
        """Something was written: ask again, soon."""
        with self._lock:
            for topic in self._topics.values():
                topic.rung = True
        self._called.set()

    def _run(self) -> None:
        while not self._stop_asked.is_set():
            self._called.clear()
            rest = self._ask_due()
            self._called.wait(rest)

    def _ask_due(self) -> float | None:
        """Have asked what is due; return the seconds until more will be, None: not before somebody calls."""
        now = time.monotonic()
        with self._lock:
            due = [topic for topic in self._topics.values() if topic.due_at() <= now]
            for topic in due:
                topic.asking, topic.rung, topic.asked_at = True, False, now
            later = min((topic.due_at() for topic in self._topics.values()), default=float("inf"))
        for topic in due:
            self._ask(topic.route, topic.envelope, lambda outcome, topic=topic: self._tell(topic, outcome))
        return None if later == float("inf") else max(later - now, 0.0)

    def _tell(self, topic: Topic, outcome: Outcome) -> None:
        with self._lock:
            told = topic.take(outcome)
            for seat in list(topic.seats):
                self._serve(topic, seat, told)
            if isinstance(told, YijiError) and self._topics.get(topic.key) is topic:
                del self._topics[topic.key]
        self._called.set()

    @staticmethod
    def _serve(topic: Topic, seat: Seat, told: Told | YijiError | None) -> None:
        try:
            seat.check()
        except YijiError as refusal:
            topic.seats.remove(seat)
            seat.box.put(refusal)
            return
        if told is not None:
            seat.box.put(told)

    def close(self) -> None:
        """End all watches."""
        with self._lock:
            self._stop_asked.set()
            seats = [seat for topic in self._topics.values() for seat in topic.seats]
            self._topics.clear()
        self._called.set()
        for seat in seats:
            seat.box.put(None)


class Watching(Generic[R]):
    """A watch in this process: iterate over its answers, newest first where several wait; `close` ends it.

    Closing is for any thread. The iteration ends when the watch is closed or the bus is, and raises the `YijiError`
    that ended it.
    """

    def __init__(self) -> None:
        self._news: queue.SimpleQueue[Told | YijiError | None] = queue.SimpleQueue()
        self._last: YijiError | None = None
        self._over = False
        self.leave: Callable[[], None] = lambda: None

    def put(self, told: Told | YijiError | None) -> None:
        """Take what the watch tells (`Box`)."""
        self._news.put(told)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> R:
        newest: Told | None = None
        while not self._over and (newest is None or not self._news.empty()):
            told = self._news.get()
            if isinstance(told, Told):
                newest = told
            else:
                self._over, self._last = True, told
        if newest is not None:
            return newest.answer
        fault, self._last = self._last, None
        raise fault or StopIteration

    def close(self) -> None:
        """End the watch."""
        self.leave()
        self._news.put(None)
