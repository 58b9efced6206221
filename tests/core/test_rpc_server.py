"""A real server on a real socket, with a small bus behind it; the client is ours where it is not a stranger's."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

from tests.core.small_bus import SmallBus, Standing
from yiji.core.contract.access import AddUser, ListUsers, ListUsersResult, User
from yiji.core.contract.booking import BookExam
from yiji.core.contract.report import RenderReport
from yiji.core.errors import (
    BadSetting,
    DeadlinePassed,
    InternalError,
    NotFound,
    NotSignedIn,
    PortInUse,
)
from yiji.core.rpc import wire
from yiji.core.rpc.client import RemoteBus
from yiji.core.rpc.methods import methods
from yiji.core.rpc.server import Server

SOMEBODY = AddUser(name="li", full_name="李雷", roles=("doctor",))


@pytest.fixture(scope="module")
def standing() -> Iterator[tuple[Standing, str]]:
    """One server for all tests, and the bus that stands before each test's own."""
    bus = Standing()
    server = Server(bus, "127.0.0.1", 0)
    yield bus, f"127.0.0.1:{server.start()}"
    server.stop(grace=0.2)


@pytest.fixture
def address(standing: tuple[Standing, str], bus: SmallBus) -> str:
    standing[0].bus = bus
    return standing[1]


@pytest.fixture
def remote(address: str) -> Iterator[RemoteBus]:
    client = RemoteBus(address, "good", "zh")
    yield client
    client.close()


@pytest.fixture
def channel(address: str) -> Iterator[grpc.Channel]:
    with grpc.insecure_channel(address) as opened:
        yield opened


def test_ask_brings_request_key_and_deadline(bus: SmallBus, remote: RemoteBus) -> None:
    assert remote.ask(SOMEBODY, key="k1", timeout=7) == User(name="li", full_name="李雷", roles=("doctor",))
    (seen,) = bus.seen
    assert (seen.request, seen.token, seen.key) == (SOMEBODY, "good", "k1")
    assert seen.deadline is not None
    assert 5 < seen.deadline - time.monotonic() <= 7


def test_commands_get_a_fresh_key_and_queries_none(bus: SmallBus, remote: RemoteBus) -> None:
    remote.ask(SOMEBODY)
    remote.ask(SOMEBODY)
    remote.ask(ListUsers())
    first, second, query = [envelope.key for envelope in bus.seen]
    assert first != second
    assert len(first) == len(second) == 32
    assert query == ""


def test_errors_come_out_as_they_went_in(remote: RemoteBus) -> None:
    with pytest.raises(NotFound) as missing:
        remote.ask(SOMEBODY.model_copy(update={"name": "missing"}))
    assert missing.value.params == {"what": "user", "id": "某人"}


def test_without_a_good_token_nothing_is_asked(address: str, bus: SmallBus) -> None:
    for token in ("", "bad"):
        with pytest.raises(NotSignedIn):
            RemoteBus(address, token).ask(ListUsers())
    assert bus.batches == []


def test_our_own_fault_is_told_by_reference_only(remote: RemoteBus) -> None:
    with pytest.raises(InternalError) as fault:
        remote.ask(SOMEBODY.model_copy(update={"name": "broken"}))
    assert fault.value.params["reference"].startswith("flt-")


def test_a_stranger_reads_status_sentence_and_detail(channel: grpc.Channel) -> None:
    call = channel.unary_unary(methods()["access.AddUser"].path)
    with pytest.raises(grpc.RpcError) as refused:
        call(b"\xff", metadata=(("authorization", "Bearer good"), ("accept-language", "zh")), timeout=5)
    fault: Any = refused.value
    assert fault.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert "请求 access.AddUser 不合规范" in fault.details()
    assert wire.ERROR in dict(fault.trailing_metadata())


def test_a_batch_is_answered_at_once_and_a_cancelled_call_harms_nobody(
    bus: SmallBus, channel: grpc.Channel, caplog: pytest.LogCaptureFixture
) -> None:
    bus.may_go.clear()
    method = methods()["access.AddUser"]
    call = channel.unary_unary(method.path)
    raw = method.encode_request(SOMEBODY)
    futures = [call.future(raw, timeout=20, metadata=(("authorization", "Bearer good"),)) for _ in range(8)]
    until = time.monotonic() + 10
    while len(bus.seen) < 8 and time.monotonic() < until:
        time.sleep(0.01)
    futures[3].cancel()
    time.sleep(0.1)  # let the cancellation reach the server
    bus.may_go.set()
    answers = [method.decode_response(future.result()).name for n, future in enumerate(futures) if n != 3]
    assert answers == ["li"] * 7
    assert sum(bus.batches) == 8
    assert max(bus.batches) >= 7
    assert not [record for record in caplog.records if record.levelname in ("ERROR", "CRITICAL")]


def test_a_deadline_is_kept(bus: SmallBus, remote: RemoteBus) -> None:
    bus.may_go.clear()
    with pytest.raises(DeadlinePassed):
        remote.ask(ListUsers(), timeout=0.3)
    assert not bus.may_go.is_set()  # nobody waited for the answer


def test_a_page_of_20_megabytes_comes_through(remote: RemoteBus) -> None:
    assert len(remote.ask(RenderReport(id="r")).pdf) == 20_000_000


def test_health_and_reflection_answer_without_a_token(channel: grpc.Channel) -> None:
    stub: Any = health_pb2_grpc.HealthStub(channel)
    for service in ("", "yiji.booking.v1.BookingService"):
        assert (
            stub.Check(health_pb2.HealthCheckRequest(service=service)).status == health_pb2.HealthCheckResponse.SERVING
        )
    told = ProtoReflectionDescriptorDatabase(channel)
    assert {"yiji.booking.v1.BookingService", "grpc.health.v1.Health"} <= set(told.get_services())
    file = told.FindFileContainingSymbol("yiji.booking.v1.BookingService")
    assert [rpc.name for rpc in file.service[0].method if rpc.name == BookExam.__name__]
    assert told.FindFileByName("google/protobuf/timestamp.proto").package == "google.protobuf"


def test_a_port_in_use_is_told(address: str, bus: SmallBus) -> None:
    host, _, port = address.partition(":")
    with pytest.raises(PortInUse) as refused:
        Server(bus, host, int(port)).start()
    assert refused.value.params["address"] == address


def test_an_address_that_is_not_ours_is_a_bad_setting(bus: SmallBus) -> None:
    with pytest.raises(BadSetting) as refused:
        Server(bus, "192.0.2.1", 0).start()
    assert refused.value.params["setting"] == "rpc.host"


def test_two_servers_may_share_a_port_when_asked(bus: SmallBus) -> None:
    first = Server(bus, "127.0.0.1", 0, reuse_port=True)
    port = first.start()
    second = Server(bus, "127.0.0.1", port, reuse_port=True)
    assert second.start() == port
    first.stop(0)
    second.stop(0)


def test_calls_in_flight_end_when_the_server_stops(bus: SmallBus) -> None:
    server = Server(bus, "127.0.0.1", 0)
    client = RemoteBus(f"127.0.0.1:{server.start()}", "good")
    bus.may_go.clear()
    answers: list[Any] = []
    asking = threading.Thread(target=lambda: answers.append(client.ask(ListUsers())))
    asking.start()
    while not bus.seen:
        time.sleep(0.01)
    threading.Timer(0.3, bus.may_go.set).start()
    server.stop(grace=5)
    asking.join(5)
    assert answers == [ListUsersResult(users=())]


def test_grpc_is_loaded_by_nothing_but_this_room() -> None:
    probe = (
        "import json, sys, yiji.core.app, yiji.core.bus, yiji.core.faces, yiji.core.plugin, yiji.core.serve;"
        "print(json.dumps([name for name in sys.modules if name.split('.')[0] == 'grpc']))"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []
