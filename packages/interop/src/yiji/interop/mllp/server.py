"""Listen for MLLP and answer each message; asyncio, one task a connection, its messages in their order."""

import asyncio
import contextlib
import errno
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from yiji.core.errors import PortInUse
from yiji.interop.mllp.framer import Framer, Piece, wrap

# Given a piece of the stream and the peer's address; returns the answer, b"" for none.
Answer = Callable[[Piece, str], Awaitable[bytes]]
_TAKEN = {errno.EADDRINUSE, errno.EACCES, errno.EADDRNOTAVAIL}


@dataclass
class Server:
    """An MLLP server. `idle`: seconds after which a half frame is given up or a silent connection closed."""

    answer: Answer
    host: str = "127.0.0.1"
    port: int = 2575
    limit: int = 64 * 1024 * 1024
    idle: float = 600.0
    half: float = 30.0
    setting: str = "interop.mllp.port"  # named when the port is taken
    _open: "set[asyncio.Task[None]]" = field(default_factory=set[asyncio.Task[None]])
    _server: "asyncio.Server | None" = None

    async def start(self) -> int:
        """Listen; return the port (useful when it was 0). Raises `PortInUse`."""
        try:
            self._server = await asyncio.start_server(self._serve, self.host, self.port)
        except OSError as fault:
            if fault.errno in _TAKEN:
                raise PortInUse(address=f"{self.host}:{self.port}", setting=self.setting) from None
            raise
        self.port = self._server.sockets[0].getsockname()[1]
        return self.port

    async def stop(self) -> None:
        """Stop listening, let the answers that are being made go out, close the connections."""
        if self._server is not None:
            self._server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None:
            return
        self._open.add(task)
        peer = ":".join(str(part) for part in (writer.get_extra_info("peername") or ("?",))[:2])
        try:
            await self._talk(reader, writer, peer)
        except (ConnectionError, asyncio.CancelledError):
            pass  # the peer went away, or we stop
        finally:
            self._open.discard(task)
            writer.close()
            with contextlib.suppress(ConnectionError, asyncio.CancelledError):
                await writer.wait_closed()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, peer: str) -> None:
        framer = Framer(self.limit)
        while data := await self._read(reader, framer):
            await self._answer(framer.feed(data), writer, peer)
        await self._answer(framer.close(), writer, peer)

    async def _read(self, reader: asyncio.StreamReader, framer: Framer) -> bytes:
        """Return the next bytes, b"" at the end of the stream or of our patience."""
        try:
            return await asyncio.wait_for(reader.read(65536), self.half if framer.waiting else self.idle)
        except TimeoutError:
            return b""

    async def _answer(self, pieces: list[Piece], writer: asyncio.StreamWriter, peer: str) -> None:
        for piece in pieces:
            # Shielded: an answer that is on its way to the database is finished even while the server stops.
            said = await asyncio.shield(self.answer(piece, peer))
            if said:
                writer.write(wrap(said))
                await writer.drain()
