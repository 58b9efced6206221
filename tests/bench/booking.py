"""Booking: speed as ratios in one run, on one machine, against a no-op and a textbook behind the same gRPC server.

Load comes from processes of its own (`_load.py`): distinct orders, patients and idempotency keys in every request,
every status checked. fsync and synchronous_commit are on, as everywhere. Server, database and load share the
machine's cores.
"""

import json
import os
import pickle
import random
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path
from statistics import median
from typing import Any

from _grown import add_appointments, add_history, add_orders, add_patients, catalogue, name_of
from _load import Call, Spec
from _report import Report
from sqlalchemy import text

from yiji.core import clock, ids
from yiji.core.app import App
from yiji.core.contract.booking import (
    BookExam,
    CancelExam,
    FulfilExam,
    ListAppointments,
    MoveExam,
    ShowAppointment,
    VerifyBooking,
)
from yiji.core.contract.catalogue import LoadCatalogue
from yiji.core.contract.inventory import FindSlots, OpenSlots
from yiji.core.contract.patient import FindPatients
from yiji.core.contract.queue import CheckIn, ShowQueue
from yiji.core.contract.rule import DryRun, DryRunRules, RuleSet
from yiji.core.message import Request
from yiji.core.rpc.methods import method_of
from yiji.core.testing import Sites

CASES = (
    "no_op_64_in_flight",
    "book_10000_slots",
    "textbook_10000_slots",
    "book_against_no_op",
    "book_against_textbook",
    "book_one_hot_slot",
    "textbook_one_hot_slot",
    "hot_slot_against_textbook",
    "hot_slot_oversold",
    "load_share_of_cpu",
    "mixed_500_p95",
    "mixed_500_p99",
    "mixed_500_errors",
    "mixed_knee",
    "mixed_knee_against_no_op",
    "find_slots_30_days_20_devices_p99",
    "plan_first_p95",
    "plan_all_p95",
    "two_workers_against_one",
    "two_workers_differ",
    "grown_mixed_p95_against_empty",
    "grown_worst_query_p99",
    "simulated_commands",
    "simulated_violations",
    "violations_at_the_end",
)
HERE = Path(__file__).resolve().parent
EXAMPLE_RULES = Path(str(resources.files("yiji.booking"))) / "examples" / "rules.toml"
DEVICES, CAPACITY, DAYS = 20, 600, 9  # 20 devices x 60 slots x 9 days = 10,800 slots
BOOKINGS = 4000
HOT = 3000
HISTORY = (200_000, 500_000)  # patients, appointments: a tenth of the soak's
KNEE_STEPS = (300, 400, 500, 550, 600, 650, 700, 750, 800, 850, 900, 950, 1000, 1100, 1200)
SIMULATED = 1_000_000


@dataclass
class House:
    """The site under load, and how to reach it."""

    app: App
    token: str
    folder: Path
    slots: dict[int, list[str]]  # day from today on -> slots, in the order of time and device

    def call(self, kind: str, request: Request[Any], key: bool = True) -> Call:
        """Return a prepared call."""
        method = method_of(type(request))
        return kind, method.path, method.encode_request(request), ids.new("key") if key else ""

    def fly(
        self, address: str, calls: list[Call], width: int = 64, rate: float = 0.0, channels: int = 4
    ) -> dict[str, Any]:
        """Let a load process make calls; return what it tells."""
        spec = self.folder / "spec.pickle"
        spec.write_bytes(pickle.dumps(Spec(address, self.token, calls, width, rate, channels)))
        told = subprocess.run([sys.executable, str(HERE / "_load.py"), str(spec)], check=True, stdout=subprocess.PIPE)
        return json.loads(told.stdout)

    def orders(self, mark: str, count: int) -> list[str]:
        """Make orders of as many patients; return their items."""
        with self.app.store.begin() as tx:
            add_patients(tx.db, mark, count)
            add_orders(tx.db, mark, count, (mark, count), clock.now())
        return [f"itm-{mark}{number:021d}" for number in range(count)]

    def booked(self, mark: str, count: int, days: tuple[int, int], each: int) -> list[str]:
        """Make orders that are booked on some days; return their appointments."""
        self.orders(mark, count)
        start = datetime.combine(clock.today("Asia/Shanghai"), datetime.min.time(), UTC) - timedelta(hours=8)
        span = (start + timedelta(days=days[0]), start + timedelta(days=days[1]))
        with self.app.store.begin() as tx:
            add_appointments(tx.db, mark, count, (mark, count), span, each, "booked")
        return [f"apt-{mark}{number:021d}" for number in range(count)]

    def settle(self, seconds: float = 300.0) -> None:
        """Wait until everybody has heard of what was booked before there was a relay."""
        until = time.monotonic() + seconds
        waiting = text("SELECT count(*) FROM core_delivery WHERE state = 'open'")
        while time.monotonic() < until:
            with self.app.store.begin() as tx:
                if not tx.db.execute(waiting).scalar_one():
                    return
            time.sleep(0.5)
        raise TimeoutError("deliveries still wait")

    def analyse(self) -> None:
        """Let the planner know what was made."""
        with self.app.store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
            db.execute(text("VACUUM ANALYZE"))
            db.execute(text("CHECKPOINT"))


def furnish(app: App, folder: Path) -> House:
    """Master data and slots from today on."""
    token = app.operator_token()
    bus = app.bus_as(token)
    bus.ask(LoadCatalogue(catalogue=catalogue(DEVICES, CAPACITY)))
    bus.ask(OpenSlots(days=DAYS), timeout=300)
    slots: dict[int, list[str]] = {}
    today = clock.today("Asia/Shanghai")
    for day in range(DAYS):
        wanted = FindSlots(first_day=today + timedelta(days=day), days=1, only_free=False, limit=5000)
        slots[day] = [slot.id for slot in bus.ask(wanted).slots]
    return House(app, token, folder, slots)


@contextmanager
def served(app: App, name: str, *more: str) -> Generator[str]:
    """Run ``rpc`` (the daemon itself) or a baseline; yield its address."""
    if name == "rpc":
        with daemon(app, "rpc", *more):
            told = app.settings.root / "run" / "rpc.json"
            yield f"127.0.0.1:{json.loads(told.read_text())['port']}"
        return
    command = [sys.executable, str(HERE / "_baselines.py"), name, str(app.settings.root)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield f"127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.stdin.close()
        process.wait(30)


@contextmanager
def daemon(app: App, name: str, *more: str) -> Generator[None]:
    """Run a daemon of the site until it is warm, and end it afterwards."""
    root = app.settings.root
    log = (root / "log" / f"bench-{name}.log").open("ab")
    command = [str(Path(sys.executable).with_name("yiji")), "serve", name, *more, "--site", str(root)]
    process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        until = time.monotonic() + 60
        pid_file = root / "run" / f"{name}.pid"
        while not (pid_file.is_file() and "warm" in pid_file.read_text()):
            if time.monotonic() > until or process.poll() is not None:
                raise TimeoutError(f"{name} did not come up: see {log.name}")
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(30)
        log.close()


def checked(told: dict[str, Any]) -> dict[str, Any]:
    """Return what a load told; any status but OK is an error here."""
    wrong = {status: count for status, count in told["statuses"].items() if status != "OK"}
    assert not wrong, wrong
    return told


def per_second(told: dict[str, Any]) -> float:
    """Return calls a second."""
    return told["calls"] / told["seconds"]


def percentile(times: Sequence[float], share: float) -> float:
    """Return a percentile in milliseconds."""
    ordered = sorted(times)
    return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def all_times(told: dict[str, Any]) -> list[float]:
    """Return the times of all kinds of call."""
    return [seconds for times in told["times"].values() for seconds in times]


class Throughput:
    """BookExam, the no-op and the textbook in turn; medians of the turns."""

    def __init__(self, house: House, report: Report) -> None:
        self._house, self._report, self._runs = house, report, 0

    def _calls(self, count: int, places: Sequence[str]) -> list[Call]:
        self._runs += 1
        items = self._house.orders(f"t{self._runs}x", count)
        pairs = [(item, places[number % len(places)]) for number, item in enumerate(items)]
        return [self._house.call("book", BookExam(item_id=item, slot_id=slot)) for item, slot in pairs]

    def _measure(self, name: str, count: int, places: Sequence[str]) -> dict[str, Any]:
        warm, calls = self._calls(300, places), self._calls(count, places)
        self._house.analyse()
        with served(self._house.app, name) as address:
            checked(self._house.fly(address, warm))
            return checked(self._house.fly(address, calls))

    def spread(self) -> float:
        """10,000 slots; return the no-op's calls a second."""
        places = [slot for day in range(1, DAYS) for slot in self._house.slots[day]] + self._house.slots[1]
        rates: dict[str, list[float]] = {"no-op": [], "rpc": [], "textbook": []}
        shares: list[float] = []
        for _ in range(3):
            for name, found in rates.items():
                told = self._measure(name, BOOKINGS, places)
                found.append(per_second(told))
                if name == "rpc":
                    shares.append(told["cpu"] / told["seconds"] / (os.cpu_count() or 1))
        nothing, ours, textbook = (median(rates[name]) for name in ("no-op", "rpc", "textbook"))
        self._report.case("no_op_64_in_flight", nothing, "/s")
        self._report.case("book_10000_slots", ours, "/s")
        self._report.case("textbook_10000_slots", textbook, "/s")
        self._report.case("book_against_no_op", ours / nothing, "x", at_least=0.4)
        self._report.case("book_against_textbook", ours / textbook, "x", at_least=1.5)
        self._report.case("load_share_of_cpu", median(shares), "of all")
        return nothing

    def hot(self) -> None:
        """One slot that all want."""
        app, hot = self._house.app, self._house.slots[2][5]
        with app.store.begin() as tx:
            tx.db.execute(text("UPDATE booking_slot SET capacity = 1000000 WHERE id = :id"), {"id": hot})
        ours = per_second(self._measure("rpc", HOT, [hot]))
        textbook = per_second(self._measure("textbook", HOT // 3, [hot]))
        self._report.case("book_one_hot_slot", ours, "/s")
        self._report.case("textbook_one_hot_slot", textbook, "/s")
        self._report.case("hot_slot_against_textbook", ours / textbook, "x", at_least=4)
        self._report.case("hot_slot_oversold", self._oversold(), "places", at_most=0)

    def _oversold(self) -> float:
        """More asked for than there is: return how many were booked beyond a slot's places."""
        app, slot, places = self._house.app, self._house.slots[3][7], 100
        with app.store.begin() as tx:
            tx.db.execute(
                text("UPDATE booking_slot SET capacity = booked + :n WHERE id = :id"), {"id": slot, "n": places}
            )
        calls = self._calls(500, [slot])
        with served(app, "rpc") as address:
            told = self._house.fly(address, calls)
        kept = "SELECT count(*) FROM booking_appointment WHERE slot_id = :id AND id NOT LIKE 'apt-t%'"
        with app.store.begin() as tx:
            row = tx.db.execute(text("SELECT capacity, booked FROM booking_slot WHERE id = :id"), {"id": slot}).one()
            count = tx.db.execute(text(kept), {"id": slot}).scalar_one()
            tx.db.execute(text("UPDATE booking_slot SET capacity = 1000000 WHERE id = :id"), {"id": slot})  # for later
        assert told["statuses"].get("OK") == places, told["statuses"]
        return max(0, row.booked - row.capacity, count - row.capacity)


class Day:
    """A mixed day: 60 % find, 20 % book, 8 % move, 7 % cancel, 5 % queue (check-in, and looking at it)."""

    def __init__(self, house: House) -> None:
        self._house, self._runs = house, 0
        self._random = random.Random(20261123)

    def calls(self, count: int) -> list[Call]:
        """Prepare so many calls, in random order."""
        self._runs += 1
        run, house = self._runs, self._house
        book, move, cancel, check_in = (int(count * share) for share in (0.20, 0.08, 0.07, 0.025))
        look = count - int(count * 0.6) - book - move - cancel - check_in
        items = house.orders(f"db{run}x", book)
        to_move = house.booked(f"dm{run}x", move, (5, 6), 4)
        to_cancel = house.booked(f"dc{run}x", cancel, (6, 7), 4)
        here = house.booked(f"dq{run}x", check_in, (0, 1), 2)
        near = [slot for day in (1, 2, 3, 4) for slot in house.slots[day]]
        far = house.slots[7]
        calls = [self._find() for _ in range(int(count * 0.6))]
        calls += [house.call("book", BookExam(item_id=one, slot_id=near[n % len(near)])) for n, one in enumerate(items)]
        calls += [
            house.call("move", MoveExam(appointment_id=one, slot_id=far[n % len(far)])) for n, one in enumerate(to_move)
        ]
        calls += [house.call("cancel", CancelExam(appointment_id=one, reason="患者要求")) for one in to_cancel]
        calls += [house.call("check_in", CheckIn(appointment_id=one)) for one in here]
        calls += [house.call("queue", ShowQueue(room=f"R{n % (DEVICES // 2)}"), key=False) for n in range(look)]
        self._random.shuffle(calls)
        return calls

    def _find(self) -> Call:
        """A page of one day's free places, as a desk or an app looks at it."""
        day = clock.today("Asia/Shanghai") + timedelta(days=self._random.randrange(1, 8))
        query = FindSlots(exam_code="ECG12", first_day=day, days=1, limit=50)
        return self._house.call("find", query, key=False)

    def empty_rooms(self) -> None:
        """Examine whoever waits: a run begins with empty rooms, not with the queues of all runs before it."""
        waiting = text("SELECT item_id FROM booking_appointment WHERE state = 'checked_in'")
        with self._house.app.store.begin() as tx:
            items: list[str] = list(tx.db.execute(waiting).scalars())
        bus = self._house.app.bus_as(self._house.token)
        with ThreadPoolExecutor(32) as desks:
            examined = [desks.submit(bus.ask, FulfilExam(item_id=item)) for item in items]
        for one in examined:
            one.result()

    def run(self, address: str, rate: float, seconds: float) -> dict[str, Any]:
        """Let calls arrive at a rate, whatever becomes of those before."""
        calls = self.calls(int(rate * seconds))
        self.empty_rooms()
        self._house.analyse()
        return self._house.fly(address, calls, rate=rate)


def bench_day(report: Report, house: House, day: Day, nothing: float) -> float:
    """The mixed day at 500/s, then faster until it no longer keeps up; return the p95 at 500/s."""
    with served(house.app, "rpc") as address, daemon(house.app, "relay"), daemon(house.app, "tend"):
        house.settle()
        day.run(address, 200, 5)
        told = day.run(address, 500, 60)
        wrong = sum(count for status, count in told["statuses"].items() if status != "OK")
        p95 = percentile(all_times(told), 0.95)
        report.case("mixed_500_p95", p95, "ms", at_most=100)
        report.case("mixed_500_p99", percentile(all_times(told), 0.99), "ms", at_most=250)
        report.case("mixed_500_errors", wrong, "calls", at_most=0)
        for kind, times in sorted(told["times"].items()):
            print(f"       {kind:10} p50 {percentile(times, 0.5):7.1f} p95 {percentile(times, 0.95):7.1f} ms")
        print(f"       statuses {told['statuses']}, load's CPU {told['cpu']:.1f} s of {told['seconds']:.1f} s")
        knee = max(_kept_up(address, day), default=0)
    report.case("mixed_knee", knee, "/s")
    report.case("mixed_knee_against_no_op", knee / nothing, "x", at_least=0.35)
    return p95


def _kept_up(address: str, day: Day) -> list[int]:
    """Return the rates at which p95 stayed below 100 ms, faster each time until one failed twice."""
    kept: list[int] = []
    for rate in KNEE_STEPS:
        for _ in range(2):
            told = day.run(address, rate, 8)
            tail = percentile(all_times(told), 0.95)
            print(f"       {rate}/s: p95 {tail:.1f} ms, {told['statuses']}", flush=True)
            if tail < 100 and set(told["statuses"]) == {"OK"}:
                kept.append(rate)
                break
        else:
            break
    return kept


def bench_find(report: Report, house: House) -> None:
    """Free places over 30 days and 20 devices."""
    house.app.bus_as(house.token).ask(OpenSlots(days=31), timeout=300)
    house.analyse()
    calls = [house.call("find", FindSlots(exam_code="ECG12", days=30), key=False) for _ in range(600)]
    with served(house.app, "rpc") as address:
        house.fly(address, calls[:50], width=1)
        told = checked(house.fly(address, calls, width=1))
    report.case("find_slots_30_days_20_devices_p99", percentile(all_times(told), 0.99), "ms", at_most=20)


def bench_plan(report: Report, sites: Sites, folder: Path) -> None:
    """One-stop planning on an instance of its own."""
    from _planning import measure

    with sites.open(folder / "plans") as app:
        figures = measure(app)
    report.case("plan_first_p95", figures["first_p95_ms"], "ms", at_most=200)
    report.case("plan_all_p95", figures["all_p95_ms"], "ms", at_most=500)


def bench_workers(report: Report, sites: Sites, folder: Path) -> None:
    """Two processes against one on a query that costs CPU: a rule set replayed over history, on a site of its own."""
    with sites.open(folder / "workers", "[rpc]\nport = 0\n") as app:
        house = furnish(app, folder)
        places = house.slots[1] + house.slots[2]
        wishes = [
            BookExam(item_id=item, slot_id=places[number % len(places)])
            for number, item in enumerate(house.orders("w", 2000))
        ]
        with served(app, "rpc") as address:
            checked(house.fly(address, [house.call("book", wish) for wish in wishes]))
        house.analyse()
        rules = RuleSet.model_validate(tomllib.loads(EXAMPLE_RULES.read_text()))
        queries = [DryRunRules(rules=rules, days=30, limit=100 + number) for number in range(76)]  # no two are the same
        calls = [house.call("replay", query, key=False) for query in queries]
        rates: dict[int, list[float]] = {1: [], 2: []}
        for _ in range(2):
            for workers, found in rates.items():
                with served(app, "rpc", "--workers", str(workers)) as address:
                    house.fly(address, calls[:16], width=16, channels=48)
                    found.append(per_second(checked(house.fly(address, calls[16:], width=16, channels=48))))
        print(f"       replays a second: {rates}")
        report.case("two_workers_against_one", max(rates[2]) / max(rates[1]), "x", at_least=1.3)
        report.case("two_workers_differ", _differences(house, queries[0]), "answers", at_most=0)


def _differences(house: House, query: DryRunRules) -> int:
    """Ask two workers and the local bus; return how many answers differ."""
    from yiji.core.rpc.client import RemoteBus

    own = house.app.bus_as(house.token).ask(query)
    assert own.looked_at, own
    with served(house.app, "rpc", "--workers", "2") as address:
        answers: list[DryRun] = []
        for _ in range(12):  # a connection each: the kernel spreads them
            remote = RemoteBus(address, house.token)
            answers.append(remote.ask(query))
            remote.close()
    return sum(answer != own for answer in answers)


def bench_grown(
    report: Report, house: House, day: Day, empty: float, history: tuple[int, int] = HISTORY, seconds: float = 30
) -> None:
    """The mixed day with years of history (patients, appointments), and the queries that people wait for."""
    with house.app.store.begin() as tx:
        add_history(tx.db, DEVICES, *history, clock.now())
    house.analyse()
    with served(house.app, "rpc") as address, daemon(house.app, "relay"), daemon(house.app, "tend"):
        house.settle()
        day.run(address, 200, 5)
        told = day.run(address, 500, seconds)
        p95 = percentile(all_times(told), 0.95)
        print(f"       grown: p95 {p95:.1f} ms against {empty:.1f} ms, {told['statuses']}")
        report.case("grown_mixed_p95_against_empty", p95 / empty, "x", at_most=1.3)
        report.case("grown_worst_query_p99", worst_query(house, address, history[0]), "ms", at_most=100)


def worst_query(house: House, address: str, patients: int) -> float:
    """Return the worst p99 of the queries that people wait for."""
    pick = random.Random(5)
    asked: dict[str, list[Call]] = {}
    for _ in range(200):
        number = pick.randrange(patients)
        patient = f"h{number:022d}"
        for name, query in (
            ("slots", FindSlots(exam_code="ECG12", days=7, limit=50)),
            ("appointment", ShowAppointment(id=f"apt-h{number:021d}")),
            ("patients_appointments", ListAppointments(patient_id=patient)),
            ("patient_by_number", FindPatients(text=f"h{number}")),
            ("patient_by_name", FindPatients(text=name_of(number))),
            ("patient_by_phone", FindPatients(text=f"{number % 10000:04d}")),
            ("patient_by_pinyin", FindPatients(text=f"ceshi{number}")),
            ("queue", ShowQueue(room="R1")),
        ):
            asked.setdefault(name, []).append(house.call(name, query, key=False))
    worst = 0.0
    for name, calls in asked.items():
        told = checked(house.fly(address, calls, width=1))
        tail = percentile(all_times(told), 0.99)
        print(f"       {name:24} p50 {percentile(all_times(told), 0.5):7.1f} p99 {tail:7.1f} ms")
        worst = max(worst, tail)
    return worst


def bench_simulation(report: Report) -> None:
    """A million commands through `decide`, invariants after each."""
    from simulation.running import run
    from simulation.world import Broken

    try:
        done, broken = run(seed=20261123, commands=SIMULATED).commands, 0
    except Broken as fault:
        print(fault)
        done, broken = 0, 1
    report.case("simulated_commands", done, "commands", at_least=SIMULATED)
    report.case("simulated_violations", broken, "", at_most=0)


@contextmanager
def furnished() -> Generator[tuple[Sites, Path, House]]:
    """A site with master data and slots, alone on its database server."""
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="yiji-bench-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        folder.chmod(0o755)
        sites = Sites(folder, home=str(folder / "cluster"))
        stack.callback(sites.close)
        app = stack.enter_context(sites.open(folder / "site", "[rpc]\nport = 0\n"))
        yield sites, folder, furnish(app, folder)


def grown(patients: int, appointments: int, seconds: float) -> int:
    """The mixed day on an empty database and on one with so much history: `nox -s soak -- grown`."""
    report = Report("booking_grown")
    with furnished() as (_, _, house):
        day = Day(house)
        with served(house.app, "rpc") as address, daemon(house.app, "relay"), daemon(house.app, "tend"):
            day.run(address, 200, 5)
            empty = percentile(all_times(day.run(address, 500, seconds)), 0.95)
        bench_grown(report, house, day, empty, (patients, appointments), seconds)
    return report.write()


def main() -> int:
    """Measure all cases."""
    report = Report("booking")
    with furnished() as (sites, folder, house):
        throughput, day = Throughput(house, report), Day(house)
        nothing = throughput.spread()
        throughput.hot()
        empty = bench_day(report, house, day, nothing)
        bench_find(report, house)
        bench_workers(report, sites, folder)
        bench_grown(report, house, day, empty)
        found = house.app.bus_as(house.token).ask(VerifyBooking(), timeout=300)
        report.case("violations_at_the_end", len(found.violations), "", at_most=0)
        bench_plan(report, sites, folder)
    bench_simulation(report)
    return report.write()


if __name__ == "__main__":
    sys.path.insert(0, str(HERE.parent))
    if sys.argv[1:2] == ["--grown"]:
        sys.exit(grown(int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])))
    sys.exit(main())
