"""The load: a process of its own that calls a gRPC server with prepared bytes, and tells what came of it.

``python _load.py SPEC`` reads a pickled `Spec` and prints one JSON document. Every call is a request of its own (item,
patient, idempotency key); every status is looked at. Closed: so many calls in flight. Open: calls begin at a rate,
and a call's time counts from the moment at which it should have begun, so that a slow server cannot hide behind a slow
caller.
"""

import asyncio
import json
import pickle
import resource
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import grpc
import grpc.aio

Call = tuple[str, str, bytes, str]  # kind, path, request, idempotency key ("" for a query)


@dataclass
class Spec:
    """What is to be called. `width`: in flight (closed); `rate`: a second (open) when it is not 0."""

    address: str
    token: str
    calls: list[Call]
    width: int = 64
    rate: float = 0.0
    channels: int = 1


@dataclass
class Tally:
    """What came of it: seconds of each call by kind, and the statuses."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    statuses: Counter[str] = field(default_factory=Counter)

    def note(self, kind: str, seconds: float, status: str) -> None:
        """Note one call."""
        self.seconds.setdefault(kind, []).append(seconds)
        self.statuses[status] += 1


class Caller:
    """Calls one server over some channels in turn."""

    def __init__(self, spec: Spec) -> None:
        self._spec = spec
        options = (("grpc.use_local_subchannel_pool", 1), ("grpc.max_receive_message_length", 64 << 20))
        self._channels = [grpc.aio.insecure_channel(spec.address, options=options) for _ in range(spec.channels)]
        self._methods: dict[tuple[int, str], grpc.aio.UnaryUnaryMultiCallable[bytes, bytes]] = {}
        self._turn = 0
        self.tally = Tally()

    async def one(self, call: Call, since: float) -> None:
        """Make one call; its time counts from `since`."""
        kind, path, request, key = call
        self._turn = (self._turn + 1) % len(self._channels)
        named = (self._turn, path)
        method = self._methods.get(named)
        if method is None:
            method = self._methods[named] = self._channels[self._turn].unary_unary(path)
        metadata = [("authorization", f"Bearer {self._spec.token}")]
        if key:
            metadata.append(("idempotency-key", key))
        try:
            await method(request, metadata=tuple(metadata), timeout=30)
            status = "OK"
        except grpc.aio.AioRpcError as error:
            status = f"{kind} {error.code().name} {error.details()}"
        self.tally.note(kind, time.perf_counter() - since, status)

    async def closed(self) -> float:
        """Keep `width` calls in flight; return the seconds that all took."""
        calls = iter(self._spec.calls)

        async def worker() -> None:
            for call in calls:
                await self.one(call, time.perf_counter())

        began = time.perf_counter()
        await asyncio.gather(*(worker() for _ in range(self._spec.width)))
        return time.perf_counter() - began

    async def open(self) -> float:
        """Begin calls at a rate, whatever becomes of those before."""
        began = time.perf_counter()
        tasks: list[asyncio.Task[None]] = []
        for number, call in enumerate(self._spec.calls):
            due = began + number / self._spec.rate
            wait = due - time.perf_counter()
            if wait > 0:
                await asyncio.sleep(wait)
            tasks.append(asyncio.create_task(self.one(call, due)))
        await asyncio.gather(*tasks)
        return time.perf_counter() - began

    async def close(self) -> None:
        """Let go of the channels."""
        for channel in self._channels:
            await channel.close()


async def run(spec: Spec) -> dict[str, object]:
    """Call all; return what came of it."""
    caller = Caller(spec)
    before = resource.getrusage(resource.RUSAGE_SELF)
    took = await (caller.open() if spec.rate else caller.closed())
    after = resource.getrusage(resource.RUSAGE_SELF)
    await caller.close()
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {
        "seconds": took,
        "calls": len(spec.calls),
        "cpu": cpu,
        "statuses": dict(caller.tally.statuses.most_common(10)),
        "times": {kind: sorted(times) for kind, times in caller.tally.seconds.items()},
    }


def main() -> None:
    """Read the spec, call, print."""
    spec: Spec = pickle.loads(Path(sys.argv[1]).read_bytes())
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(json.dumps(runner.run(run(spec))))


if __name__ == "__main__":
    # The spec was pickled by whoever imported this file as `_load`.
    sys.modules["_load"] = sys.modules["__main__"]
    main()
