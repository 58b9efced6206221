"""The spine: what a start costs, what group commit brings, orders over MLLP, a page of report. Ratios from one run."""

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from statistics import median
from threading import Condition

from _report import Report
from builders import SMALL, order

from yiji.core import clock
from yiji.core.app import App
from yiji.core.contract.booking import BookExam
from yiji.core.contract.catalogue import LoadCatalogue
from yiji.core.contract.inventory import FindSlots, OpenSlots
from yiji.core.errors import YijiError
from yiji.core.job import Envelope, Outcome
from yiji.core.message import Request
from yiji.core.testing import Sites
from yiji.interop.mllp.client import Client
from yiji_sim.his import OrderForm, write_order

CASES = (
    "help_cpu_against_import_typer",
    "book_one_at_a_time",
    "book_64_in_flight",
    "book_64_against_one",
    "mllp_orders_acknowledged",
    "report_page_warm",
)
BOOKINGS = 3000
SINGLES = 300
CONNECTIONS = 32
MESSAGES = 60  # a connection


def cpu_of(command: Sequence[str], times: int = 15) -> float:
    """Return the median user + system seconds of a command."""
    costs: list[float] = []
    for _ in range(times):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        costs.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return median(costs)


def bench_help(report: Report) -> None:
    """What `yiji --help` costs beside `import typer`."""
    typer = cpu_of([sys.executable, "-c", "import typer"])
    own = cpu_of([str(Path(sys.executable).with_name("yiji")), "--help"])
    report.case("help_cpu_against_import_typer", own / typer, "x", at_most=5)


class Flight:
    """Keeps `width` requests in flight; counts answers and refusals."""

    def __init__(self, app: App, width: int) -> None:
        self._app, self._width, self._token = app, width, app.operator_token()
        self._room = Condition()
        self._open = 0
        self.answers: list[Outcome] = []

    def deliver(self, outcomes: list[tuple[Envelope, Outcome]]) -> None:
        """Take answers (a sink of the bus)."""
        with self._room:
            self._open -= len(outcomes)
            self.answers += [outcome for _, outcome in outcomes]
            self._room.notify()

    def fly(self, requests: Sequence[Request[object]]) -> float:
        """Ask all; return the seconds until the last answer."""
        began = time.perf_counter()
        for request in requests:
            with self._room:
                self._room.wait_for(lambda: self._open < self._width)
                self._open += 1
            self._app.bus.submit(Envelope(request, self._token), self)
        with self._room:
            self._room.wait_for(lambda: self._open == 0)
        took = time.perf_counter() - began
        refused = [answer for answer in self.answers if isinstance(answer, YijiError)]
        assert not refused, f"{len(refused)} refusals, first {refused[0]}"
        return took


def furnish(app: App) -> None:
    """Master data and slots enough for all bookings."""
    bus = app.bus_as(app.operator_token())
    roomy = SMALL.model_copy(
        update={"calendars": tuple(one.model_copy(update={"capacity": 20}) for one in SMALL.calendars)}
    )
    bus.ask(LoadCatalogue(catalogue=roomy))
    bus.ask(OpenSlots(first_day=clock.today("Asia/Shanghai") + timedelta(days=1), days=3), timeout=120)


def wishes(app: App, first: int, count: int) -> list[BookExam]:
    """Register orders of distinct patients; return a wish for each, spread over the slots."""
    register = Flight(app, 128)
    register.fly([order(number) for number in range(first, first + count)])
    items = [answer.items[0].id for answer in register.answers]
    slots = app.bus_as(app.operator_token()).ask(FindSlots(exam_code="ECG12", days=5, limit=1000)).slots
    places = [slot.id for slot in slots for _ in range(slot.free)]
    return [BookExam(item_id=item, slot_id=slot) for item, slot in zip(items, places, strict=False)]


def bench_booking(report: Report, app: App) -> None:
    """Group commit: 64 in flight against one at a time, on the same bus."""
    Flight(app, 8).fly(wishes(app, 0, 64))  # warm
    one = SINGLES / Flight(app, 1).fly(wishes(app, 10_000, SINGLES))
    many = BOOKINGS / Flight(app, 64).fly(wishes(app, 20_000, BOOKINGS))
    report.case("book_one_at_a_time", one, "/s")
    report.case("book_64_in_flight", many, "/s")
    report.case("book_64_against_one", many / one, "x", at_least=3)


def bench_mllp(report: Report, app: App, port: int) -> None:
    """Orders over real MLLP, each acknowledged after it is durable."""

    with mllp_daemon(app, port):

        def send(connection: int) -> int:
            with Client("127.0.0.1", port, timeout=60) as client:
                receipts = [client.send(write_order(_form(f"B{connection}-{number}")))[0] for number in range(MESSAGES)]
            return sum(receipt.code == "AA" for receipt in receipts)

        with ThreadPoolExecutor(CONNECTIONS) as pool:
            began = time.perf_counter()
            accepted = sum(pool.map(send, range(CONNECTIONS)))
            took = time.perf_counter() - began
    assert accepted == CONNECTIONS * MESSAGES, f"{accepted} of {CONNECTIONS * MESSAGES} accepted"
    report.case("mllp_orders_acknowledged", accepted / took, "/s")


def _form(number: str) -> OrderForm:
    return OrderForm((("ECG12", "心电图"),), placers=(number,), patient_number=number)


class mllp_daemon:  # noqa: N801  reads as a phrase in `with`
    """The MLLP daemon in a process of its own."""

    def __init__(self, app: App, port: int) -> None:
        self._root, self._port = app.settings.root, port

    def __enter__(self) -> None:
        import socket

        command = [sys.executable, "-m", "yiji.core.serve", str(self._root), "mllp"]
        self._process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        until = time.monotonic() + 30
        while time.monotonic() < until:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self._port)) == 0:
                    return
            time.sleep(0.05)
        raise TimeoutError("the MLLP daemon did not come up")

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(20)


def timed(action: Callable[[], object], times: int) -> float:
    """Return the median seconds of an action."""
    costs: list[float] = []
    for _ in range(times):
        began = time.perf_counter()
        action()
        costs.append(time.perf_counter() - began)
    return median(costs)


def bench_page(report: Report) -> None:
    """One report page, warm: fonts parsed once, as in a daemon."""
    from reports.sample import make_report, real_trace

    from yiji.reports import render

    told, traces = make_report(signed=True), real_trace()
    render(told, traces)
    report.case("report_page_warm", 1000 * timed(lambda: render(told, traces), 9), "ms")


def main() -> int:
    """Measure all cases."""
    report = Report("spine")
    bench_help(report)
    bench_page(report)
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="yiji-bench-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        folder.chmod(0o755)
        sites = Sites(folder, home=str(folder / "cluster"))
        stack.callback(sites.close)
        port = 20_000 + os.getpid() % 10_000
        app = stack.enter_context(sites.open(folder / "site", f"[interop.mllp]\nport = {port}\n"))
        furnish(app)
        bench_booking(report, app)
        bench_mllp(report, app, port)
    return report.write()


if __name__ == "__main__":
    sys.exit(main())
