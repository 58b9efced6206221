"""The MLLP daemon as a process of its own: it ends when asked, and a kill -9 loses nothing that was acknowledged."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from builders import SMALL

from yiji.core.app import open_app
from yiji.core.contract.catalogue import LoadCatalogue
from yiji.core.contract.order import ListOrders
from yiji.core.errors import YijiError
from yiji.core.testing import Sites
from yiji.interop.daemon import where
from yiji_sim.his import OrderForm, send, write_order


@contextmanager
def daemon(site: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Run the daemon; give its process and port."""
    process = subprocess.Popen([sys.executable, "-m", "yiji.core.serve", str(site), "mllp"])
    try:
        until = time.monotonic() + 30
        while not _told(site, process.pid):
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.05)
        yield process, json.loads(where(site).read_text())["port"]
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(15)


def _told(site: Path, pid: int) -> bool:
    told = where(site)
    return told.is_file() and json.loads(told.read_text())["pid"] == pid


def make(sites: Sites, tmp_path: Path) -> Path:
    site = sites.make(tmp_path / "site", "[interop.mllp]\nport = 0\n")
    with open_app(site) as app:
        app.bus_as(app.operator_token()).ask(LoadCatalogue(catalogue=SMALL))
    return site


def form(number: int) -> bytes:
    return write_order(OrderForm((("ECG12", ""),), control_id=f"C{number}", placers=(f"R{number}",)))


def placers(site: Path) -> list[str]:
    with open_app(site) as app:
        found = app.bus_as(app.operator_token()).ask(ListOrders(limit=1000)).orders
    return [item.placer_number for order in found for item in order.items]


def test_it_ends_when_asked(sites: Sites, tmp_path: Path) -> None:
    site = make(sites, tmp_path)
    with daemon(site) as (process, port):
        assert send("127.0.0.1", port, form(1))[0].accepted
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 0
    assert not where(site).exists()


def test_a_kill_loses_nothing_that_was_acknowledged_and_makes_nothing_twice(sites: Sites, tmp_path: Path) -> None:
    site = make(sites, tmp_path)
    acknowledged: list[int] = []
    with daemon(site) as (process, port):

        def one(number: int) -> None:
            if number == 30:
                os.kill(process.pid, signal.SIGKILL)
            try:
                if send("127.0.0.1", port, form(number), timeout=5)[0].accepted:
                    acknowledged.append(number)
            except YijiError:
                return  # the HIS sends it again below

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(one, range(60)))
    assert 0 < len(acknowledged) < 60
    assert {f"R{number}" for number in acknowledged} <= set(placers(site))
    with daemon(site) as (_, port):
        assert all(send("127.0.0.1", port, form(number))[0].accepted for number in range(60))
    assert sorted(placers(site)) == sorted(f"R{number}" for number in range(60))
