"""The remote bus when the server is away, stops, or does not know."""

import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.core.small_bus import SmallBus
from yiji.core.contract.access import AddUser, ListUsers
from yiji.core.errors import ServerUnavailable, StoreUnavailable, UnknownMessage
from yiji.core.message import Query, Value
from yiji.core.rpc.client import RemoteBus
from yiji.core.rpc.server import Server

SOMEBODY = AddUser(name="li", full_name="李雷", roles=("doctor",))


@pytest.fixture
def remote(bus: SmallBus) -> Iterator[RemoteBus]:
    server = Server(bus, "127.0.0.1", 0)
    client = RemoteBus(f"127.0.0.1:{server.start()}", "good", "zh")
    yield client
    client.close()
    server.stop(0)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_nobody_there_is_told_within_bounds() -> None:
    client = RemoteBus(f"127.0.0.1:{_free_port()}", "good")
    with pytest.raises(ServerUnavailable):
        client.ask(ListUsers(), timeout=1)


def test_a_command_sent_while_the_server_restarts_is_done_under_one_key(bus: SmallBus) -> None:
    port = _free_port()
    client = RemoteBus(f"127.0.0.1:{port}", "good")
    server = Server(bus, "127.0.0.1", port)
    threading.Timer(0.5, server.start).start()
    assert client.ask(SOMEBODY, timeout=10).name == "li"
    server.stop(0)


def test_a_command_that_a_stopping_server_dropped_is_sent_again_with_the_same_key(bus: SmallBus) -> None:
    port = _free_port()
    first, second = Server(bus, "127.0.0.1", port), Server(bus, "127.0.0.1", port)
    first.start()
    client = RemoteBus(f"127.0.0.1:{port}", "good")
    bus.may_go.clear()
    answers: list[Any] = []
    asking = threading.Thread(target=lambda: answers.append(client.ask(SOMEBODY)))
    asking.start()
    while not bus.seen:
        time.sleep(0.01)
    first.stop(grace=0)
    second.start()
    bus.may_go.set()
    asking.join(10)
    second.stop(0)
    assert [answer.name for answer in answers] == ["li"]
    assert len({envelope.key for envelope in bus.seen}) == 1 < len(bus.seen)


def test_what_a_server_says_is_not_asked_again(bus: SmallBus, remote: RemoteBus) -> None:
    bus.answer = lambda request: StoreUnavailable(detail="restart")  # pyright: ignore
    with pytest.raises(StoreUnavailable):
        remote.ask(SOMEBODY)
    assert len(bus.seen) == 1


class Unpublished(Query[Value], permission="test.ask"):
    """Not in the contract."""


def test_what_is_not_published_is_unknown(remote: RemoteBus) -> None:
    with pytest.raises(UnknownMessage):
        remote.ask(Unpublished())
