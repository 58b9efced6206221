"""The walk of one order through the house, as its people and machines would make it; each does its part by the bus."""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from yiji.core.app import App
from yiji.core.contract.booking import Appointment, BookExam
from yiji.core.contract.inventory import FindSlots
from yiji.core.contract.order import Order, OrderItem, ShowOrder
from yiji.core.contract.queue import CallPatient, CheckIn
from yiji.core.contract.recording import RecordingInfo, ShowRecording, ShowWorklist
from yiji.core.contract.report import RenderReport, Report, ReportState, ShowReport, SignReport
from yiji.core.errors import NotFound, ServerUnavailable
from yiji.core.faces import Bus
from yiji.core.rpc.client import RemoteBus
from yiji.core.serve import is_warm
from yiji.core.supervise import Supervisor
from yiji_sim.demo import site as making
from yiji_sim.demo.his import PATIENT, Hospital
from yiji_sim.demo.steps import Comparison, Outcome, Steps

R = TypeVar("R")
PATIENCE = 30.0  # seconds after which something that should have come is missing
STARTING = 90.0
LOOK = 0.02  # seconds between looks
RR_TOLERANCE = 5.0  # ms; the only measure that the demo asserts

# What the tender bounds (seconds), see the rows P3, P9, P13, P14 and P15 of the mission.
EXCHANGE, QUERY, ACTION, DELIVERY, REPORT = 2.0, 0.5, 2.0, 1.0, 3.0


def until(ask: Callable[[], R | None], what: str, patience: float = PATIENCE) -> R:
    """Ask again and again until there is an answer; raises TimeoutError."""
    ends = time.monotonic() + patience
    while time.monotonic() < ends:
        try:
            answer = ask()
        except (NotFound, ServerUnavailable):
            answer = None
        if answer is not None:
            return answer
        time.sleep(LOOK)
    raise TimeoutError(f"{what} did not come within {patience:.0f} s")


class Walk:
    """One walk; `out` is the site's folder."""

    def __init__(self, out: Path, steps: Steps) -> None:
        self.out = out
        self.steps = steps
        self.app: App
        self.ports = making.Ports(*making.free_ports(3))
        self.his = Hospital(out / "his", mllp=("127.0.0.1", self.ports.mllp), port=self.ports.his)
        self.buses: dict[str, RemoteBus] = {}
        self.orders: list[Order] = []
        self.booked: list[Appointment] = []
        self.comparison: tuple[Comparison, ...] = ()

    def bus(self, user: str) -> Bus:
        """Return a gRPC bus in the hands of one of the site's users."""
        if user not in self.buses:
            token = making.token_of(self.app, user)
            self.buses[user] = RemoteBus(f"127.0.0.1:{self.ports.rpc}", token, lang="zh")
        return self.buses[user]

    @property
    def ecg(self) -> OrderItem:
        """The order item whose recording is made."""
        return self.orders[0].items[0]

    def make_site(self) -> None:
        """1: departments, rooms, devices, catalogue, calendars, users, on an embedded PostgreSQL."""
        with self.steps.step("site", "建立站点 site") as note:
            self.app, note.what = making.make(self.out, self.ports)

    @contextmanager
    def daemons(self) -> Generator[Supervisor]:
        """2: run the daemons on ports of their own while the walk goes on."""
        supervisor = Supervisor(self.out, [daemon.name for daemon in self.app.daemons()])
        try:
            with self.steps.step("daemons", "启动服务 daemons") as note:
                supervisor.start()
                self.his.start()
                self._await_daemons()
                note.what = f"{', '.join(supervisor.watched)}; gRPC :{self.ports.rpc}, MLLP :{self.ports.mllp}"
            yield supervisor
        finally:
            supervisor.stop()
            self.his.stop()

    def _await_daemons(self) -> None:
        until(lambda: self.bus("diaodu").ask(FindSlots(exam_code="ECG12")), "the gRPC daemon", STARTING)
        until(lambda: self.his.reaches() or None, "the MLLP daemon", STARTING)
        names = [daemon.name for daemon in self.app.daemons()]
        until(lambda: all(is_warm(self.out, name) for name in names) or None, "a warm daemon", STARTING)

    def order(self) -> None:
        """3: the HIS sends two orders over MLLP; the ACK comes when the order is kept."""
        for exam, name, kind, charset in (
            ("ECG12", "常规十二导联心电图", "OMG^O19", "UNICODE UTF-8"),
            ("UCG", "心脏彩超", "ORM^O01", "GB 18030-2000"),
        ):
            with self.steps.step(f"order-{exam.lower()}", f"开单 order {kind} {charset}", EXCHANGE) as note:
                sent = self.his.order(exam, name, message_type=kind, charset=charset)
                assert sent.code == "AA", f"the HIS got {sent.code}: {sent.text}"
                order = self.bus("diaodu").ask(ShowOrder(id=sent.placer_number))
                assert order.patient.name == PATIENT, f"{order.patient.name} is not {PATIENT}"
                self.orders.append(order)
                note.seconds = sent.seconds
                note.what = f"AA; {order.patient.name} {order.items[0].exam_name} {order.items[0].accession_number}"

    def book(self) -> None:
        """4: both are booked through gRPC; the worklist shows them; the patient checks in and is called."""
        desk, room = self.bus("diaodu"), self.bus("jishi")
        for order in self.orders:
            item = order.items[0]
            with self.steps.step(f"slots-{item.exam_code.lower()}", "查询号源 find slots", QUERY) as note:
                busy = {booked.starts_at for booked in self.booked}
                slots = desk.ask(FindSlots(exam_code=item.exam_code, days=2)).slots
                free = [slot for slot in slots if all(not slot.starts_at <= at < slot.ends_at for at in busy)]
                note.what = f"{len(slots)} slots with room"
            with self.steps.step(f"book-{item.exam_code.lower()}", "预约 book", ACTION) as note:
                slot = free[len(self.booked) * 2]
                booked = desk.ask(BookExam(item_id=item.id, slot_id=slot.id))
                self.booked.append(booked)
                note.what = f"{booked.exam_name} {booked.room_name} {booked.starts_at.astimezone():%m-%d %H:%M}"
        self._on_worklist(room)
        with self.steps.step("check-in", "签到 check in", ACTION) as note:
            ticket = desk.ask(CheckIn(appointment_id=self.booked[0].id))
            note.what = f"{ticket.number} {ticket.room_name}"
        with self.steps.step("call", "叫号 call", ACTION) as note:
            called = room.ask(CallPatient(room=ticket.room))
            assert called.id == ticket.id
            note.what = f"请 {called.number} 到 {called.room_name}"

    def _on_worklist(self, room: Bus) -> None:
        with self.steps.step("worklist", "检查工作列表 worklist", EXCHANGE) as note:
            wanted = {order.items[0].accession_number for order in self.orders}

            def listed() -> set[str] | None:
                entries = {entry.accession_number for entry in room.ask(ShowWorklist()).entries}
                return entries if wanted <= entries else None

            note.what = f"{len(until(listed, 'the worklist'))} entries"

    def acquire(self) -> None:
        """5: the cart writes a real recording into its watched folder; it counts from the file's completion."""
        from yiji_sim.cart import deliver

        with self.steps.step("acquire", "采集 acquire", DELIVERY) as note:
            entries = self.bus("ecg-1").ask(ShowWorklist(station="ECG-1")).entries
            entry = next(one for one in entries if one.accession_number == self.ecg.accession_number)
            file = deliver(entry, self.out / "inbox" / "ECG-1", recorded_at=datetime.now(UTC))
            began = time.monotonic()
            info = until(self._recording, "the recording")
            note.seconds = time.monotonic() - began
            note.what = (
                f"{file.name}: {len(info.leads)} leads x {info.seconds:g} s at {info.rate:g} Hz -> {info.record_path}"
            )

    def _recording(self) -> RecordingInfo:
        return self.bus("jishi").ask(ShowRecording(id=self.ecg.accession_number))

    def analyse(self) -> None:
        """6 and 7: analysed, measured and drafted, counted from the recording's being kept."""
        with self.steps.step("report", "分析与起草报告 analyse and draft", REPORT) as note:
            report = until(self._drafted, "the draft")
            recording = self._recording()
            note.seconds = (report.drafted_at - recording.kept_at).total_seconds()
            self.comparison = compare(report, recording)
            rr = next(one for one in self.comparison if one.code == "rr")
            note.what = f"RR {rr.ours} ms, the cart {rr.cart} ms; {len(report.body.findings)} findings"
            assert rr.difference is not None, "RR was not measured"
            assert abs(rr.difference) <= RR_TOLERANCE, f"RR differs by {rr.difference} ms"

    def _drafted(self) -> Report:
        return self.bus("yisheng").ask(ShowReport(id=self.ecg.accession_number))

    def sign(self) -> None:
        """7: the doctor reads the draft's page and signs."""
        doctor = self.bus("yisheng")
        report = self._drafted()
        with self.steps.step("page", "报告页 draft page", REPORT) as note:
            page = doctor.ask(RenderReport(id=report.id))
            (self.out / "draft.pdf").write_bytes(page.pdf)
            note.what = f"draft.pdf, {len(page.pdf) // 1024} kB"
        with self.steps.step("sign", "签发 sign", ACTION) as note:
            wish = SignReport(report_id=report.id, revision=report.revision, conclusion="窦性心律，请结合临床。")
            signed = doctor.ask(wish)
            assert signed.state is ReportState.SIGNED
            assert signed.seal is not None
            note.what = f"{signed.seal.signer_name} {signed.seal.method} {signed.seal.value[:16]}"
        (self.out / "report.pdf").write_bytes(doctor.ask(RenderReport(id=report.id)).pdf)

    def deliver(self) -> None:
        """8: the result goes to the HIS, which acknowledges it."""
        with self.steps.step("deliver", "结果回传 ORU^R01", EXCHANGE) as note:
            result = until(lambda: self.his.result_for(self.ecg.placer_number), "the result")
            until(self._completed, "the completed order")
            assert result.times == 1, f"the HIS got it {result.times} times"
            note.what = f"{result.control_id}: {result.text.count('|NM|')} NM, {result.text.count('|ED|')} PDF; AA"

    def _completed(self) -> Order | None:
        order = self.bus("diaodu").ask(ShowOrder(id=self.ecg.placer_number))
        return order if order.state == "completed" else None

    def outcome(self, ok: bool) -> Outcome:
        """Return what was done."""
        pdf = self.out / "report.pdf"
        return Outcome(
            ok=ok,
            seconds=self.steps.seconds(),
            steps=tuple(self.steps.done),
            comparison=self.comparison,
            site=str(self.out),
            pdf=str(pdf) if pdf.exists() else "",
            sent=tuple(str(path) for path in self.his.sent_files()),
            received=tuple(str(path) for path in self.his.received_files()),
            audit=str(self.out / "audit" / "heads.log"),
        )


def compare(report: Report, recording: RecordingInfo) -> tuple[Comparison, ...]:
    """Return ours beside the cart's, for what the cart has measured."""
    ours = {one.code: one for one in report.body.measurements}
    rows: list[Comparison] = []
    for cart in recording.measured_by_device:
        own = ours.get(cart.code)
        value = own.value if own else None
        difference = None if value is None or cart.value is None else round(value - cart.value, 1)
        rows.append(Comparison(code=cart.code, unit=cart.unit, ours=value, cart=cart.value, difference=difference))
    return tuple(rows)
