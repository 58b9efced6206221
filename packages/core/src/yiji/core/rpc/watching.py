"""A watch of another process: its answers, through restarts of the server."""

import random
import threading
from collections.abc import Callable
from typing import Any, Generic, Self, TypeVar

import grpc

from yiji.core.errors import YijiError
from yiji.core.rpc import wire
from yiji.core.rpc.methods import Method

R = TypeVar("R")
PAUSES = (0.1, 0.2, 0.4, 0.8, 1.6)  # seconds between tries while nobody answers
_NOTHING = object()


def nobody_answered(fault: Any) -> bool:
    """Whether the call broke under way: no connection, or a server that stopped. What a server says is an answer."""
    broke = fault.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED)
    return broke and wire.ERROR not in dict(fault.trailing_metadata() or ())


class RemoteWatching(Generic[R]):
    """Iterate over a watch's answers (`yiji.core.faces.Watching`); `close`, from any thread, ends it."""

    def __init__(self, method: Method, open_call: Callable[[], Any], error: Callable[[Any, Method], YijiError]) -> None:
        self._method = method
        self._open_call = open_call
        self._error = error
        self._last: object = _NOTHING
        self._call: Any = None
        self._lock = threading.Lock()
        self._closed = threading.Event()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> R:
        """Return the next answer that differs from the last; the first one after a break may not."""
        while (answer := self._next()) == self._last:
            pass
        self._last = answer
        return answer

    def _next(self) -> Any:
        for pause in (*PAUSES, None):
            try:
                return self._method.decode_response(next(self._opened()))
            except grpc.RpcError as fault:
                if self._closed.is_set():
                    raise StopIteration from None
                if pause is None or not nobody_answered(fault):
                    raise self._error(fault, self._method) from None
                self._call = None
                self._closed.wait(pause * random.uniform(0.5, 1.5))
        raise AssertionError  # the last try has answered or raised

    def _opened(self) -> Any:
        with self._lock:
            if self._closed.is_set():
                raise StopIteration
            if self._call is None:
                self._call = self._open_call()
            return self._call

    def close(self) -> None:
        """End the watch."""
        with self._lock:
            self._closed.set()
            if self._call is not None:
                self._call.cancel()
