"""The bus of another process: the same `ask`, the same answers, the same errors."""

import random
import time
import uuid
from collections.abc import Callable
from contextlib import closing
from typing import Any, TypeVar, cast

import grpc

from yiji.core.errors import UnknownMessage, YijiError
from yiji.core.message import Command, Request, Watch, name_of
from yiji.core.rpc import wire
from yiji.core.rpc.methods import Method, method_of, published
from yiji.core.rpc.watching import PAUSES, RemoteWatching, nobody_answered

R = TypeVar("R")
# A channel that lost its peer must look for it again as often as we ask.
OPTIONS = (
    *wire.OPTIONS,
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1000),
    ("grpc.enable_retries", 0),  # ours know the idempotency key
    ("grpc.keepalive_time_ms", 30_000),  # a server that is gone without a word ends a watch
    ("grpc.keepalive_timeout_ms", 10_000),
)
Send = Callable[..., bytes]


class RemoteBus:
    """Asks a yiji server (`yiji.core.faces.Bus`); may be shared by threads. `lang` is the language of its sentences."""

    def __init__(self, address: str, token: str, lang: str = "en") -> None:
        self._address = address
        self._metadata = ((wire.AUTHORIZATION, f"{wire.BEARER}{token}"), (wire.LANGUAGE, lang))
        self._channel = grpc.insecure_channel(address, options=OPTIONS)
        self._sends: dict[str, Send] = {}

    def ask(self, request: Request[R], *, key: str = "", timeout: float = 30.0) -> R:
        """Ask the server, again while nobody answers: the key lets a command count once, however often it is sent.

        Raises the server's `YijiError`; `ServerUnavailable` when nobody answers, `DeadlinePassed` after `timeout`
        seconds (the command may still be done: ask again with the same key to learn).
        """
        if isinstance(request, Watch):
            with closing(self.watch(request, timeout)) as answers:
                return next(answers)
        method = _method(request)
        metadata = self._metadata
        if isinstance(request, Command):
            metadata = (*metadata, (wire.KEY, key or uuid.uuid4().hex))
        raw = method.encode_request(request)
        return cast(R, method.decode_response(self._insist(method, raw, metadata, time.monotonic() + timeout)))

    def watch(self, request: Watch[R], timeout: float | None = None) -> "RemoteWatching[R]":
        """Return the answers of a watch, opened again when the server starts anew; `timeout` in seconds ends it.

        Iterating raises the error that ended it: the server's, or `ServerUnavailable` when nobody answers any more.
        """
        method = _method(request)
        send: Callable[..., Any] = cast(Any, self._channel).unary_stream(method.path)
        raw, until = method.encode_request(request), None if timeout is None else time.monotonic() + timeout

        def open_call() -> Any:
            left = None if until is None else max(until - time.monotonic(), 0.001)
            return send(raw, timeout=left, metadata=self._metadata)

        return RemoteWatching(method, open_call, self._error)

    def _insist(self, method: Method, raw: bytes, metadata: wire.Metadata, deadline: float) -> bytes:
        for pause in (*PAUSES, None):
            try:
                left = max(deadline - time.monotonic(), 0.001)
                return self._send(method)(raw, timeout=left, metadata=metadata)
            except grpc.RpcError as fault:
                rest = None if pause is None else pause * random.uniform(0.5, 1.5)
                if rest is None or not nobody_answered(fault) or time.monotonic() + rest >= deadline:
                    raise self._error(fault, method) from None
                time.sleep(rest)
        raise AssertionError  # the last try has answered or raised

    def _send(self, method: Method) -> Send:
        send = self._sends.get(method.path)
        if send is None:
            send = self._sends[method.path] = cast(Send, self._channel.unary_unary(method.path))
        return send

    def _error(self, fault: Any, method: Method) -> YijiError:
        trailers = fault.trailing_metadata() or ()
        return wire.from_status(fault.code(), fault.details() or "", trailers, method.name, self._address)

    def close(self) -> None:
        """Let go of the connection."""
        self._channel.close()


def _method(request: Request[Any]) -> Method:
    name = name_of(type(request))
    if name not in published():
        raise UnknownMessage(message=name)
    return method_of(type(request))
