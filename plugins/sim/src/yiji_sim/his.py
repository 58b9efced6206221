"""A stand-in HIS: a real MLLP client that sends orders, and a real MLLP server that takes results.

    python -m yiji_sim.his listen FOLDER --port 0
    python -m yiji_sim.his send 127.0.0.1:2575 --exam ECG12 --charset "GB 18030-2000"

It keeps each result by its control id (MSH-10) as ``FOLDER/<control id>.hl7``, and writes one line a time it came to
``FOLDER/received.jsonl``. So it shows whether a result came, came twice, and what was in it.
"""

import argparse
import asyncio
import json
import os
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from zoneinfo import ZoneInfo

from yiji.core import ids
from yiji.core.errors import YijiError
from yiji.interop import Client, Message, Piece, Problem, Receipt, Server, acknowledge, parse, peek
from yiji.interop.hl7.writer import Route, Value, assemble, header, put, segment
from yiji.interop.mllp.framer import Kind

ZONE = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True)
class OrderForm:
    """What a doctor at the HIS asks for."""

    exams: tuple[tuple[str, str], ...]  # code and name of each examination
    name: str = "张三"
    sex: str = "M"
    born: str = "19800229"
    patient_number: str = "P0001"
    placers: tuple[str, ...] = ()  # a number for each examination; made when left out
    control: str = "NW"
    priority: str = "R"
    reason: str = "胸闷待查"
    requester: str = "李医生"
    department: str = "心内科"
    visit_number: str = "V0001"
    visit_class: str = "O"
    ward: str = "心内科门诊"
    bed: str = ""
    event: tuple[str, ...] = ("OMG", "O19", "OMG_O19")  # or ("ORM", "O01", "ORM_O01")
    charset: str = "UNICODE UTF-8"
    control_id: str = ""  # made when left out
    sender: tuple[str, str] = ("HIS", "EAST")
    places: dict[str, str] = field(default_factory=dict[str, str])  # OBR fields of local habit, such as {"4.4": "E1"}


def write_order(form: OrderForm) -> bytes:
    """Return the order as an HL7 message in the form's character set; raises `Unwritable`."""
    route = Route(*form.sender, receiving_application="YIJI", charset=form.charset)
    number = form.control_id or ids.new("h")[-20:].upper()
    now = datetime.now(UTC)
    pid: dict[int, Value] = {
        1: "1",
        3: [(form.patient_number, "", "", form.sender[0], "MR")],
        5: form.name,
        7: form.born,
        8: form.sex,
    }
    pv1: dict[int, Value] = {1: "1", 2: form.visit_class, 3: (form.ward, "", form.bed), 19: form.visit_number}
    placers = form.placers or tuple(f"{number}-{n}" for n, _ in enumerate(form.exams, 1))
    groups = [_group(form, n, *pair) for n, pair in enumerate(zip(form.exams, placers, strict=True), 1)]
    lines = [header(route, form.event, number, now, ZONE), segment("PID", pid), segment("PV1", pv1)]
    return assemble([*lines, *(line for group in groups for line in group)], form.charset)


def _group(form: OrderForm, number: int, exam: tuple[str, str], placer: str) -> list[str]:
    orc: dict[int, Value] = {1: form.control, 2: placer, 12: ("", form.requester), 17: ("", form.department)}
    obr: dict[int, Value] = {1: str(number), 2: placer, 4: exam, 13: form.reason}
    for place, value in form.places.items():
        at, _, component = place.partition(".")
        put(obr, int(at), int(component or 1), value)
    return [segment("ORC", orc), segment("TQ1", {1: "1", 9: form.priority}), segment("OBR", obr)]


def send(host: str, port: int, message: bytes, *, timeout: float = 20.0) -> tuple[Receipt, bytes]:
    """Send one message and return the acknowledgement, read and raw; raises `PeerUnavailable` or `PeerSilent`."""
    with Client(host, port, timeout=timeout, name="yiji") as client:
        return client.send(message)


@dataclass(frozen=True)
class Received:
    """A result as it was kept."""

    control_id: str
    path: Path
    times: int  # how many times it came

    @property
    def message(self) -> Message:
        """Read it."""
        return parse(self.path.read_bytes())


class Listener:
    """The HIS's ear: keeps what comes and acknowledges it, in a thread of its own.

    `answers`: MSA-1 codes for the first messages (``AE``, ``AR``; ``-`` is silence), ``AA`` for all that follow.
    """

    def __init__(self, folder: Path, host: str = "127.0.0.1", port: int = 0, answers: Sequence[str] = ()) -> None:
        self.folder = folder
        self.host = host
        self.port = port
        self._answers = list(answers)
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop_asked: asyncio.Event | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> int:
        """Listen; return the port. Raises `PortInUse`."""
        self.folder.mkdir(parents=True, exist_ok=True)
        started: Future[int] = Future()
        self._thread = threading.Thread(target=self._run, args=(started,), name="his", daemon=True)
        self._thread.start()
        self.port = started.result()
        return self.port

    def stop(self) -> None:
        """Stop listening."""
        if self._thread and self._loop and self._stop_asked and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop_asked.set)
            self._thread.join()

    def __enter__(self) -> "Listener":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def received(self) -> list[Received]:
        """Return the results that were kept, in the order in which they first came."""
        return received(self.folder)

    def _run(self, started: "Future[int]") -> None:
        try:
            asyncio.run(self._serve(started))
        except YijiError as fault:
            started.set_exception(fault)

    async def _serve(self, started: "Future[int]") -> None:
        self._loop, self._stop_asked = asyncio.get_running_loop(), asyncio.Event()
        server = Server(self._answer, self.host, self.port)
        started.set_result(await server.start())
        await self._stop_asked.wait()
        await server.stop()

    async def _answer(self, piece: Piece, peer: str) -> bytes:
        if piece.kind is not Kind.MESSAGE:
            return b""
        code = self._next_answer()
        heard = peek(piece.data)
        if code in ("AA", "-"):
            await asyncio.to_thread(self._keep, heard.control_id, piece.data, code)
        problems = () if code in ("AA", "-") else (Problem("his.refused", "HIS 拒收"),)
        answer = acknowledge(
            heard, code, control_id=ids.new("h")[-20:].upper(), at=datetime.now(UTC), zone=ZONE, problems=problems
        )
        return b"" if code == "-" else answer

    def _next_answer(self) -> str:
        with self._lock:
            return self._answers.pop(0) if self._answers else "AA"

    def _keep(self, control_id: str, raw: bytes, code: str) -> None:
        """Keep before the acknowledgement, as a real HIS must."""
        name = control_id or sha256(raw).hexdigest()[:20]
        entry = {"control_id": name, "at": datetime.now(UTC).isoformat(), "sha256": sha256(raw).hexdigest()}
        with self._lock:
            path = self.folder / f"{name}.hl7"
            if not path.exists():
                path.write_bytes(raw)
            with (self.folder / LOG).open("a", encoding="utf-8") as log:
                log.write(json.dumps({**entry, "answer": code}) + "\n")
                log.flush()
                os.fsync(log.fileno())


LOG = "received.jsonl"


def received(folder: Path) -> list[Received]:
    """Return what a listener kept in `folder`."""
    log = folder / LOG
    if not log.is_file():
        return []
    names = [json.loads(line)["control_id"] for line in log.read_text("utf-8").splitlines()]
    return [Received(name, folder / f"{name}.hl7", names.count(name)) for name in dict.fromkeys(names)]


def _listen(options: argparse.Namespace) -> int:
    with Listener(options.folder, options.host, options.port) as listener:
        print(json.dumps({"host": listener.host, "port": listener.port}), flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return 0
    return 0


def _send(options: argparse.Namespace) -> int:
    host, _, port = options.address.partition(":")
    exams = tuple((code, name) for code, _, name in (exam.partition("=") for exam in options.exam))
    form = OrderForm(exams, name=options.name, charset=options.charset, patient_number=options.patient)
    receipt, raw = send(host, int(port), write_order(form))
    print(json.dumps({"code": receipt.code, "text": receipt.text}, ensure_ascii=False))
    print(raw.decode("utf-8", "replace").replace("\r", "\n"), file=sys.stderr)
    return 0 if receipt.accepted else 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m yiji_sim.his", description="A stand-in HIS.")
    commands = parser.add_subparsers(required=True)
    ear = commands.add_parser("listen", help="take results")
    ear.add_argument("folder", type=Path)
    ear.add_argument("--host", default="127.0.0.1")
    ear.add_argument("--port", type=int, default=0)
    ear.set_defaults(run=_listen)
    mouth = commands.add_parser("send", help="send an order")
    mouth.add_argument("address", help="HOST:PORT")
    mouth.add_argument("--exam", action="append", required=True, help="CODE or CODE=NAME")
    mouth.add_argument("--name", default="张三")
    mouth.add_argument("--patient", default="P0001")
    mouth.add_argument("--charset", default="UNICODE UTF-8")
    mouth.set_defaults(run=_send)
    options = parser.parse_args(arguments)
    try:
        return options.run(options)
    except YijiError as fault:
        print(fault, file=sys.stderr)
        return fault.facts.exit


if __name__ == "__main__":
    sys.exit(main())
