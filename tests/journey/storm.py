"""A kill -9 storm: clients book, move and cancel over gRPC while the daemon and the database are killed at random.

Each client owns its patients and order items, and asks again with the same key until it is answered; so at the end it
knows exactly what must be there. Shared by the suite and the soak.
"""

import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import time as clock_time
from datetime import timedelta
from pathlib import Path

from builders import order
from journey.rounds import cluster_home
from sqlalchemy import text

from yiji.core import clock
from yiji.core.app import App, make_site, open_app
from yiji.core.contract.booking import (
    Appointment,
    AppointmentState,
    BookExam,
    CancelExam,
    HoldExam,
    MoveExam,
    ShowAppointment,
    VerifyBooking,
)
from yiji.core.contract.catalogue import Calendar, Catalogue, Department, Device, Exam, LoadCatalogue, Room
from yiji.core.contract.inventory import FindSlots, OpenSlots
from yiji.core.errors import KINDS, Kind, YijiError
from yiji.core.rpc.client import RemoteBus
from yiji.core.store import audit
from yiji.core.supervise import Supervisor
from yiji_sim.demo.site import free_ports

CLIENTS = 6
ITEMS = 14  # of each client
PATIENCE = 90.0
VICTIMS = ("rpc", "database")
Command = BookExam | HoldExam | MoveExam | CancelExam
LIVE = (AppointmentState.HELD, AppointmentState.BOOKED)
CLINIC = Catalogue(
    departments=(Department(code="D", name="科"),),
    rooms=(Room(code="R", name="室", department="D"),),
    devices=tuple(Device(code=code, name=code, room="R", modality="OT") for code in ("A", "B")),
    exams=(
        Exam(code="SHORT", name="短", department="D", modality="OT", minutes=10, devices=("A", "B")),
        Exam(code="LONG", name="长", department="D", modality="OT", minutes=20, devices=("A", "B")),
    ),
    calendars=tuple(
        Calendar(
            device=code,
            weekdays=(1, 2, 3, 4, 5, 6, 7),
            opens=clock_time(8),
            closes=clock_time(10),
            slot_minutes=10,
            capacity=2,
        )
        for code in ("A", "B")
    ),
)


@dataclass
class Storm:
    """A site, its daemons, and the clients with what was acknowledged to them."""

    app: App
    supervisor: Supervisor
    address: str
    seed: int
    slots: list[str] = field(default_factory=list[str])
    clients: list["Client"] = field(default_factory=list["Client"])
    kills: Counter[str] = field(default_factory=Counter[str])

    def pid_of(self, victim: str) -> int | None:
        """The process of the daemon, or of the database's postmaster."""
        if victim == "database":
            cluster = self.app.store.cluster
            return cluster.pid if cluster else None
        process = self.supervisor.watched[victim].process
        return process.pid if process.poll() is None else None

    @property
    def answered(self) -> int:
        """How many commands were answered so far."""
        return sum(client.answered for client in self.clients)

    def kill(self, victim: str) -> None:
        """Kill -9 it, and wait until the clients are answered again."""
        ends = time.monotonic() + PATIENCE
        while (pid := self.pid_of(victim)) is None:
            assert time.monotonic() < ends, f"{victim} was not there to be killed"
            time.sleep(0.01)
        os.kill(pid, signal.SIGKILL)
        self.kills[victim] += 1
        self.supervisor.watched["rpc"].deaths = 0  # so many deaths are no fault of its own
        self.wait_for(CLIENTS)

    def wait_for(self, more: int) -> None:
        """Wait until so many more commands are answered."""
        ends, wanted = time.monotonic() + PATIENCE, self.answered + more
        while self.answered < wanted:
            for client in self.clients:
                assert client.fault is None, f"seed {self.seed}: {client.fault!r}"
            assert time.monotonic() < ends, f"seed {self.seed}: nobody is answered any more after {self.kills}"
            time.sleep(0.02)


class Client(threading.Thread):
    """A desk with order items of its own; it keeps what it was told of each."""

    def __init__(self, storm: Storm, number: int, items: list[str]) -> None:
        super().__init__(name=f"client {number}", daemon=True)
        self.number, self.items = number, items
        self.known: dict[str, Appointment] = {}  # by item, the last
        self.acknowledged: list[tuple[str, Command, Appointment]] = []  # with its key
        self.answered = 0
        self.refusals: Counter[str] = Counter()
        self.fault: BaseException | None = None
        self._slots, self._random = storm.slots, random.Random(f"{storm.seed} {number}")
        self._stopping = threading.Event()
        self._bus = RemoteBus(storm.address, storm.app.token_for(f"desk{number}", "dispatcher"))

    def run(self) -> None:
        """Ask until asked to stop; what was begun is ended."""
        try:
            while not self._stopping.is_set():
                self._step()
        except BaseException as fault:
            self.fault = fault

    def stop(self) -> None:
        """Let it end what it asks for."""
        self._stopping.set()
        self.join(PATIENCE)
        assert not self.is_alive()
        assert self.fault is None, self.fault
        self._bus.close()

    def _step(self) -> None:
        item = self._random.choice(self.items)
        command = self._wish(item)
        key = f"{self.number}-{self.answered}-{self._random.random()}"
        try:
            told = self.insist(command, key)
        except YijiError as refusal:
            self.refusals[refusal.code] += 1
        else:
            self.known[item] = told
            self.acknowledged.append((key, command, told))
        self.answered += 1

    def _wish(self, item: str) -> Command:
        known, slot = self.known.get(item), self._random.choice(self._slots)
        if known is None or known.state not in LIVE:
            kind = self._random.choice((BookExam, BookExam, HoldExam))
            return kind(item_id=item, slot_id=slot)
        if self._random.random() < 0.6:
            return MoveExam(appointment_id=known.id, slot_id=slot)
        return CancelExam(appointment_id=known.id)

    def insist(self, command: Command, key: str) -> Appointment:
        """Ask with the same key until there is an answer that settles it."""
        ends = time.monotonic() + PATIENCE
        while True:
            try:
                return self._bus.ask(command, key=key, timeout=10)
            except YijiError as fault:
                again = KINDS[fault.kind].retry or fault.kind is Kind.UNAVAILABLE
                if not again or time.monotonic() > ends:
                    raise
            time.sleep(0.02)


@contextmanager
def storm(root: Path, seed: int) -> Generator[Storm]:
    """Make a site with daemons of their own; stop all at the end, and leave no cluster behind."""
    (port,) = free_ports(1)
    with cluster_home() as home:
        make_site(root, extra=f"{home}\n[rpc]\nport = {port}\n")
        app = open_app(root)
        supervisor = Supervisor(root, ["rpc", "tend", "relay"])
        try:
            supervisor.start()
            made = Storm(app, supervisor, f"127.0.0.1:{port}", seed)
            _furnish(made)
            yield made
        finally:
            supervisor.stop()
            app.close()


def _furnish(made: Storm) -> None:
    bus = made.app.bus_as(made.app.operator_token())
    bus.ask(LoadCatalogue(catalogue=CLINIC))
    tomorrow = clock.today(made.app.settings.site.zone) + timedelta(days=1)
    bus.ask(OpenSlots(first_day=tomorrow, days=1), timeout=60)
    made.slots = [slot.id for slot in bus.ask(FindSlots(first_day=tomorrow, days=1)).slots]
    for number in range(CLIENTS):
        numbers = range(number * ITEMS, (number + 1) * ITEMS)
        exams = ("SHORT", "LONG")
        told = [bus.ask(order(one, exams[one % 2], patient=number * 100 + one % 5)) for one in numbers]
        made.clients.append(Client(made, number, [one.items[0].id for one in told]))


def check_nothing_lost_or_doubled(made: Storm) -> dict[str, int]:
    """Hold the house against what its clients were told; the clients have stopped. Returns counts."""
    made.app.store.heal()
    bus = made.app.bus_as(made.app.operator_token())
    with made.app.store.begin() as tx:
        rows = tx.db.execute(
            text("SELECT id, item_id, slot_id, state, revision, changes FROM booking_appointment")
        ).all()
        slots = tx.db.execute(text("SELECT capacity, held, booked FROM booking_slot")).all()
    kept = {row.id: row for row in rows}
    told: dict[str, list[Appointment]] = {}
    for client in made.clients:
        for _, _, one in client.acknowledged:
            told.setdefault(one.id, []).append(one)
    assert set(kept) == set(told), "appointments that nobody was told of, or told of in vain"
    for name, answers in told.items():
        row, last = kept[name], answers[-1]
        house = [link for link in row.changes if link["actor"] == "system"]  # a hold that lapsed by itself
        assert len(row.changes) - len(house) == len(answers), f"{name}: each acknowledged change is there once"
        assert row.slot_id == last.slot_id
        assert row.revision == last.revision + len(house)
        assert row.state == last.state or (last.state == "held" and row.state == "expired")
    assert all(row.held + row.booked <= row.capacity for row in slots)
    verified = bus.ask(VerifyBooking(), timeout=60)
    assert verified.found == 0, verified.violations
    _ask_again(made)
    with made.app.store.begin() as tx:
        report = audit.verify(tx.db, made.app.settings.root)
    assert report.sealed > 0
    return {"appointments": len(kept), "acknowledged": sum(map(len, told.values())), "audited": report.sealed}


def _ask_again(made: Storm) -> None:
    """The same key still gives the answer of then."""
    for client in made.clients:
        token = made.app.token_for(f"desk{client.number}", "dispatcher")
        asking = made.app.bus_as(token)
        for key, command, answer in client.acknowledged[-5:]:
            assert asking.ask(command, key=key) == answer
        for one in list(client.known.values())[:3]:
            assert asking.ask(ShowAppointment(id=one.id)).id == one.id
