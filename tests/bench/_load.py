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
from itertools import cycle
from pathlib import Path

from _wire import Connection, connect

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
    """Calls one server over some connections in turn."""

    def __init__(self, connections: list[Connection], spec: Spec) -> None:
        self._spec = spec
        self._connections = cycle(connections)
        self.tally = Tally()

    async def one(self, call: Call, since: float) -> None:
        """Make one call; its time counts from `since`."""
        kind, path, request, key = call
        status, told, _ = await next(self._connections).call(path, request, key)
        self.tally.note(kind, time.perf_counter() - since, status if status == "OK" else f"{kind} {status} {told}")

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


async def run(spec: Spec) -> dict[str, object]:
    """Call all; return what came of it."""
    connections = [await connect(spec.address, spec.token) for _ in range(spec.channels)]
    caller = Caller(connections, spec)
    before = resource.getrusage(resource.RUSAGE_SELF)
    took = await (caller.open() if spec.rate else caller.closed())
    after = resource.getrusage(resource.RUSAGE_SELF)
    for connection in connections:
        connection.close()
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
