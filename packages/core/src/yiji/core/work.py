"""The work behind the gate: one transaction a batch, one outcome each, events, keys and audit leaves with it."""

import hashlib
import logging
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from pydantic import BaseModel

from yiji.core import clock, ids
from yiji.core.actor import Actor
from yiji.core.errors import InternalError, KeyReused, StoreUnavailable, YijiError
from yiji.core.job import Envelope, Job, Outcome, Question
from yiji.core.message import Command, body_of, name_of
from yiji.core.plug.manifest import Handles, Listens, resolve
from yiji.core.store import audit, keys, outbox
from yiji.core.store.bell import WRITTEN
from yiji.core.store.bulk import Writes
from yiji.core.store.db import Store, Tx, is_collision, is_lost, wants_rerun

log = logging.getLogger(__name__)
COLLISIONS = 3  # reruns after another process wrote the same key first: what it wrote is then seen
PATIENCE = 8.0  # seconds in which a lost database may come back before callers are told


@dataclass
class Route:
    """The way of one message to its handler; both are imported when they are first needed.

    No `cached_property` here: in Python 3.11 it has one lock for all routes, so that one slow import would hold up all.
    """

    handles: Handles
    _found: dict[str, Any] = field(default_factory=dict[str, Any], repr=False)

    def _resolved(self, target: str) -> Any:
        if target not in self._found:
            self._found[target] = resolve(target)
        return self._found[target]

    @property
    def message(self) -> type[Any]:
        """The message's class."""
        return self._resolved(self.handles.message)

    @property
    def target(self) -> Callable[..., Any]:
        """The handler."""
        return self._resolved(self.handles.target)

    @property
    def desk(self) -> str:
        """Where its requests wait for a hand: messages of one handler wait, and are answered, together."""
        return self.handles.target

    @property
    def name(self) -> str:
        """The message's published name."""
        return name_of(self.message)

    @property
    def is_command(self) -> bool:
        """Whether the message asks for change."""
        return issubclass(self.message, Command)

    @property
    def permission(self) -> str:
        """The permission that the message names."""
        return self.message.permission

    @property
    def is_asked_often(self) -> bool:
        """Whether it is worth a batch, and statements that are planned once."""
        return self.handles.batch > 1

    @property
    def batch(self) -> int:
        """How many may share a transaction."""
        return self.handles.batch


@dataclass(slots=True)
class Entry:
    """One command of a batch on its way through the transaction."""

    envelope: Envelope
    actor: Actor
    body_hash: bytes
    outcome: Outcome = None
    same_as: "Entry | None" = None  # an equal key earlier in the batch

    @property
    def message(self) -> str:
        """The command's published name."""
        return name_of(type(self.envelope.request))


def _entries(envelopes: Sequence[Envelope]) -> list[Entry]:
    """Wrap envelopes; equal keys of an actor collapse onto the first."""
    entries: list[Entry] = []
    first: dict[tuple[str, str], Entry] = {}
    for envelope in envelopes:
        assert envelope.actor is not None
        entry = Entry(envelope, envelope.actor, _hash(envelope.request))
        earlier = first.setdefault((entry.actor.name, envelope.key), entry)
        if earlier is not entry:
            entry.same_as = earlier
        entries.append(entry)
    return entries


def _hash(request: BaseModel) -> bytes:
    return hashlib.sha256(name_of(type(request)).encode() + body_of(request)).digest()


def _subject(result: Any) -> str:
    return str(getattr(result, "id", "")) or str(getattr(result, "name", ""))


@dataclass
class Worker:
    """Runs batches against the store."""

    store: Store
    listeners: dict[str, list[Listens]] = field(default_factory=dict)

    def run(self, route: Route, envelopes: list[Envelope]) -> list[Outcome]:
        """Return one outcome for each envelope, whatever happens."""
        until = time.monotonic() + PATIENCE
        pause = 0.02
        collisions = 0
        while True:
            try:
                return self._once(route, envelopes)
            except Exception as fault:
                collisions += is_collision(fault)
                again = is_lost(fault) or wants_rerun(fault) or (len(envelopes) == 1 and 0 < collisions <= COLLISIONS)
                if not again:
                    return self._split(route, envelopes, fault)
                if time.monotonic() + pause > until:
                    return [StoreUnavailable(detail=str(fault).splitlines()[0])] * len(envelopes)
                self._recover(fault)
                time.sleep(pause * random.uniform(0.5, 1.5))
                pause = min(pause * 2, 1.0)

    def _recover(self, fault: Exception) -> None:
        if not is_lost(fault):
            return
        log.warning("lost the database: %s", str(fault).splitlines()[0])
        try:
            self.store.heal()
        except YijiError as failure:
            log.warning("cannot heal yet: %s", failure)

    def _split(self, route: Route, envelopes: list[Envelope], fault: Exception) -> list[Outcome]:
        """Rerun a batch in halves, so that only the culprit fails."""
        if len(envelopes) > 1:
            middle = len(envelopes) // 2
            return self.run(route, envelopes[:middle]) + self.run(route, envelopes[middle:])
        if isinstance(fault, YijiError):
            self.note_refusal(envelopes[0], fault)
            return [fault]
        reference = ids.new("flt")
        log.error("%s failed, reference %s", name_of(type(envelopes[0].request)), reference, exc_info=fault)
        return [InternalError(reference=reference)]

    def _once(self, route: Route, envelopes: list[Envelope]) -> list[Outcome]:
        if route.is_command:
            return self._commit(route, envelopes)
        with self.store.begin() if route.handles.whole else self.store.look(often=route.is_asked_often) as tx:
            return self._look(route, tx, envelopes)

    @staticmethod
    def _look(route: Route, tx: Tx, envelopes: list[Envelope]) -> list[Outcome]:
        """Answer queries; of those asked often, who asks the same at the same time gets the same answer."""
        if not route.is_asked_often:
            return [_answer(route, tx, envelope) for envelope in envelopes]
        places: dict[tuple[bytes, Actor], int] = {}
        questions: list[Question[Any]] = []
        asked = [(body_of(envelope.request), cast(Actor, envelope.actor)) for envelope in envelopes]
        for envelope, (body, actor) in zip(envelopes, asked, strict=True):
            if places.setdefault((body, actor), len(questions)) == len(questions):
                questions.append(Question(envelope.request, actor))
        answers: list[Outcome] = route.target(tx, questions)
        return [answers[places[one]] for one in asked]

    def _commit(self, route: Route, envelopes: list[Envelope]) -> list[Outcome]:
        entries = _entries(envelopes)
        with self.store.begin(often=route.is_asked_often) as tx:
            fresh = self._recall(tx, [entry for entry in entries if entry.same_as is None])
            jobs: list[Job[Any]] = [Job(cast(Any, entry.envelope.request), entry.actor) for entry in fresh]
            outcomes: list[Outcome] = route.target(tx, jobs) if jobs else []
            for entry, outcome in zip(fresh, outcomes, strict=True):
                entry.outcome = outcome
            handled = self._won(tx, list(zip(fresh, jobs, strict=True)))
            done, called = self._write(tx, [entry for entry, _ in handled], [job for _, job in handled])
        if done:
            self.store.bell.ring(WRITTEN)
        if called:
            self.store.bell.ring(outbox.CHANNEL, called)
        return [_shared(entry) if entry.same_as else entry.outcome for entry in entries]

    @staticmethod
    def _recall(tx: Tx, entries: list[Entry]) -> list[Entry]:
        """Give known keys their kept answer; return the entries that are to be handled."""
        known = keys.look_up(tx.db, [(entry.actor.name, entry.envelope.key) for entry in entries])
        fresh: list[Entry] = []
        for entry in entries:
            kept = known.get((entry.actor.name, entry.envelope.key))
            if kept is None:
                fresh.append(entry)
            elif kept[0] != entry.body_hash:
                entry.outcome = KeyReused(key=entry.envelope.key)
            else:
                entry.outcome = type(entry.envelope.request).result_type().model_validate_json(kept[1])
        return fresh

    def _won(self, tx: Tx, handled: list[tuple[Entry, Job[Any]]]) -> list[tuple[Entry, Job[Any]]]:
        """Return what was handled; who was refused because his own key won elsewhere meanwhile has its answer."""
        refused = [entry for entry, _ in handled if isinstance(entry.outcome, YijiError)]
        if not refused:
            return handled
        still = {id(entry) for entry in self._recall(tx, refused)}
        lost = {id(entry) for entry in refused} - still
        return [(entry, job) for entry, job in handled if id(entry) not in lost]

    def _write(self, tx: Tx, entries: list[Entry], jobs: list[Job[Any]]) -> tuple[bool, set[str]]:
        """Write what belongs to the outcomes: leaves for all, keys and events for what was done.

        Return whether anything was done, and the listeners to call after the COMMIT.
        """
        now = clock.now()
        done = [
            (entry, job) for entry, job in zip(entries, jobs, strict=True) if not isinstance(entry.outcome, YijiError)
        ]
        rows = [
            {
                "actor": entry.actor.name,
                "key": entry.envelope.key,
                "body_hash": entry.body_hash,
                "answer": entry.outcome.model_dump_json(),
                "at": now,
            }
            for entry, _ in done
        ]
        emitted = [(event, entry.actor.name) for entry, job in done for event in job.events]
        writes = Writes()
        keys.remember(writes, rows)
        called = outbox.publish(writes, emitted, self.listeners)
        audit.add(writes, [_leaf(entry) for entry in entries])
        writes.write(tx.db)
        return bool(done), called

    def note_refusal(self, envelope: Envelope, refusal: YijiError) -> None:
        """Audit a refusal that the gate made or whose transaction is gone; only who has a name can fill the audit."""
        log.info("refused %s: %s", name_of(type(envelope.request)), refusal)
        if envelope.actor is None:
            return
        try:
            with self.store.told(), self.store.begin() as tx:
                writes = Writes()
                audit.add(writes, [_leaf(replace(_entries([envelope])[0], outcome=refusal))])
                writes.write(tx.db)
        except YijiError as fault:
            log.warning("the refusal is not in the audit: %s", fault)


def _answer(route: Route, tx: Tx, envelope: Envelope) -> Outcome:
    try:
        return route.target(tx, envelope.request, envelope.actor)
    except YijiError as refusal:
        return refusal


def _leaf(entry: Entry) -> dict[str, Any]:
    refused = isinstance(entry.outcome, YijiError)
    return {
        "actor": entry.actor.name,
        "message": entry.message,
        "subject": "" if refused else _subject(entry.outcome),
        "outcome": entry.outcome.code if refused else "ok",
        "body_hash": entry.body_hash,
    }


def _shared(entry: Entry) -> Outcome:
    """The outcome of an equal key in the same batch, if the body is equal too."""
    first = entry.same_as
    assert first is not None
    return first.outcome if first.body_hash == entry.body_hash else KeyReused(key=entry.envelope.key)
