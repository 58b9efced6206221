"""What a watch tells, on its way from the bus's threads to a stream on the loop."""

import asyncio
from contextlib import suppress

from yiji.core.errors import YijiError
from yiji.core.watch import Told


class Mail:
    """A box of one place: a stream that is slower than the answers gets the newest only (`yiji.core.watch.Box`)."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._come = asyncio.Event()
        self._newest: Told | None = None
        self._over = False
        self._fault: YijiError | None = None

    def put(self, told: Told | YijiError | None) -> None:
        """Take what the watch tells, from any thread."""
        with suppress(RuntimeError):  # the loop has ended: nobody waits any more
            self._loop.call_soon_threadsafe(self._put, told)

    def _put(self, told: Told | YijiError | None) -> None:
        if isinstance(told, Told):
            self._newest = told
        elif not self._over:
            self._over, self._fault = True, told
        self._come.set()

    async def take(self) -> Told | None:
        """Return the newest answer, None when the watch is over; raises the error that ended it."""
        while self._newest is None and not self._over:
            self._come.clear()
            await self._come.wait()
        told, self._newest = self._newest, None
        if told is None and self._fault is not None:
            raise self._fault
        return told
