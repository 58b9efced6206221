"""A bus for tests of the wire: one worker thread, batches, and answers that are up to the test."""

import contextlib
import queue
import threading
from collections.abc import Callable
from typing import Any

from yiji.core.contract.access import AddUser, ListUsersResult, User
from yiji.core.contract.report import RenderReport, ReportPage
from yiji.core.errors import NotFound, NotSignedIn
from yiji.core.job import Envelope, Sink
from yiji.core.watch import Box


class SmallBus:
    """Answers batches from one worker thread, as the real bus does; what it answers is up to the test."""

    def __init__(self) -> None:
        self.seen: list[Envelope] = []
        self.waiting: queue.SimpleQueue[tuple[Envelope, Sink] | None] = queue.SimpleQueue()
        self.may_go = threading.Event()
        self.may_go.set()
        self.batches: list[int] = []
        self.worker = threading.Thread(target=self._work, daemon=True)
        self.worker.start()

    def submit(self, envelope: Envelope, sink: Sink) -> None:
        self.seen.append(envelope)
        if envelope.token != "good":
            sink.deliver([(envelope, NotSignedIn(detail="no token"))])
        else:
            self.waiting.put((envelope, sink))

    def watch(self, envelope: Envelope, box: Box) -> Callable[[], None]:
        raise NotImplementedError

    def answer(self, request: Any) -> Any:
        match request:
            case AddUser(name="missing"):
                return NotFound(what="user", id="某人")
            case AddUser(name="broken"):
                return object()
            case AddUser():
                return User(**request.model_dump())
            case RenderReport():
                return ReportPage(report_id=request.id, pdf=b"%PDF" * 5_000_000, sha256="")
            case _:
                return ListUsersResult(users=())

    def _work(self) -> None:
        while (first := self.waiting.get()) is not None:
            batch = [first]
            self.may_go.wait()
            with contextlib.suppress(queue.Empty):
                while (more := self.waiting.get_nowait()) is not None:
                    batch.append(more)
            self.batches.append(len(batch))
            for one in dict.fromkeys(sink for _, sink in batch):
                one.deliver([(envelope, self.answer(envelope.request)) for envelope, sink in batch if sink is one])

    def close(self) -> None:
        self.may_go.set()
        self.waiting.put(None)


class Standing:
    """A bus that stands before the one of the running test, so that tests may share a server."""

    def __init__(self) -> None:
        self.bus: SmallBus | None = None

    def submit(self, envelope: Envelope, sink: Sink) -> None:
        assert self.bus is not None
        self.bus.submit(envelope, sink)

    def watch(self, envelope: Envelope, box: Box) -> Callable[[], None]:
        raise NotImplementedError
