"""The gRPC server: a front (`front`) that speaks gRPC in a process of its own, and the bus here behind it."""

import logging
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import suppress

from yiji.core.errors import ServerUnavailable
from yiji.core.rpc import wire
from yiji.core.rpc.calls import Calls, Submits
from yiji.core.rpc.frames import Answer, Asked, Frames, pack
from yiji.core.rpc.ports import address_of

log = logging.getLogger(__name__)
GRACE = 5.0  # seconds that calls in flight get when the server stops
BACK = 0.2  # seconds before another front takes the place of one that died: one that cannot live is no busy loop
_CHUNK = 1 << 18  # bytes


class Front:
    """A front's process and the line to it. Numbers of calls are its own: no other front may get its answers."""

    def __init__(self, host: str, port: int, shared: bool) -> None:
        self._sending = threading.Lock()
        self._line, theirs = socket.socketpair()
        with theirs:
            told = (str(theirs.fileno()), host, str(port), "shared" if shared else "alone")
            command = (sys.executable, "-m", "yiji.core.rpc.front", *told)
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()])

    def listen(self) -> Iterator[list[Asked]]:
        """Return what the front tells, until it ends."""
        frames = Frames()
        while chunk := self._line.recv(_CHUNK):
            for frame in frames.feed(chunk):
                yield [Asked(*told) for told in frame]

    def send(self, answers: list[Answer]) -> None:
        """Tell the front, from any thread."""
        raw = pack(answers)
        with self._sending, suppress(OSError):  # the front is gone, and who waited with it
            self._line.sendall(raw)

    def kill(self) -> None:
        """End the front at once."""
        self._process.kill()

    def close(self) -> None:
        """Let go of the front, which ends it."""
        with self._sending:
            self._line.close()
        self._process.wait()


class Server:
    """Serves a bus at an address. With `reuse_port` several processes may share a port (SO_REUSEPORT)."""

    def __init__(self, bus: Submits, host: str, port: int, reuse_port: bool = False) -> None:
        self._bus = bus
        self._host = host
        self._port = port
        self._shared = reuse_port
        self._stop_asked = threading.Event()
        self._front: Front | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> int:
        """Listen, and return the port (asked for as 0: a free one); raises `PortInUse` or `BadSetting`."""
        started: Future[int] = Future()
        self._thread = threading.Thread(target=self._run, args=(started,), name="rpc", daemon=True)
        self._thread.start()
        self._port = started.result()
        return self._port

    def stop(self, grace: float = GRACE) -> None:
        """Take no more calls, let those in flight end within `grace` seconds, cancel the rest."""
        self._stop_asked.set()
        if self._front is None or self._thread is None:
            return
        self._front.send([Answer(0, str(grace).encode())])
        self._thread.join(grace + GRACE)
        if self._thread.is_alive():
            self._front.kill()
            self._thread.join()

    def _run(self, started: "Future[int]") -> None:
        """Keep a front until the server stops; callers of one that died come again to the next."""
        while not self._stop_asked.is_set():
            try:
                self._serve(started)
            except Exception as fault:
                if started.done():
                    log.error("no front: %s", fault)
                else:
                    started.set_exception(fault)
            if not started.done():
                address = address_of(self._host, self._port)
                started.set_exception(ServerUnavailable(address=address, detail="the front ended"))
            if started.exception() is not None:
                return
            if not self._stop_asked.wait(BACK):
                log.error("the front ended, another one starts")

    def _serve(self, started: "Future[int]") -> None:
        """Let one front serve until it ends."""
        front = self._front = Front(self._host, self._port, self._shared)
        calls = Calls(self._bus, front.send)
        try:
            for frame in front.listen():
                calls.take(asked for asked in frame if asked.number)
                self._greet((asked for asked in frame if not asked.number), started)
        finally:
            calls.close()
            front.close()

    @staticmethod
    def _greet(words: Iterator[Asked], started: "Future[int]") -> None:
        """Take the front's first word; raises why there is no port."""
        for told in words:
            if told.raw:
                raise wire.unpack(told.raw)
            if not started.done():
                started.set_result(int(told.name))
