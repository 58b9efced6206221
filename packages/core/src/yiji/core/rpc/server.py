"""The gRPC server: an event loop in a thread of its own, with health and reflection.

The loop only reads, decodes, submits and writes; all work is done behind the bus.
"""

import asyncio
import errno
import socket
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, cast

import grpc.aio
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection, reflection_pb2

from yiji.core.errors import BadSetting, PortInUse, YijiError
from yiji.core.rpc import wire
from yiji.core.rpc.pool import book
from yiji.core.rpc.servicer import Servicer, Submits
from yiji.core.settings import FILE

# A caller that is gone without a word (a wall screen's power) is found out, and its streams end; callers may look
# for us as often.
KEEPALIVE = (
    ("grpc.keepalive_time_ms", 60_000),
    ("grpc.keepalive_timeout_ms", 20_000),
    ("grpc.http2.min_recv_ping_interval_without_data_ms", 20_000),
)
GRACE = 5.0  # seconds that calls in flight get when the server stops


def _new_loop() -> Callable[[], asyncio.AbstractEventLoop]:
    try:
        import uvloop  # not on every system
    except ImportError:
        return asyncio.new_event_loop
    return uvloop.new_event_loop


def address_of(host: str, port: int) -> str:
    """Return host and port as gRPC writes them; an IPv6 address is bracketed."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _why_not(host: str, port: int) -> YijiError:
    """Find out why an address could not be bound; gRPC does not tell."""
    try:
        for family, kind, number, _, where in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
            with socket.socket(family, kind, number) as probe:
                probe.bind(where)
    except socket.gaierror as fault:
        return BadSetting(file=FILE, setting="rpc.host", detail=fault.strerror or fault)
    except OSError as fault:
        if fault.errno != errno.EADDRINUSE:
            setting = "rpc.host" if fault.errno == errno.EADDRNOTAVAIL else "rpc.port"
            return BadSetting(file=FILE, setting=setting, detail=fault.strerror or fault)
    return PortInUse(address=address_of(host, port), setting="rpc.port")


def require_free(host: str, port: int) -> None:
    """Raise `PortInUse` or `BadSetting` unless nobody listens at the address."""
    with suppress(socket.gaierror):  # gRPC will tell
        for family, kind, number, _, where in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
            with socket.socket(family, kind, number) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # old connections do not listen
                try:
                    probe.bind(where)
                except OSError:
                    raise _why_not(host, port) from None


def _reflect(names: list[str], server: grpc.aio.Server) -> None:
    """Answer what is served here, and how; from our pool, which must know health and reflection too."""
    pool = book().pool
    for foreign in (health_pb2.DESCRIPTOR, reflection_pb2.DESCRIPTOR):
        pool.AddSerializedFile(foreign.serialized_pb)
    reflection.enable_server_reflection(names, server, pool)


class Server:
    """Serves a bus at an address. With `reuse_port` several processes may share a port (SO_REUSEPORT)."""

    def __init__(self, bus: Submits, host: str, port: int, reuse_port: bool = False) -> None:
        self._bus = bus
        self._host = host
        self._port = port
        self._options = (*wire.OPTIONS, *KEEPALIVE, ("grpc.so_reuseport", int(reuse_port)))
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop_asked: asyncio.Future[float] | None = None

    def start(self) -> int:
        """Listen, and return the port (asked for as 0: a free one); raises `PortInUse` or `BadSetting`."""
        started: Future[int] = Future()
        self._thread = threading.Thread(target=self._run, args=(started,), name="rpc", daemon=True)
        self._thread.start()
        return started.result()

    def stop(self, grace: float = GRACE) -> None:
        """Take no more calls, let those in flight end within `grace` seconds, cancel the rest."""
        if self._thread is None or self._loop is None or self._stop_asked is None or not self._thread.is_alive():
            return
        stop_asked = self._stop_asked
        self._loop.call_soon_threadsafe(lambda: stop_asked.done() or stop_asked.set_result(grace))
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
        self._loop = asyncio.get_running_loop()
        self._stop_asked = self._loop.create_future()
        server = grpc.aio.server(options=self._options)
        servicer = Servicer(self._bus)
        condition = await self._furnish(server, servicer)
        port = self._bind(server)
        await server.start()
        started.set_result(port)
        grace = await self._stop_asked
        await condition.enter_graceful_shutdown()
        servicer.end_watches()
        await server.stop(grace)

    async def _furnish(self, server: grpc.aio.Server, servicer: Servicer) -> Any:
        """Give the server the services of all packages, health and reflection; return health's servicer."""
        condition = cast(Any, health).aio.HealthServicer()
        services = [package for package in book().packages if package.requests]
        server.add_generic_rpc_handlers(tuple(servicer.handler(package) for package in services))
        cast(Any, health_pb2_grpc).add_HealthServicer_to_server(condition, server)
        names = [f"{package.name}.{package.service}" for package in services]
        for name in names:
            await condition.set(name, health_pb2.HealthCheckResponse.SERVING)
        _reflect([*names, health.SERVICE_NAME, reflection.SERVICE_NAME], server)
        return condition

    def _bind(self, server: grpc.aio.Server) -> int:
        try:
            port = server.add_insecure_port(address_of(self._host, self._port))
        except RuntimeError:
            raise _why_not(self._host, self._port) from None
        if port == 0:
            raise _why_not(self._host, self._port)
        return port
