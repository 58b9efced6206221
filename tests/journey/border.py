"""A HIS that says what it should not: bytes over MLLP as a test wants them."""

import json
import socket
from itertools import count
from typing import Any

from journey.rounds import PATIENCE, House

from yiji.interop import Framer, Message, parse
from yiji_sim.his import OrderForm, write_order

_NUMBERS = count(1)


def fresh(name: str) -> str:
    """Return a number that nobody has used."""
    return f"{name}{next(_NUMBERS)}"


def port_of(house: House, name: str) -> int:
    """The port that a daemon tells."""
    return int(json.loads((house.root / "run" / f"{name}.json").read_text())["port"])


def form(number: str = "", **changes: Any) -> bytes:
    """An order; `number` is its control id, placer number and patient number, fresh when left out."""
    number = number or fresh("GOOD")
    exams = (("ECG12", "常规十二导联心电图"),)
    told = {"exams": exams, "control_id": number, "placers": (number,), "patient_number": number}
    return write_order(OrderForm(**(told | changes)))


def speak(house: House, raw: bytes, answers: int = 1) -> list[Message]:
    """Send bytes as they are over one connection; return so many answers, none when it is closed at once."""
    heard: list[Message] = []
    with socket.create_connection(("127.0.0.1", port_of(house, "mllp")), PATIENCE) as connection:
        connection.sendall(raw)
        framer = Framer()
        while len(heard) < answers and (data := connection.recv(65536)):
            heard += [parse(piece.data) for piece in framer.feed(data)]
    return heard
