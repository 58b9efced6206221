"""Between the front and the house: frames, and fronts that die with calls in flight."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from typing import Any, cast

import grpc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.small_bus import SmallBus
from yiji.core.contract.access import AddUser
from yiji.core.rpc.frames import Answer, Asked, Frames, pack
from yiji.core.rpc.methods import methods
from yiji.core.rpc.server import Server

_ASKED = st.builds(Asked, st.integers(0, 2**63), st.text(), st.binary(), deadline=st.none() | st.floats(0, 1e9))
_ANSWERS = st.builds(Answer, st.integers(0, 2**63), st.binary(max_size=5000), sentence=st.text())
ADD = methods()["access.AddUser"]


@given(st.lists(st.lists(_ASKED | _ANSWERS, max_size=4), max_size=5), st.lists(st.integers(1, 3000)))
def test_frames_come_out_as_they_went_in_wherever_the_stream_is_cut(sent: list[list[Any]], cuts: list[int]) -> None:
    stream, frames, got = b"".join(pack(frame) for frame in sent), Frames(), list[list[Any]]()
    for cut in [*cuts, len(stream)]:
        chunk, stream = stream[:cut], stream[cut:]
        got += frames.feed(chunk)
    assert got == [[tuple(told) for told in frame] for frame in sent]


@pytest.fixture
def server(bus: SmallBus) -> Iterator[Server]:
    made = Server(bus, "127.0.0.1", 0)
    yield made
    made.stop(0)


def _front(server: Server) -> int:
    return server._front._process.pid  # pyright: ignore


def _wait(true: Callable[[], object]) -> None:
    until = time.monotonic() + 20
    while not true():
        assert time.monotonic() < until
        time.sleep(0.01)


def _add(channel: grpc.Channel, name: str, wait: bool = False) -> Any:
    call = cast(Any, channel).unary_unary(ADD.path)
    raw = ADD.encode_request(AddUser(name=name, full_name="", roles=()))
    return call.future(raw, timeout=20, metadata=(("authorization", "Bearer good"),), wait_for_ready=wait)


def test_what_a_dead_front_asked_is_answered_to_nobody_else(bus: SmallBus, server: Server) -> None:
    """Fronts count their calls from one: an answer to the first must not reach the second's call of that number."""
    address = f"127.0.0.1:{server.start()}"
    bus.may_go.clear()
    with grpc.insecure_channel(address) as channel:
        lost = _add(channel, "first")
        _wait(lambda: bus.seen)
        victim = _front(server)
        os.kill(victim, signal.SIGKILL)
        with pytest.raises(grpc.RpcError) as broken:
            lost.result()
        fault: Any = broken.value
        assert fault.code() is grpc.StatusCode.UNAVAILABLE
        _wait(lambda: _front(server) != victim)
    with grpc.insecure_channel(address, options=(("grpc.use_local_subchannel_pool", 1),)) as channel:
        second = _add(channel, "second", wait=True)
        _wait(lambda: len(bus.seen) == 2)
        bus.may_go.set()
        assert ADD.decode_response(second.result()).name == "second"
        assert ADD.decode_response(_add(channel, "third").result()).name == "third"


def test_a_server_that_stops_leaves_no_front_behind(server: Server) -> None:
    server.start()
    front = _front(server)
    server.stop(0)
    with pytest.raises(ProcessLookupError):
        os.kill(front, 0)
