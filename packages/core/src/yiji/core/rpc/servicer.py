"""One generic servicer: bytes in, the bus asked, bytes out; the same for every rpc of every package."""

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
from yiji.core.rpc import wire
from yiji.core.rpc.catalogue import Package
from yiji.core.rpc.methods import Method, method_of

log = logging.getLogger(__name__)
Context = grpc.aio.ServicerContext[bytes, bytes]


class Submits(Protocol):
    """What the server needs of a bus."""

    def submit(self, envelope: Envelope, sink: Sink) -> None:
        """Take a request in; the answer goes to `sink`. Never blocks."""
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
    for envelope, outcome in outcomes:
        answer = envelope.answer if isinstance(envelope, Call) else None
        if answer is not None and not answer.done():  # done: the caller went away
            answer.set_result(outcome)


class Servicer:
    """Answers calls on the running loop."""

    def __init__(self, bus: Submits) -> None:
        self._bus = bus
        self._loop = asyncio.get_running_loop()
        self._sink = AioSink(self._loop)

    def handler(self, package: Package) -> grpc.GenericRpcHandler:
        """Return the handler of a package's service; gRPC sees only bytes: a bad message is answered in our words."""
        behaviours: dict[str, grpc.RpcMethodHandler[bytes, bytes]] = {
            request.__name__: grpc.unary_unary_rpc_method_handler(self._behaviour(method_of(request)))
            for request in package.requests
        }
        return grpc.method_handlers_generic_handler(f"{package.name}.{package.service}", behaviours)

    def _behaviour(self, method: Method) -> Callable[[bytes, Context], Awaitable[bytes]]:
        async def behave(raw: bytes, context: Context) -> bytes:
            metadata = dict(context.invocation_metadata() or ())
            try:
                outcome = await self._ask(method.decode_request(raw), metadata, context)
                if not isinstance(outcome, YijiError):
                    return method.encode_response(outcome)
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


def _our_fault(method: Method, fault: Exception) -> YijiError:
    reference = ids.new("flt")
    log.error("%s failed, reference %s", method.name, reference, exc_info=fault)
    return InternalError(reference=reference)


async def _refuse(error: YijiError, metadata: dict[str, Any], context: Context) -> bytes:
    code, sentence, detail = wire.pack(error, wire.lang_of(metadata))
    await context.abort(code, sentence, ((wire.ERROR, detail),))
    raise AssertionError  # abort has raised
