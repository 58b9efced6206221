"""One generic servicer for every rpc of every package: bytes go to the house, bytes come back.

A watch is a server stream: it gets the newest answer whenever the caller is ready for one.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, cast

import grpc
import grpc.aio

from yiji.core.message import Request, Watch, name_of
from yiji.core.rpc import wire
from yiji.core.rpc.catalogue import Package
from yiji.core.rpc.frames import Answer, Asked
from yiji.core.rpc.line import Line
from yiji.core.rpc.mail import Mail

Context = grpc.aio.ServicerContext[bytes, bytes]
STOPS = Answer(0, status=grpc.StatusCode.UNAVAILABLE.name, sentence="the server stops")


class Servicer:
    """Answers calls on the running loop."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._loop = asyncio.get_running_loop()
        self._watchers: set[Mail] = set()

    def handler(self, package: Package) -> grpc.GenericRpcHandler:
        """Return the handler of a package's service; gRPC sees only bytes: a bad message is answered in our words."""
        behaviours: dict[str, grpc.RpcMethodHandler[bytes, bytes]] = {
            request.__name__: self._method_handler(request) for request in package.requests
        }
        return grpc.method_handlers_generic_handler(f"{package.name}.{package.service}", behaviours)

    def _method_handler(self, request: type[Request[Any]]) -> "grpc.RpcMethodHandler[bytes, bytes]":
        name = name_of(request)
        if issubclass(request, Watch):
            return grpc.unary_stream_rpc_method_handler(cast(Any, self._stream(name)))
        return grpc.unary_unary_rpc_method_handler(self._unary(name))

    def end_watches(self) -> None:
        """Tell all who watch that it is over: a stream would not end by itself when the server stops."""
        for mail in self._watchers:
            mail.put(STOPS)

    def _unary(self, name: str) -> Callable[[bytes, Context], Awaitable[bytes]]:
        async def behave(raw: bytes, context: Context) -> bytes:
            waited: asyncio.Future[Answer] = self._loop.create_future()
            number = self._line.wait(lambda answer: waited.done() or waited.set_result(answer))  # done: cancelled
            try:
                self._line.tell(_asked(number, name, raw, context))
                answer = await waited
            finally:
                self._line.forget(number)
            return await _refuse(answer, context) if answer.is_refusal else answer.raw

        return behave

    def _stream(self, name: str) -> Callable[[bytes, Context], Awaitable[None]]:
        async def behave(raw: bytes, context: Context) -> None:
            mail = Mail()
            self._watchers.add(mail)
            number = self._line.wait(mail.put)
            try:
                self._line.tell(_asked(number, name, raw, context))
                while not (told := await mail.take()).is_refusal:
                    await context.write(told.raw)
            finally:
                self._line.forget(number)
                self._line.tell(Asked(number))
                self._watchers.discard(mail)
            await _refuse(told, context)

        return behave


def _asked(number: int, name: str, raw: bytes, context: Context) -> Asked:
    metadata: dict[str, Any] = dict(context.invocation_metadata() or ())
    left = cast(float | None, context.time_remaining())  # None: the caller set no deadline
    deadline = None if left is None else time.monotonic() + left
    key, lang = str(metadata.get(wire.KEY, "")), wire.lang_of(metadata)
    return Asked(number, name, raw, wire.token_of(metadata), key, deadline, lang)


async def _refuse(answer: Answer, context: Context) -> bytes:
    trailers = ((wire.ERROR, answer.detail),) if answer.detail else ()
    await context.abort(grpc.StatusCode[answer.status], answer.sentence, trailers)
    raise AssertionError  # abort has raised
