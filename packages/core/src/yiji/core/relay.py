"""The relay: brings every event to every listener, in order for each aggregate, until it is done or a dead letter.

A failed call is tried again at most three times; then the delivery is a dead letter, one alert an incident is raised
and only its own aggregate waits behind it. A peer that is down (kind UNAVAILABLE or DEADLINE) pauses its channel, and
burns no attempt; the other channels of the listener go on. The claim is a row lock: when this process dies, the claim
is gone with it.

A listener of `many` is given all that it was claimed for in one call, which costs little more than one event does. When
that call fails each event is brought by itself, and what is said above holds for each alone.
"""

import hashlib
import logging
import random
import threading
import time
from collections.abc import Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from yiji.core import ids
from yiji.core.bus import ActorBus
from yiji.core.errors import InternalError, Kind, YijiError
from yiji.core.message import Command, Event, Request
from yiji.core.plug.manifest import Listens, resolve
from yiji.core.settings import Settings
from yiji.core.store import alerts, outbox
from yiji.core.store.bell import listen
from yiji.core.store.outbox import Claim

if TYPE_CHECKING:
    from yiji.core.app import App

log = logging.getLogger(__name__)
R = TypeVar("R")

RETRIES = 3
CLAIMED = 64  # deliveries at once for one listener ...
WIDTH = 32  # ... so many of them side by side
TOGETHER = 0.5  # seconds in which deliveries gather while many come: many at once cost little more than one
IDLE = 1.0  # seconds between looks when nobody calls
PAUSES = {Kind.UNAVAILABLE, Kind.DEADLINE}


@dataclass
class Reaction:
    """What a listener holds: it asks as the system, and its commands are idempotent by (event, subscriber, number).

    `event_id` of many events at once is a digest of all their ids: in other company they are another event.
    """

    app: "App"
    event_id: str
    subscriber: str
    _asked: int = field(default=0, init=False)

    @property
    def settings(self) -> Settings:
        """The site's settings."""
        return self.app.settings

    def ask(self, request: Request[R], timeout: float = 30.0, key: str = "") -> R:
        """Ask the bus; the same command of the same reaction again gives the same answer.

        A listener that must not get the same answer again, such as the grant of a claim, brings a fresh `key`.
        """
        if isinstance(request, Command) and not key:
            self._asked += 1
            key = f"{self.event_id}:{self.subscriber}:{self._asked}"
        return ActorBus(self.app.bus, self.app.system_token()).ask(request, key=key, timeout=timeout)

    def put_blob(self, data: bytes) -> str:
        """Keep bytes; return their SHA-256."""
        with self.app.store.begin() as tx:
            return tx.blobs.put(data)

    def get_blob(self, sha256: str) -> bytes:
        """Return kept bytes."""
        with self.app.store.begin() as tx:
            return tx.blobs.get(sha256)


def backoff(attempt: int) -> float:
    """Return the seconds before another attempt: doubling from half a second to 30, with jitter."""
    return min(30.0, 0.5 * 2**attempt) * random.uniform(0.7, 1.3)


@dataclass
class Pause:
    """A channel that waits for its peer."""

    until: float = 0.0  # time.monotonic()
    times: int = 0
    why: str = ""


class Subscriber(threading.Thread):
    """One listener and its deliveries; it has threads of its own, so that one that waits holds up nobody else."""

    def __init__(self, app: "App", listens: Listens, stop: threading.Event, width: int = WIDTH) -> None:
        super().__init__(name=f"listener {listens.name}", daemon=True)
        self._app = app
        self.listens = listens
        self._pool = ThreadPoolExecutor(width, listens.name)
        self._stop_asked = stop
        self._pauses: dict[str, Pause] = {}
        self.called = threading.Event()

    def run(self) -> None:
        """Bring deliveries until asked to stop."""
        while not self._stop_asked.is_set():
            self.called.clear()
            try:
                claimed = self.pump()
            except (SQLAlchemyError, psycopg.Error, YijiError) as fault:
                log.warning("%s: %s", self.listens.name, str(fault).splitlines()[0])
                self._heal()
                self._stop_asked.wait(IDLE)
                continue
            if not claimed:
                self.called.wait(IDLE)
            elif 1 < claimed < CLAIMED:
                self._stop_asked.wait(TOGETHER)

    def _heal(self) -> None:
        try:
            self._app.store.heal()
        except YijiError as failure:
            log.warning("cannot heal yet: %s", failure)

    def pump(self) -> int:
        """Claim what is due, bring it, settle it; return how many were claimed."""
        with self._app.store.engine.begin() as db:
            claims = outbox.claim(db, self.listens.name, CLAIMED)
            if claims:
                outcomes = self._bring_all(claims)
                done = [claim.id for claim, outcome in zip(claims, outcomes, strict=True) if outcome is None]
                outbox.settle(db, done)
                for claim, outcome in zip(claims, outcomes, strict=True):
                    if outcome is not None:
                        self._handle(db, claim, outcome)
        return len(claims)

    def _bring_all(self, claims: list[Claim]) -> "list[Pause | YijiError | None]":
        """Bring deliveries, in one call if the listener takes many and that call succeeds."""
        if self.listens.many and len(claims) > 1 and self._bring_together(claims):
            return [None] * len(claims)
        return list(self._pool.map(self._bring, claims))

    def _bring_together(self, claims: list[Claim]) -> bool:
        """Bring deliveries in one call; return False if that failed, and each has to be brought by itself."""
        try:
            events = {claim.event_id: self._read(claim) for claim in claims}
            channels = {_channel(event, self.listens.channel) for event in events.values()}
            if any(self._waits(channel) for channel in channels):
                return False
            self._react(events)
        except Exception as fault:
            log.warning("%s: %d events come singly now: %s", self.listens.name, len(claims), fault)
            return False
        for channel in channels:
            self._pauses.pop(channel, None)
        return True

    def _bring(self, claim: Claim) -> "Pause | YijiError | None":
        """Bring one delivery; return the pause that it must wait for, or what went wrong."""
        try:
            event = self._read(claim)
            channel = _channel(event, self.listens.channel)
            pause = self._waits(channel)
            if pause is not None:
                return pause
            fault = self._try(event, claim)
        except Exception:
            reference = ids.new("flt")
            log.exception("%s failed on %s, reference %s", self.listens.name, claim.event_id, reference)
            return InternalError(reference=reference)
        if fault is None:
            self._pauses.pop(channel, None)
        elif fault.kind in PAUSES:
            log.warning("%s: %s", self.listens.name, fault)
            return self._pause(channel, str(fault))
        return fault

    def _read(self, claim: Claim) -> Event:
        return resolve(self.listens.event).model_validate_json(claim.body)

    def _try(self, event: Event, claim: Claim) -> YijiError | None:
        try:
            self._react({claim.event_id: event})
        except YijiError as fault:
            return fault
        return None

    def _react(self, events: dict[str, Event]) -> None:
        """Call the listener, with one event unless it takes many; raises what it raises."""
        target, reaction = resolve(self.listens.target), Reaction(self._app, _company(events), self.listens.name)
        if self.listens.many:
            target(events, reaction)
            return
        (event,) = events.values()
        target(event, reaction)

    def _waits(self, channel: str) -> Pause | None:
        """Return the pause that the channel is in, if it is."""
        pause = self._pauses.get(channel)
        return pause if pause is not None and time.monotonic() < pause.until else None

    def _pause(self, channel: str, why: str) -> Pause:
        before = self._pauses.get(channel, Pause())
        pause = Pause(time.monotonic() + backoff(before.times), before.times + 1, why)
        self._pauses[channel] = pause
        return pause

    def _handle(self, db: Connection, claim: Claim, outcome: "Pause | YijiError") -> None:
        """Postpone a delivery, or bury it after its last retry."""
        if isinstance(outcome, Pause):
            wait = max(0.0, outcome.until - time.monotonic())
            outbox.postpone(db, claim.id, claim.attempts, outcome.why, wait)
            return
        log.warning("%s: %s on %s", self.listens.name, outcome, claim.event_id)
        attempts = claim.attempts + 1
        if attempts <= RETRIES:
            outbox.postpone(db, claim.id, attempts, str(outcome), backoff(attempts))
        else:
            outbox.bury(db, claim.id, attempts, str(outcome))
            alerts.open_alert(db, f"dead letter: {self.listens.name}", str(outcome))

    def close(self) -> None:
        """End the thread's work in hand."""
        if self.is_alive():
            self.join(timeout=15)
        self._pool.shutdown(wait=False, cancel_futures=True)


def _company(events: Iterable[str]) -> str:
    """Return one name for events that come together: the id of one, else a digest of all ids in their order."""
    told = list(events)
    return told[0] if len(told) == 1 else hashlib.sha256(" ".join(told).encode()).hexdigest()


def _channel(event: Event, path: str) -> str:
    """Return the value that names the event's channel; all events share one where no path is told."""
    value: Any = event if path else ""
    for name in path.split(".") if path else ():
        value = getattr(value, name)
    return str(value)


class Relay:
    """All listeners of one lane, woken by NOTIFY."""

    def __init__(self, app: "App", lane: str, width: int = WIDTH) -> None:
        self._app = app
        self._stop_asked = threading.Event()
        listens = [record for record in app.plugins.records(Listens) if record.lane == lane]
        self.subscribers = [Subscriber(app, record, self._stop_asked, width) for record in listens]

    def start(self) -> None:
        """Start the listeners and the ear."""
        for subscriber in self.subscribers:
            subscriber.start()
        ear = (self._app.store.engine.url, outbox.CHANNEL, self._wake, self._stop_asked)
        threading.Thread(target=listen, args=ear, name="relay ear", daemon=True).start()

    def _wake(self, names: Collection[str] = ()) -> None:
        """Call the listeners that something came for; no name calls all."""
        for subscriber in self.subscribers:
            if not names or subscriber.listens.name in names:
                subscriber.called.set()

    def stop(self) -> None:
        """Let the work in hand end, then stop."""
        self._stop_asked.set()
        self._wake()
        for subscriber in self.subscribers:
            subscriber.close()
