"""The bus: the one gate to the house, and group commit as its normal way.

Whoever asks passes the gate here: identity, permission, deadline, idempotency key. Commands that a handler takes
many at a time are gathered at its desk (`hands`), handled together in one transaction, and each caller is answered only
after the COMMIT. A database fault reruns a batch halved, then singly, so that one poisonous command harms nobody else.
Queries that many ask at once are gathered as well, and answered in one go.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Generic, TypeVar, cast

from yiji.core import ids
from yiji.core.actor import verify
from yiji.core.errors import DeadlinePassed, UnknownMessage, YijiError
from yiji.core.hands import Hands
from yiji.core.job import Envelope, Outcome, Sink
from yiji.core.message import Request, Watch, name_of
from yiji.core.store.db import Store
from yiji.core.watch import Box, Seat, Watches, Watching, nobody
from yiji.core.work import Route, Worker

R = TypeVar("R")
POOL = 6  # threads for queries, and as many for commands that are handled singly


class FutureSink(Generic[R]):
    """One answer as a future."""

    def __init__(self) -> None:
        self.future: Future[R] = Future()

    def deliver(self, outcomes: list[tuple[Envelope, Outcome]]) -> None:
        """Settle the future."""
        answer = outcomes[0][1]
        if isinstance(answer, YijiError):
            self.future.set_exception(answer)
        else:
            self.future.set_result(answer)


def _deliver(answered: Sequence[tuple[Envelope, Outcome]]) -> None:
    """Answer each caller, each sink once."""
    sinks: dict[int, tuple[Sink, list[tuple[Envelope, Outcome]]]] = {}
    for envelope, outcome in answered:
        sink = cast(Sink, envelope.sink)
        sinks.setdefault(id(sink), (sink, []))[1].append((envelope, outcome))
    for sink, outcomes in sinks.values():
        sink.deliver(outcomes)


class LocalBus:
    """The bus of this process."""

    def __init__(self, store: Store, routes: dict[str, Route], worker: Worker) -> None:
        self._store = store
        self._routes = routes
        self._worker = worker
        self._secret = store.settings.secret
        self._site = store.settings.site.id
        self._queries = ThreadPoolExecutor(POOL, "query")
        self._singles = ThreadPoolExecutor(POOL, "command")
        self._hands = Hands(self._work)
        self.watches = Watches(store, self._ask_aside)

    def submit(self, envelope: Envelope, sink: Sink) -> None:
        """Take a request in; its answer goes to `sink`. Never blocks on the database."""
        envelope.sink = sink
        try:
            route = self._admit(envelope)
        except YijiError as refusal:
            _deliver([(envelope, refusal)])
            self._note(envelope, refusal)
            return
        if route.is_asked_often:
            self._hands.put(route, envelope)
        else:
            (self._singles if route.is_command else self._queries).submit(self._work, route, [envelope])

    def watch(self, envelope: Envelope, box: Box) -> Callable[[], None]:
        """Answer a `Watch` into `box`, now and whenever the answer differs; return what ends it. Never blocks."""
        try:
            route = self._admit(envelope)
        except YijiError as refusal:
            box.put(refusal)
            self._note(envelope, refusal)
            return lambda: None
        return self.watches.join(route, envelope, Seat(box, lambda: verify(envelope.token, self._secret, self._site)))

    def _ask_aside(self, route: Route, envelope: Envelope, settle: Callable[[Outcome], None]) -> None:
        with suppress(RuntimeError):  # the bus is closing: nobody waits any more
            self._queries.submit(lambda: settle(self._worker.run(route, [envelope])[0]))

    def _note(self, envelope: Envelope, refusal: YijiError) -> None:
        self._singles.submit(self._worker.note_refusal, envelope, refusal)

    def _admit(self, envelope: Envelope) -> Route:
        envelope.actor = verify(envelope.token, self._secret, self._site)
        route = self._routes.get(name_of(type(envelope.request)))
        if route is None:
            raise UnknownMessage(message=name_of(type(envelope.request)))
        envelope.actor.require(route.permission)
        if not envelope.key and route.is_command:
            envelope.key = ids.new("key")
        if isinstance(envelope.request, Watch):
            envelope.actor = nobody(envelope.actor)
        return route

    def _work(self, route: Route, envelopes: list[Envelope]) -> None:
        now = time.monotonic()
        late = [envelope for envelope in envelopes if envelope.deadline is not None and envelope.deadline < now]
        if late:
            _deliver([(envelope, DeadlinePassed(message=name_of(type(envelope.request)))) for envelope in late])
            envelopes = [envelope for envelope in envelopes if envelope not in late]
        if envelopes:
            outcomes = self._worker.run(route, envelopes)
            _deliver(list(zip(envelopes, outcomes, strict=True)))

    def ask(self, request: Request[R], *, token: str, key: str = "", timeout: float = 30.0) -> R:
        """Ask and wait for the answer; raises `YijiError`."""
        sink: FutureSink[R] = FutureSink()
        self.submit(Envelope(request, token, key, time.monotonic() + timeout), sink)
        try:
            return sink.future.result(timeout + 1)
        except TimeoutError:
            raise DeadlinePassed(message=name_of(type(request))) from None

    def close(self) -> None:
        """End the watches, the hands after what waits, and the pools."""
        self.watches.close()
        self._hands.close()
        self._queries.shutdown()
        self._singles.shutdown()


class ActorBus:
    """The local bus in the hands of one actor: what faces and listeners hold (`yiji.core.faces.Bus`)."""

    def __init__(self, bus: LocalBus, token: str) -> None:
        self._bus = bus
        self._token = token

    def ask(self, request: Request[R], *, key: str = "", timeout: float = 30.0) -> R:
        """Ask as this actor."""
        return self._bus.ask(request, token=self._token, key=key, timeout=timeout)

    def watch(self, request: Watch[R]) -> Watching[R]:
        """Watch as this actor."""
        watching: Watching[R] = Watching()
        watching.leave = self._bus.watch(Envelope(request, self._token), watching)
        return watching

    def close(self) -> None:
        """Nothing to let go of: the app owns the bus."""
