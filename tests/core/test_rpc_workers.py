"""Several processes at one port, each with its front: the same answers from each, dead ones replaced, none left."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import grpc
import pytest

from yiji.core.app import open_app
from yiji.core.contract.access import AddUser, ListUsers, User
from yiji.core.message import Request
from yiji.core.rpc.client import RemoteBus
from yiji.core.rpc.daemon import where
from yiji.core.rpc.methods import method_of
from yiji.core.testing import Sites

PATIENCE = 90.0


def _wait(true: Callable[[], bool], what: str) -> None:
    until = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < until, what
        time.sleep(0.05)


@dataclass
class Served:
    """A site served by two processes."""

    root: Path
    token: str
    daemon: "subprocess.Popen[bytes]"

    @property
    def address(self) -> str:
        told = json.loads(where(self.root).read_text())
        assert told["pid"] == self.daemon.pid
        return f"{told['host']}:{told['port']}"

    def family(self) -> set[int]:
        """All processes that the daemon started, and those that these started."""
        found, waiting = set[int](), [self.daemon.pid]
        while waiting:
            children = _children(waiting.pop())
            found |= children
            waiting += children
        return found

    def fronts(self) -> set[int]:
        """Those that listen: one of the daemon, one of its worker."""
        return {pid for pid in self.family() if _listens(pid)}

    def workers(self) -> set[int]:
        """Those that have a front of their own."""
        return {pid for pid in _children(self.daemon.pid) if any(_listens(child) for child in _children(pid))}


def _children(pid: int) -> set[int]:
    try:
        threads = list(Path(f"/proc/{pid}/task").iterdir())
        return {int(child) for thread in threads for child in (thread / "children").read_text().split()}
    except OSError:  # gone meanwhile
        return set()


def _listens(pid: int) -> bool:
    """Whether a process holds a socket of those that listen (proc(5), net/tcp: state 0A)."""
    try:
        told = [Path(f"/proc/{pid}/net/{name}").read_text() for name in ("tcp", "tcp6")]
        lines = [line.split() for text in told for line in text.splitlines()[1:]]
        listening = {f"socket:[{words[9]}]" for words in lines if words[3] == "0A"}
        held = {os.readlink(link) for link in Path(f"/proc/{pid}/fd").iterdir()}
    except OSError:  # gone meanwhile
        return False
    return bool(listening & held)


def _gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


@pytest.fixture
def served(sites: Sites, tmp_path: Path) -> Iterator[Served]:
    root = sites.make(tmp_path / "served", "[rpc]\nport = 0\nworkers = 2\n")
    with open_app(root) as app:
        token = app.operator_token()
    daemon = subprocess.Popen([sys.executable, "-m", "yiji.core.serve", str(root), "rpc"])
    made = Served(root, token, daemon)
    try:
        _wait(lambda: where(root).is_file() and len(made.fronts()) == 2, "the workers do not come up")
        yield made
    finally:
        daemon.terminate()
        daemon.wait(60)


def _ask_alone(served: Served, request: Request[Any], key: str = "") -> Any:
    """Ask over a connection of its own, so that the system deals it anew."""
    method = method_of(type(request))
    metadata = (("authorization", f"Bearer {served.token}"), *([("idempotency-key", key)] if key else []))
    with grpc.insecure_channel(served.address, options=(("grpc.use_local_subchannel_pool", 1),)) as channel:
        call: Any = cast(Any, channel).unary_unary(method.path)
        return method.decode_response(call(method.encode_request(request), metadata=metadata, timeout=60))


def test_every_process_gives_the_same_answers(served: Served) -> None:
    wang = AddUser(name="wang", full_name="王芳", roles=("technician",))
    with ThreadPoolExecutor(12) as crowd:
        adding = [crowd.submit(_ask_alone, served, wang, "same") for _ in range(24)]
        assert [each.result() for each in adding] == [User(name="wang", full_name="王芳", roles=("technician",))] * 24
        listing = [crowd.submit(_ask_alone, served, ListUsers()) for _ in range(24)]
        listed = [each.result() for each in listing]
    assert listed == [listed[0]] * 24
    assert [user.name for user in listed[0].users] == ["wang"]


def test_a_worker_that_dies_is_replaced_and_all_end_when_asked(served: Served) -> None:
    (victim,) = served.workers()
    client = RemoteBus(served.address, served.token)
    os.kill(victim, signal.SIGKILL)
    _ask_for_users(client, "u")
    _wait(lambda: bool(served.workers() - {victim}), "no worker took the dead one's place")
    assert len(_ask_alone(served, ListUsers()).users) == 20
    client.close()
    family = served.family()
    served.daemon.send_signal(signal.SIGTERM)
    assert served.daemon.wait(60) == 0
    assert all(_gone(pid) for pid in family)
    assert not where(served.root).exists()


def _ask_for_users(client: RemoteBus, mark: str) -> None:
    for number in range(20):
        name = f"{mark}{number}"
        assert client.ask(AddUser(name=name, full_name=name, roles=())).name == name


def test_a_front_that_dies_is_replaced_and_signals_to_all_do_not_end_it(served: Served) -> None:
    before, client = served.fronts(), RemoteBus(served.address, served.token)
    for front in before:
        os.kill(front, signal.SIGINT)  # as Ctrl-C does to every process of a terminal
        os.kill(front, signal.SIGTERM)
    _ask_for_users(client, "u")
    assert served.fronts() == before
    for front in before:
        os.kill(front, signal.SIGKILL)
    _ask_for_users(client, "v")
    _wait(lambda: len(served.fronts() - before) == 2, "no front took the dead one's place")
    assert len(_ask_alone(served, ListUsers()).users) == 40
    client.close()


def test_a_port_is_shared_with_no_other_site_and_workers_end_with_a_killed_daemon(
    served: Served, sites: Sites, tmp_path: Path
) -> None:
    family = served.family()
    port = served.address.rpartition(":")[2]
    root = sites.make(tmp_path / "second", f"[rpc]\nport = {port}\nworkers = 2\n")
    command = [sys.executable, "-m", "yiji.core.serve", str(root), "rpc"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 10
    assert "core.port_in_use" in done.stderr
    served.daemon.kill()
    served.daemon.wait(20)
    _wait(lambda: all(_gone(pid) for pid in family), "somebody outlives the daemon")
