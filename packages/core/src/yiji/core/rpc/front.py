"""The front: a process of its own that speaks gRPC, with health and reflection, and knows nothing else.

It hands every call, unread, through a socket to the house that started it (`server.Server`), and every answer, already
encoded, back to its caller. So HTTP/2 and the house's work have an interpreter each: Python runs one thread at a time,
and in one process every answer of the database was a fight with the loop for it. It ends when the house does.

``python -m yiji.core.rpc.front SOCKET HOST PORT SHARED`` is what the house starts.
"""

import asyncio
import gc
import os
import signal
import socket
import sys
from collections.abc import Callable
from typing import Any, cast

import grpc.aio
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection, reflection_pb2

from yiji.core.errors import YijiError
from yiji.core.rpc import wire
from yiji.core.rpc.frames import Answer, Asked
from yiji.core.rpc.line import Line
from yiji.core.rpc.pool import book
from yiji.core.rpc.ports import address_of, why_not
from yiji.core.rpc.servicer import Servicer

# A caller that is gone without a word (a wall screen's power) is found out, and its streams end; callers may look
# for us as often.
KEEPALIVE = (
    ("grpc.keepalive_time_ms", 60_000),
    ("grpc.keepalive_timeout_ms", 20_000),
    ("grpc.http2.min_recv_ping_interval_without_data_ms", 20_000),
)


def _new_loop() -> Callable[[], asyncio.AbstractEventLoop]:
    try:
        import uvloop  # not on every system
    except ImportError:
        return asyncio.new_event_loop
    return uvloop.new_event_loop


def _reflect(names: list[str], server: grpc.aio.Server) -> None:
    """Answer what is served here, and how; from our pool, which must know health and reflection too."""
    pool = book().pool
    for foreign in (health_pb2.DESCRIPTOR, reflection_pb2.DESCRIPTOR):
        pool.AddSerializedFile(foreign.serialized_pb)
    reflection.enable_server_reflection(names, server, pool)


async def _furnish(server: grpc.aio.Server, servicer: Servicer) -> Any:
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


def _bind(server: grpc.aio.Server, host: str, port: int) -> int:
    try:
        bound = server.add_insecure_port(address_of(host, port))
    except RuntimeError:
        bound = 0
    if bound == 0:
        raise why_not(host, port)
    return bound


async def serve(house: socket.socket, host: str, port: int, shared: bool) -> None:
    """Serve at an address until the house says stop; tell it the port, or why there is none."""
    loop = asyncio.get_running_loop()
    line = Line(loop, lost=lambda: os._exit(0))
    await loop.create_connection(lambda: line, sock=house)
    stop_asked: asyncio.Future[Answer] = loop.create_future()
    line.wait(stop_asked.set_result, number=0)
    server = grpc.aio.server(options=(*wire.OPTIONS, *KEEPALIVE, ("grpc.so_reuseport", int(shared))))
    servicer = Servicer(line)
    condition = await _furnish(server, servicer)
    try:
        bound = _bind(server, host, port)
    except YijiError as fault:
        line.tell(Asked(0, raw=wire.pack(fault, "en")[2]))
    else:
        await server.start()
        gc.collect()
        gc.freeze()  # what was imported stays: later collections need not look through it
        line.tell(Asked(0, str(bound)))
    grace = float((await stop_asked).raw)
    await condition.enter_graceful_shutdown()
    servicer.end_watches()
    await server.stop(grace)


def main() -> None:
    """Run the front of one house; what ends the house's process group is the house's to answer."""
    handle, host, port, shared = sys.argv[1:]
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with asyncio.Runner(loop_factory=_new_loop()) as runner:
        runner.run(serve(socket.socket(fileno=int(handle)), host, int(port), shared == "shared"))


if __name__ == "__main__":
    main()
