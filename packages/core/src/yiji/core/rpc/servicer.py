"""One generic servicer: bytes in, the bus asked, bytes out; the same for every rpc of every package.

A watch is a server stream: it gets the newest answer whenever the caller is ready for one.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Protocol, cast

import grpc
import grpc.aio

from yiji.core import ids
from yiji.core.errors import InternalError, YijiError
from yiji.core.job import Envelope, Outcome, Sink
from yiji.core.message import Request, Watch
from yiji.core.rpc import wire
from yiji.core.rpc.catalogue import Package
from yiji.core.rpc.mail import Mail
from yiji.core.rpc.methods import Method, method_of
from yiji.core.watch import Box

log = logging.getLogger(__name__)
Context = grpc.aio.ServicerContext[bytes, bytes]


class Submits(Protocol):
    """What the server needs of a bus."""

    def submit(self, envelope: Envelope, sink: Sink) -> None:
        """Take a request in; the answer goes to `sink`. Never blocks."""
        ...

    def watch(self, envelope: Envelope, box: Box) -> Callable[[], None]:
        """Answer a watch into `box`, now and whenever the answer differs; return what ends it. Never blocks."""
        ...


@dataclass(slots=True, eq=False)
class Call(Envelope):
    """An envelope that knows who waits for its answer."""

    answer: "asyncio.Future[Outcome] | None" = field(default=None, kw_only=True)


class AioSink:
    """Brings a batch's answers from the worker's thread to the loop in one hop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def deliver(self, outcomes: list[tuple[Envelope, Outcome]]) -> None:
        """Settle all calls of a batch."""
        try:
            self._loop.call_soon_threadsafe(_settle, outcomes)
        except RuntimeError:  # the loop has ended: nobody waits any more
            log.info("%d answers came after the server had stopped", len(outcomes))


def _settle(outcomes: list[tuple[Envelope, Outcome]]) -> None:
    """Settle calls; those with the very same answer one after the other, so that it is encoded once."""
    for envelope, outcome in sorted(outcomes, key=lambda settled: id(settled[1])):
        answer = envelope.answer if isinstance(envelope, Call) else None
        if answer is not None and not answer.done():  # done: the caller went away
            answer.set_result(outcome)


class Servicer:
    """Answers calls on the running loop."""

    def __init__(self, bus: Submits) -> None:
        self._bus = bus
        self._loop = asyncio.get_running_loop()
        self._sink = AioSink(self._loop)
        self._watchers: set[Mail] = set()

    def handler(self, package: Package) -> grpc.GenericRpcHandler:
        """Return the handler of a package's service; gRPC sees only bytes: a bad message is answered in our words."""
        behaviours: dict[str, grpc.RpcMethodHandler[bytes, bytes]] = {
            request.__name__: self._method_handler(request) for request in package.requests
        }
        return grpc.method_handlers_generic_handler(f"{package.name}.{package.service}", behaviours)

    def _method_handler(self, request: type[Request[Any]]) -> "grpc.RpcMethodHandler[bytes, bytes]":
        method = method_of(request)
        if issubclass(request, Watch):
            return grpc.unary_stream_rpc_method_handler(cast(Any, self._stream(method)))
        return grpc.unary_unary_rpc_method_handler(self._behaviour(method))

    def end_watches(self) -> None:
        """Tell all who watch that it is over: a stream would not end by itself when the server stops."""
        for mail in self._watchers:
            mail.put(None)

    def _behaviour(self, method: Method) -> Callable[[bytes, Context], Awaitable[bytes]]:
        last: tuple[Outcome, bytes] = (None, b"")

        async def behave(raw: bytes, context: Context) -> bytes:
            nonlocal last
            metadata = dict(context.invocation_metadata() or ())
            try:
                outcome = await self._ask(method.decode_request(raw), metadata, context)
                if not isinstance(outcome, YijiError):
                    if outcome is not last[0]:
                        last = outcome, method.encode_response(outcome)
                    return last[1]
            except YijiError as refusal:
                outcome = refusal
            except Exception as fault:
                outcome = _our_fault(method, fault)
            return await _refuse(outcome, metadata, context)

        return behave

    async def _ask(self, request: Any, metadata: dict[str, Any], context: Context) -> Outcome:
        left = cast(float | None, context.time_remaining())  # None: the caller set no deadline
        deadline = None if left is None else time.monotonic() + left
        answer: asyncio.Future[Outcome] = self._loop.create_future()
        key = str(metadata.get(wire.KEY, ""))
        self._bus.submit(Call(request, wire.token_of(metadata), key, deadline, answer=answer), self._sink)
        return await answer

    def _stream(self, method: Method) -> Callable[[bytes, Context], Awaitable[None]]:
        async def behave(raw: bytes, context: Context) -> None:
            metadata = dict(context.invocation_metadata() or ())
            try:
                await self._watch(method, method.decode_request(raw), metadata, context)
            except YijiError as refusal:
                await _refuse(refusal, metadata, context)
            except Exception as fault:
                await _refuse(_our_fault(method, fault), metadata, context)
            await context.abort(grpc.StatusCode.UNAVAILABLE, "the server stops")

        return behave

    async def _watch(self, method: Method, request: Any, metadata: dict[str, Any], context: Context) -> None:
        """Send answers until the watch is over; raises the error that ended it."""
        mail = Mail(self._loop)
        self._watchers.add(mail)
        leave = self._bus.watch(Envelope(request, wire.token_of(metadata)), mail)
        try:
            while (told := await mail.take()) is not None:
                if not told.raw:
                    told.raw = method.encode_response(told.answer)
                await context.write(told.raw)
        finally:
            leave()
            self._watchers.discard(mail)


def _our_fault(method: Method, fault: Exception) -> YijiError:
    reference = ids.new("flt")
    log.error("%s failed, reference %s", method.name, reference, exc_info=fault)
    return InternalError(reference=reference)


async def _refuse(error: YijiError, metadata: dict[str, Any], context: Context) -> bytes:
    code, sentence, detail = wire.pack(error, wire.lang_of(metadata))
    await context.abort(code, sentence, ((wire.ERROR, detail),))
    raise AssertionError  # abort has raised
