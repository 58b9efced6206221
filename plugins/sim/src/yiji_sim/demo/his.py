"""The demo's HIS: sends orders and keeps what it sent, listens for results and keeps what came."""

import socket
import time
from dataclasses import dataclass, replace
from pathlib import Path

from yiji.interop import parse
from yiji.interop.errors import PeerSilent, PeerUnavailable
from yiji_sim.his import Listener, OrderForm, Received, send, write_order

PATIENT = "欧阳喆"
FORMS = {
    "OMG^O19": ("OMG", "O19", "OMG_O19"),
    "ORM^O01": ("ORM", "O01", "ORM_O01"),
}


@dataclass(frozen=True)
class Sent:
    """An order as it was sent, and what came back."""

    placer_number: str
    code: str  # MSA-1
    text: str
    seconds: float


@dataclass(frozen=True)
class Result:
    """A result as it came."""

    control_id: str
    path: Path
    times: int
    text: str


class Hospital:
    """A stand-in HIS on loopback: `mllp` is where the house listens, `port` where this HIS does."""

    def __init__(self, folder: Path, mllp: tuple[str, int], port: int) -> None:
        self._sent = folder / "sent"
        self._mllp = mllp
        self._listener = Listener(folder / "received", port=port)

    def start(self) -> None:
        """Listen for results."""
        self._sent.mkdir(parents=True, exist_ok=True)
        self._listener.start()

    def stop(self) -> None:
        """Stop listening."""
        self._listener.stop()

    def reaches(self) -> bool:
        """Return whether the house's MLLP daemon listens."""
        with socket.socket() as probe:
            return probe.connect_ex(self._mllp) == 0

    def order(self, exam: str, name: str, *, message_type: str, charset: str) -> Sent:
        """Send an order for one examination; wait for its application ACK."""
        placer = f"{exam}-{time.time_ns() // 1_000_000}"
        form = _form(exam, name, placer, PATIENT, "P0000001")
        return self._send(placer, write_order(replace(form, event=FORMS[message_type], charset=charset)))

    def try_order(self, exam: str, name: str, placer: str) -> Sent | None:
        """Send an order, the very same message each time; return nothing if nobody acknowledged it."""
        file = self._sent / f"{placer}.hl7"
        message = (
            file.read_bytes() if file.exists() else write_order(_form(exam, name, placer, f"患者{placer}", placer))
        )
        try:
            return self._send(placer, message)
        except (PeerUnavailable, PeerSilent):
            return None

    def _send(self, placer: str, message: bytes) -> Sent:
        (self._sent / f"{placer}.hl7").write_bytes(message)
        began = time.monotonic()
        receipt, _ = send(*self._mllp, message)
        return Sent(placer, receipt.code, receipt.text, time.monotonic() - began)

    def result_for(self, placer_number: str) -> Result | None:
        """Return the result whose ORC-2 is `placer_number`, when it has come."""
        return next((_told(one) for one in self._listener.received() if _placer(one) == placer_number), None)

    def results(self) -> list[str]:
        """Return the placer number of every result that came, one a control id."""
        return [_placer(one) for one in self._listener.received()]

    def sent_files(self) -> list[Path]:
        """Return the files of what was sent."""
        return sorted(self._sent.glob("*.hl7"))

    def received_files(self) -> list[Path]:
        """Return the files of what came."""
        return [one.path for one in self._listener.received()]


def _form(exam: str, name: str, placer: str, patient: str, number: str) -> OrderForm:
    return OrderForm(
        ((exam, name),),
        name=patient,
        sex="F",
        born="19880806",
        patient_number=number,
        placers=(placer,),
        visit_number="MZ20260001",
    )


def _placer(result: Received) -> str:
    return parse(result.path.read_bytes()).get("ORC-2")


def _told(result: Received) -> Result:
    text = result.path.read_bytes().decode("utf-8", "replace")
    return Result(result.control_id, result.path, result.times, text)
