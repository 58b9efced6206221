"""Listen for MLLP and answer each message; asyncio, one task a connection, its messages in their order."""

import asyncio
import contextlib
import errno
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from yiji.core.errors import BadSetting, PortInUse, YijiError
from yiji.core.settings import FILE
from yiji.interop.mllp.framer import Framer, Piece, wrap

# Given a piece of the stream and the peer's address; returns the answer, b"" for none.
Answer = Callable[[Piece, str], Awaitable[bytes]]


@dataclass
class Server:
    """An MLLP server. `idle`, `half`: seconds after which a silent connection is closed, half a message is given up."""

    answer: Answer
    host: str = "127.0.0.1"
    port: int = 2575
    limit: int = 64 * 1024 * 1024
    idle: float = 600.0
    half: float = 30.0
    section: str = "interop.mllp"  # of the settings; named when the address cannot be had
    _open: "set[asyncio.Task[None]]" = field(default_factory=set[asyncio.Task[None]], init=False)
    _waiting: "set[asyncio.Task[None]]" = field(default_factory=set[asyncio.Task[None]], init=False)
    _stopping: bool = field(default=False, init=False)
    _server: "asyncio.Server | None" = field(default=None, init=False)

    async def start(self) -> int:
        """Listen; return the port (useful when it was 0). Raises `PortInUse` or `BadSetting`."""
        try:
            self._server = await asyncio.start_server(self._serve, self.host, self.port)
        except OSError as fault:
            raise self._why_not(fault) from None
        self.port = self._server.sockets[0].getsockname()[1]
        return self.port

    def _why_not(self, fault: OSError) -> YijiError:
        if fault.errno == errno.EADDRINUSE:
            return PortInUse(address=f"{self.host}:{self.port}", setting=f"{self.section}.port")
        key = "host" if isinstance(fault, socket.gaierror) or fault.errno == errno.EADDRNOTAVAIL else "port"
        return BadSetting(file=FILE, setting=f"{self.section}.{key}", detail=fault.strerror or fault)

    async def stop(self, grace: float = 10.0) -> None:
        """Stop listening, let the answers that are being made go out within `grace` seconds, close the connections."""
        self._stopping = True
        if self._server is not None:
            self._server.close()
        for task in self._waiting:
            task.cancel()
        if self._open:
            _, late = await asyncio.wait(self._open, timeout=grace)
            for task in late:
                task.cancel()

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
        while not self._stopping and (data := await self._read(reader, framer)):
            await self._answer(framer.feed(data), writer, peer)
        await self._answer(framer.close(), writer, peer)

    async def _read(self, reader: asyncio.StreamReader, framer: Framer) -> bytes:
        """Return the next bytes, b"" at the end of the stream or of our patience; only here it may be cancelled."""
        task = asyncio.current_task()
        assert task is not None
        self._waiting.add(task)
        try:
            return await asyncio.wait_for(reader.read(65536), self.half if framer.waiting else self.idle)
        except TimeoutError:
            return b""
        finally:
            self._waiting.discard(task)

    async def _answer(self, pieces: list[Piece], writer: asyncio.StreamWriter, peer: str) -> None:
        for piece in pieces:
            said = await self.answer(piece, peer)
            if said:
                writer.write(wrap(said))
                await writer.drain()
