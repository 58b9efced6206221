"""Ask the local bus from an event loop: the loop is woken once for all answers of a batch."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any, TypeVar

from yiji.core.app import App
from yiji.core.errors import YijiError
from yiji.core.job import Envelope, Outcome
from yiji.core.message import Request

R = TypeVar("R")


@dataclass(slots=True, eq=False)
class _Call(Envelope):
    """An envelope that knows who waits."""

    answer: "asyncio.Future[Outcome] | None" = field(default=None, kw_only=True)


class LoopBus:
    """The bus of `app`, asked as the system from the running loop."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._loop = asyncio.get_running_loop()

    async def ask(self, request: Request[R], timeout: float = 20.0) -> R:
        """Return the answer; raises `YijiError`. `timeout` in seconds."""
        answer: asyncio.Future[Outcome] = self._loop.create_future()
        until = time.monotonic() + timeout
        self._app.bus.submit(_Call(request, self._app.system_token(), deadline=until, answer=answer), self)
        outcome: Any = await answer
        if isinstance(outcome, YijiError):
            raise outcome
        return outcome

    def deliver(self, outcomes: list[tuple[Envelope, Outcome]]) -> None:
        """Take a batch's answers; called from the writer's thread."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(_settle, outcomes)


def _settle(outcomes: list[tuple[Envelope, Outcome]]) -> None:
    for envelope, outcome in outcomes:
        answer = envelope.answer if isinstance(envelope, _Call) else None
        if answer is not None and not answer.done():
            answer.set_result(outcome)
