"""What a watch tells, on its way from the house to a stream."""

import asyncio

from yiji.core.rpc.frames import Answer


class Mail:
    """A box of one place: a stream that is slower than the answers gets the newest only."""

    def __init__(self) -> None:
        self._come = asyncio.Event()
        self._newest: Answer | None = None
        self._end: Answer | None = None

    def put(self, told: Answer) -> None:
        """Take an answer, or the refusal that ends the watch; what comes after that is nothing."""
        if not told.is_refusal:
            self._newest = told
        elif self._end is None:
            self._end = told
        self._come.set()

    async def take(self) -> Answer:
        """Return the newest answer; after the last one, the refusal."""
        while self._newest is None and self._end is None:
            self._come.clear()
            await self._come.wait()
        told, self._newest = self._newest or self._end, None
        assert told is not None
        return told
