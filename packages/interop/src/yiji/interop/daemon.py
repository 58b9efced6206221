"""``yiji serve mllp``: an event loop in a thread of its own takes messages; the main thread waits for the end."""

import asyncio
import json
import logging
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

from yiji.core.app import App
from yiji.core.store.blobs import write_file
from yiji.interop.inbox import Inbox
from yiji.interop.mllp.server import Server
from yiji.interop.settings import interop

log = logging.getLogger(__name__)
WHERE = "mllp.json"


def where(root: Path) -> Path:
    """Return the file in which the running daemon of a site tells {host, port, pid}."""
    return root / "run" / WHERE


def _new_loop() -> Callable[[], asyncio.AbstractEventLoop]:
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop
    return uvloop.new_event_loop


class Service:
    """The MLLP server of a site, in a thread."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop_asked: asyncio.Event | None = None

    def start(self) -> int:
        """Listen, and return the port; raises `PortInUse`, `BadSetting`, `UnknownProfile` or `UnknownChannel`."""
        started: Future[int] = Future()
        self._thread = threading.Thread(target=self._run, args=(started,), name="mllp", daemon=True)
        self._thread.start()
        return started.result()

    def stop(self) -> None:
        """Answer what is in hand, then stop."""
        if self._thread is None or self._loop is None or self._stop_asked is None or not self._thread.is_alive():
            return
        self._loop.call_soon_threadsafe(self._stop_asked.set)
        self._thread.join()

    def _run(self, started: "Future[int]") -> None:
        with asyncio.Runner(loop_factory=_new_loop()) as runner:
            try:
                runner.run(self._serve(started))
            except BaseException as fault:
                if started.done():
                    raise
                started.set_exception(fault)

    async def _serve(self, started: "Future[int]") -> None:
        self._loop, self._stop_asked = asyncio.get_running_loop(), asyncio.Event()
        inbox, mllp = Inbox(self._app), interop(self._app.settings).mllp
        server = Server(inbox.answer, mllp.host, mllp.port, limit=mllp.limit, idle=mllp.idle, half=mllp.half)
        started.set_result(await server.start())
        await self._stop_asked.wait()
        await server.stop()
        await inbox.drain()


def warm(app: App) -> None:
    """Import the handlers of what messages ask for."""
    for name in ("delivery.KeepMessage", "order.RegisterOrder", "order.RevokeOrder", "delivery.SettleMessage"):
        if name in app.routes:
            _ = app.routes[name].target


def run(app: App) -> None:
    """Daemon target: take messages until SIGTERM or Ctrl-C; raises `PortInUse` or `BadSetting`."""
    service = Service(app)
    port = service.start()
    host, told = interop(app.settings).mllp.host, where(app.settings.root)
    write_file(told, json.dumps({"host": host, "port": port, "pid": os.getpid()}).encode())
    log.info("MLLP at %s:%d", host, port)
    try:
        app.wait()
    finally:
        told.unlink(missing_ok=True)
        service.stop()
