"""gRPC in front of the real bus on a real database: nobody can tell which bus it is."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from builders import SMALL, order

from yiji.booking.errors import SlotFull
from yiji.core import clock
from yiji.core.app import App, open_app
from yiji.core.contract.access import AddUser, ListUsers
from yiji.core.contract.booking import BookExam, ShowAppointment
from yiji.core.contract.catalogue import LoadCatalogue
from yiji.core.contract.inventory import FindSlots, OpenSlots
from yiji.core.errors import InvalidMessage, KeyReused, NotPermitted, NotSignedIn, YijiError
from yiji.core.faces import Bus
from yiji.core.rpc.client import RemoteBus
from yiji.core.rpc.daemon import where
from yiji.core.rpc.server import Server
from yiji.core.testing import Sites

WANG = AddUser(name="wang", full_name="王芳", roles=("technician",))


@pytest.fixture
def address(app: App) -> Iterator[str]:
    server = Server(app.bus, "127.0.0.1", 0)
    yield f"127.0.0.1:{server.start()}"
    server.stop(0)


@pytest.fixture
def remote(app: App, address: str) -> Iterator[RemoteBus]:
    client = RemoteBus(address, app.operator_token(), "zh")
    yield client
    client.close()


def test_the_remote_bus_is_a_bus(app: App, remote: RemoteBus) -> None:
    local: Bus = app.bus_as(app.operator_token())
    far: Bus = remote
    assert far.ask(WANG, key="k") == local.ask(WANG, key="k")
    assert far.ask(ListUsers()) == local.ask(ListUsers())


def _refusal(bus: Bus, request: Any, key: str = "") -> YijiError:
    with pytest.raises(YijiError) as refused:
        bus.ask(request, key=key)
    return refused.value


def test_refusals_are_the_same_at_both_ends(app: App, address: str, remote: RemoteBus) -> None:
    device = app.token_for("cart", "device")
    local: Bus = app.bus_as(app.operator_token())
    local.ask(WANG, key="once")
    pairs: list[tuple[Bus, Bus, Any, str, type[YijiError]]] = [
        (local, remote, WANG.model_copy(update={"roles": ("wizard",)}), "", InvalidMessage),
        (local, remote, WANG.model_copy(update={"full_name": "王方"}), "once", KeyReused),
        (app.bus_as(device), RemoteBus(address, device), WANG, "", NotPermitted),
        (app.bus_as("x.y.z"), RemoteBus(address, "x.y.z"), WANG, "", NotSignedIn),
        (app.bus_as(""), RemoteBus(address, ""), WANG, "", NotSignedIn),
    ]
    for near, far, request, key, kind in pairs:
        here, there = _refusal(near, request, key), _refusal(far, request, key)
        assert type(here) is type(there) is kind
        assert here.params == there.params


def test_a_crowd_books_through_grpc_and_nothing_is_oversold(app: App, remote: RemoteBus) -> None:
    remote.ask(LoadCatalogue(catalogue=SMALL))
    remote.ask(OpenSlots(first_day=clock.today(app.settings.site.zone) + timedelta(days=1), days=1), timeout=60)
    items = [remote.ask(order(number)).items[0] for number in range(12)]
    slot = remote.ask(FindSlots(exam_code="ECG12", days=3)).slots[0]

    def book(item_id: str) -> Any:
        try:
            return remote.ask(BookExam(item_id=item_id, slot_id=slot.id))
        except SlotFull as full:
            return full

    with ThreadPoolExecutor(12) as crowd:
        outcomes = list(crowd.map(book, [item.id for item in items]))
    booked = [outcome for outcome in outcomes if not isinstance(outcome, YijiError)]
    assert len(booked) == slot.capacity
    assert all(remote.ask(ShowAppointment(id=appointment.id)) == appointment for appointment in booked)


def _wait_for(path: Path, process: "subprocess.Popen[bytes]") -> dict[str, Any]:
    until = time.monotonic() + 30
    while not path.is_file():
        assert process.poll() is None, "the daemon died"
        assert time.monotonic() < until, "the daemon does not come up"
        time.sleep(0.05)
    return json.loads(path.read_text())


def test_the_daemon_tells_where_it_is_and_stops_when_asked(sites: Sites, tmp_path: Path) -> None:
    root = sites.make(tmp_path / "served", "[rpc]\nport = 0\n")
    with open_app(root) as app:
        token = app.operator_token()
    daemon = subprocess.Popen([sys.executable, "-m", "yiji.core.serve", str(root), "rpc"])
    try:
        told = _wait_for(where(root), daemon)
        assert told["pid"] == daemon.pid
        client = RemoteBus(f"{told['host']}:{told['port']}", token)
        assert client.ask(WANG).name == "wang"
        daemon.send_signal(signal.SIGTERM)
        assert daemon.wait(15) == 0
        assert not where(root).exists()
    finally:
        daemon.kill()
        daemon.wait()


def test_a_daemon_whose_port_is_taken_says_so(sites: Sites, tmp_path: Path, address: str) -> None:
    root = sites.make(tmp_path / "second", f"[rpc]\nport = {address.partition(':')[2]}\n")
    command = [sys.executable, "-m", "yiji.core.serve", str(root), "rpc"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 10
    assert "core.port_in_use" in done.stderr
