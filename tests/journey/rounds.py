"""One order's way as often as wanted, with a kill -9 where wanted: shared by the suite and the soak."""

import os
import random
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from yiji.core import settings
from yiji.core.app import App
from yiji.core.contract.booking import BookExam
from yiji.core.contract.delivery import ListDelivered
from yiji.core.contract.inventory import FindSlots
from yiji.core.contract.order import Order, ShowOrder
from yiji.core.contract.queue import CallPatient, CheckIn
from yiji.core.contract.recording import ShowRecording, ShowWorklist, WorklistEntry
from yiji.core.contract.report import Report, ShowReport, SignReport
from yiji.core.errors import KINDS, Kind, YijiError
from yiji.core.message import Request
from yiji.core.rpc.client import RemoteBus
from yiji.core.store.postgres.place import find_place
from yiji.core.supervise import Supervisor
from yiji_sim.cart import deliver
from yiji_sim.demo import site as making
from yiji_sim.demo.his import Hospital

R = TypeVar("R")
PATIENCE = 60.0
STEPS = ("order", "book", "call", "acquire", "analyse", "sign", "deliver")
DATABASE = "database"


@dataclass
class House:
    """A site with its daemons and its HIS, to be walked through and shot at."""

    root: Path
    app: App
    supervisor: Supervisor
    his: Hospital
    bus: RemoteBus
    acknowledged: list[str] = field(default_factory=list[str])  # placer numbers that got AA

    def pid_of(self, name: str) -> int | None:
        """Return the process of a daemon, or of the database's postmaster."""
        if name == DATABASE:
            cluster = self.app.store.cluster
            return cluster.pid if cluster else None
        process = self.supervisor.watched[name].process
        return process.pid if process.poll() is None else None

    def ask(self, request: Request[R], key: str = "") -> R:
        """Ask until there is an answer that is not "try again" or "not yet"; the key makes the repetition harmless."""
        ends = time.monotonic() + PATIENCE
        while True:
            try:
                return self.bus.ask(request, key=key, timeout=10)
            except YijiError as fault:
                patient = KINDS[fault.kind].retry or fault.kind in (Kind.NOT_FOUND, Kind.UNAVAILABLE)
                if not patient or time.monotonic() > ends:
                    raise
            time.sleep(0.05)


@contextmanager
def cluster_home() -> Generator[str]:
    """A setting that keeps a site's cluster in a folder of its own, which is gone at the end.

    Left out, root's would stay in /var/lib/yiji; and pytest's own folders are private, so a server that is not root
    could not reach it there.
    """
    folder = Path(tempfile.mkdtemp(prefix="yiji-cluster-"))
    folder.chmod(0o755)
    try:
        yield f'\n[database]\nhome = "{folder / "home"}"\n'
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def forget_cluster(root: Path) -> None:
    """Take away the cluster of a site that was made without such a setting: root's lies under /var/lib/yiji."""
    if not (root / settings.FILE).is_file():
        return  # its making failed, and took back what it had made
    found = settings.read(root)
    shutil.rmtree(find_place(root, found.site.id, found.database).home, ignore_errors=True)


@contextmanager
def house(root: Path) -> Generator[House]:
    """Make a site, start its daemons and its HIS; stop all at the end, and leave no cluster behind."""
    with cluster_home() as home:
        yield from _lived_in(root, home)


def _lived_in(root: Path, extra: str) -> Generator[House]:
    ports = making.Ports(*making.free_ports(3))
    app, _ = making.make(root, ports, extra)
    supervisor = Supervisor(root, [daemon.name for daemon in app.daemons()])
    his = Hospital(root / "his", mllp=("127.0.0.1", ports.mllp), port=ports.his)
    try:
        supervisor.start()
        his.start()
        bus = RemoteBus(f"127.0.0.1:{ports.rpc}", app.operator_token())
        made = House(root, app, supervisor, his, bus)
        made.ask(FindSlots(exam_code="ECG12"))
        yield made
    finally:
        supervisor.stop()
        his.stop()
        app.close()


@contextmanager
def shot(house: House, victim: str, delay: float) -> Generator[None]:
    """Kill -9 the victim `delay` seconds into the block; the block ends only after the shot."""
    gone = threading.Event()

    def shoot() -> None:
        time.sleep(delay)
        ends = time.monotonic() + PATIENCE
        while (pid := house.pid_of(victim)) is None and time.monotonic() < ends:
            time.sleep(0.01)  # it is just being started again
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
            gone.set()

    shooter = threading.Thread(target=shoot)
    shooter.start()
    try:
        yield
    finally:
        shooter.join()
    assert gone.is_set(), f"{victim} was not there to be killed"


class Round:
    """One order from the HIS and back; each step is done when what it leaves behind is there."""

    def __init__(self, house: House, number: int) -> None:
        self.house = house
        self.placer = f"ROUND-{number}"
        self.accession = ""
        self.item = ""

    def order(self) -> None:
        """The HIS sends the same message until it is acknowledged."""
        ends = time.monotonic() + PATIENCE
        while True:
            sent = self.house.his.try_order("ECG12", "常规十二导联心电图", self.placer)
            if sent is not None and sent.code == "AA":
                break
            assert time.monotonic() < ends, f"no AA for {self.placer}: {sent}"
            time.sleep(0.1)
        self.house.acknowledged.append(self.placer)
        item = self.house.ask(ShowOrder(id=self.placer)).items[0]
        self.accession, self.item = item.accession_number, item.id

    def book(self) -> None:
        """Book the first free slot, with a key."""
        slot = self.house.ask(FindSlots(exam_code="ECG12", days=2)).slots[0]
        self.house.ask(BookExam(item_id=self.item, slot_id=slot.id), key=f"book-{self.placer}")

    def call(self) -> None:
        """Check in and call."""
        appointment = self.house.ask(ShowOrder(id=self.placer)).items[0].appointment_id
        ticket = self.house.ask(CheckIn(appointment_id=appointment), key=f"in-{self.placer}")
        self.house.ask(CallPatient(ticket_id=ticket.id), key=f"call-{self.placer}")

    def acquire(self) -> None:
        """The cart delivers; the recording is kept."""
        self._until(self._listed)
        entry = self._listed()
        assert entry is not None
        deliver(entry, self.house.root / "inbox" / "ECG-1", recorded_at=datetime.now(UTC))
        self.house.ask(ShowRecording(id=self.accession))

    def _listed(self) -> WorklistEntry | None:
        entries = self.house.ask(ShowWorklist(station="ECG-1")).entries
        return next((one for one in entries if one.accession_number == self.accession), None)

    def analyse(self) -> None:
        """The draft comes by itself."""
        self.house.ask(ShowReport(id=self.accession))

    def sign(self) -> None:
        """The doctor signs, with a key."""
        report: Report = self.house.ask(ShowReport(id=self.accession))
        self.house.ask(SignReport(report_id=report.id, revision=report.revision), key=f"sign-{self.placer}")

    def deliver(self) -> None:
        """The HIS has the result and the order is completed."""
        self._until(lambda: self.house.his.result_for(self.placer))
        self._until(self._completed)

    def _completed(self) -> Order | None:
        order = self.house.ask(ShowOrder(id=self.placer))
        return order if order.state == "completed" else None

    def _until(self, look: Callable[[], object | None]) -> None:
        ends = time.monotonic() + PATIENCE
        while not look():
            assert time.monotonic() < ends, f"{self.placer} waits in vain"
            time.sleep(0.05)

    def walk(self, victim: str = "", at: str = "", delay: float = 0.0) -> None:
        """Walk all steps; kill the victim in the step named."""
        for step in STEPS:
            if step == at:
                with shot(self.house, victim, delay):
                    getattr(self, step)()
            else:
                getattr(self, step)()


def delays(seed: int) -> Generator[float]:
    """Yield delays of a kill into its step, seconds, from a seed."""
    chance = random.Random(seed)
    while True:
        yield chance.choice((0.0, 0.005, 0.02, 0.05, 0.1, 0.2)) * chance.random()


def check_nothing_lost(house: House) -> None:
    """Every acknowledged order has exactly one result at the HIS, one recorded delivery, and nothing is left open."""
    results = house.his.results()
    assert sorted(results) == sorted(house.acknowledged)
    delivered = house.ask(ListDelivered(limit=10_000)).delivered
    assert len({one.report_id for one in delivered}) == len(delivered) == len(house.acknowledged)
