"""The front's line to the house behind it: calls go in, answers come out, many in one frame."""

import asyncio
import itertools
from collections.abc import Callable
from typing import cast

from yiji.core.rpc.frames import Answer, Asked, Frames, pack

Take = Callable[[Answer], object]


class Line(asyncio.Protocol):
    """Gives calls their numbers, and answers to who waits for them. `lost` is called when the house is gone."""

    def __init__(self, loop: asyncio.AbstractEventLoop, lost: Callable[[], None]) -> None:
        self._loop = loop
        self._lost = lost
        self._frames = Frames()
        self._numbers = itertools.count(1)
        self._gathered: list[Asked] = []
        self._waiting: dict[int, Take] = {}
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way out."""
        self._transport = cast(asyncio.WriteTransport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Say so."""
        self._lost()

    def data_received(self, data: bytes) -> None:
        """Give answers to who waits; who went away gets none."""
        for frame in self._frames.feed(data):
            for told in frame:
                take = self._waiting.get(told[0])
                if take is not None:
                    take(Answer(*told))

    def wait(self, take: Take, number: int | None = None) -> int:
        """Let `take` have the answers of a number, a new one as a rule; return it."""
        number = next(self._numbers) if number is None else number
        self._waiting[number] = take
        return number

    def forget(self, number: int) -> None:
        """Nobody waits for a number any more."""
        self._waiting.pop(number, None)

    def tell(self, asked: Asked) -> None:
        """Tell the house, together with what else this turn of the loop has to tell."""
        if not self._gathered:
            self._loop.call_soon(self._flush)
        self._gathered.append(asked)

    def _flush(self) -> None:
        gathered, self._gathered = self._gathered, []
        if self._transport is not None:
            self._transport.write(pack(gathered))
