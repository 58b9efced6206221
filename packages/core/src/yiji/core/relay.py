"""The relay: brings every event to every listener, in order for each aggregate, until it is done or a dead letter.

A failed call is tried again at most three times; then the delivery is a dead letter, one alert an incident is raised
and only its own aggregate waits behind it. A peer that is down (kind UNAVAILABLE or DEADLINE) pauses its listener and
burns no attempt. The claim is a row lock: when this process dies, the claim is gone with it.
"""

import logging
import random
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
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
from yiji.core.store.outbox import Claim

if TYPE_CHECKING:
    from collections.abc import Generator

    from yiji.core.app import App

log = logging.getLogger(__name__)
R = TypeVar("R")

RETRIES = 3
CLAIMED = 16  # deliveries at once for one listener
IDLE = 1.0  # seconds between looks when nobody calls
PAUSES = {Kind.UNAVAILABLE, Kind.DEADLINE}


@dataclass
class Reaction:
    """What a listener holds: it asks as the system, and its commands are idempotent by (event, subscriber, number)."""

    app: "App"
    event_id: str
    subscriber: str
    _asked: int = field(default=0, init=False)

    @property
    def settings(self) -> Settings:
        """The site's settings."""
        return self.app.settings

    def ask(self, request: Request[R], timeout: float = 30.0) -> R:
        """Ask the bus; the same command of the same reaction again gives the same answer."""
        key = ""
        if isinstance(request, Command):
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


class Subscriber(threading.Thread):
    """One listener and its deliveries."""

    def __init__(self, app: "App", listens: Listens, pool: ThreadPoolExecutor, stop: threading.Event) -> None:
        super().__init__(name=f"listener {listens.name}", daemon=True)
        self._app = app
        self._listens = listens
        self._pool = pool
        self._stop_asked = stop
        self.called = threading.Event()
        self._downs = 0

    def run(self) -> None:
        """Bring deliveries until asked to stop."""
        while not self._stop_asked.is_set():
            self.called.clear()
            try:
                brought = self.pump()
            except (SQLAlchemyError, YijiError) as fault:
                log.warning("%s: %s", self._listens.name, str(fault).splitlines()[0])
                self._heal()
                self._stop_asked.wait(IDLE)
                continue
            if self._downs:
                self._stop_asked.wait(backoff(self._downs))
            elif not brought:
                self.called.wait(IDLE)

    def _heal(self) -> None:
        try:
            self._app.store.heal()
        except YijiError as failure:
            log.warning("cannot heal yet: %s", failure)

    def pump(self) -> int:
        """Claim and bring what is due; return how many were brought or buried."""
        with self._app.store.engine.begin() as db:
            claims = outbox.claim(db, self._listens.name, CLAIMED)
            faults = list(self._pool.map(self._bring, claims)) if claims else []
            outbox.settle(db, [claim.id for claim, fault in zip(claims, faults, strict=True) if fault is None])
            failed = [(claim, fault) for claim, fault in zip(claims, faults, strict=True) if fault is not None]
            down = [self._handle(db, claim, fault) for claim, fault in failed]
        self._downs = self._downs + 1 if any(down) else 0
        return len(claims) - len(failed)

    def _bring(self, claim: Claim) -> YijiError | None:
        event_type: type[Event] = resolve(self._listens.event)
        reaction = Reaction(self._app, claim.event_id, self._listens.name)
        try:
            resolve(self._listens.target)(event_type.model_validate_json(claim.body), reaction)
        except YijiError as fault:
            return fault
        except Exception:
            reference = ids.new("flt")
            log.exception("%s failed on %s, reference %s", self._listens.name, claim.event_id, reference)
            return InternalError(reference=reference)
        return None

    def _handle(self, db: Connection, claim: Claim, fault: YijiError) -> bool:
        """Postpone or bury a failed delivery; return whether the peer is down."""
        log.warning("%s: %s on %s", self._listens.name, fault, claim.event_id)
        if fault.kind in PAUSES:
            outbox.postpone(db, claim.id, claim.attempts, str(fault), 0.0)
            return True
        attempts = claim.attempts + 1
        if attempts <= RETRIES:
            outbox.postpone(db, claim.id, attempts, str(fault), backoff(attempts))
        else:
            outbox.bury(db, claim.id, attempts, str(fault))
            alerts.open_alert(db, f"dead letter: {self._listens.name}", str(fault))
        return False


class Relay:
    """All listeners of one lane, woken by NOTIFY."""

    def __init__(self, app: "App", lane: str, width: int = 8) -> None:
        self._app = app
        self._stop_asked = threading.Event()
        self._pool = ThreadPoolExecutor(width, f"relay {lane}")
        listens = [record for record in app.plugins.records(Listens) if record.lane == lane]
        self.subscribers = [Subscriber(app, record, self._pool, self._stop_asked) for record in listens]

    def start(self) -> None:
        """Start the listeners and the ear."""
        for subscriber in self.subscribers:
            subscriber.start()
        threading.Thread(target=self._listen, name="relay ear", daemon=True).start()

    def _wake(self) -> None:
        for subscriber in self.subscribers:
            subscriber.called.set()

    def _listen(self) -> None:
        while not self._stop_asked.is_set():
            try:
                with self._ear() as ear:
                    self._wake()
                    while not self._stop_asked.is_set():
                        for _ in ear.notifies(timeout=IDLE, stop_after=1):
                            self._wake()
            except psycopg.Error as fault:
                log.warning("the relay's ear: %s", str(fault).strip())
                self._stop_asked.wait(IDLE)

    @contextmanager
    def _ear(self) -> "Generator[psycopg.Connection[Any]]":
        url = self._app.store.engine.url.render_as_string(hide_password=False).replace("+psycopg", "")
        with psycopg.connect(url, autocommit=True) as ear:
            ear.execute(f"LISTEN {outbox.CHANNEL}")
            yield ear

    def stop(self) -> None:
        """Let the work in hand end, then stop."""
        self._stop_asked.set()
        self._wake()
        for subscriber in self.subscribers:
            if subscriber.is_alive():
                subscriber.join(timeout=15)
        self._pool.shutdown(wait=False, cancel_futures=True)
