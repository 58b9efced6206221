"""Acknowledgements: written for what came in (AA, AE, AR), read for what we sent (CA counts as AA)."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, tzinfo

from yiji.interop.errors import UnknownCharset
from yiji.interop.hl7.charset import ASCII, UTF8, codec
from yiji.interop.hl7.header import Header, peek
from yiji.interop.hl7.message import Message, parse
from yiji.interop.hl7.writer import Route, Value, assemble, header, segment

# HL7 table 0357, as printed at hl7.eu.
CONDITIONS = {
    "100": "Segment sequence error",
    "101": "Required field missing",
    "102": "Data type error",
    "103": "Table value not found",
    "200": "Unsupported message type",
    "201": "Unsupported event code",
    "204": "Unknown key identifier",
    "205": "Duplicate key identifier",
    "206": "Application record locked",
    "207": "Application internal error",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that was wrong: an ERR segment (ERR-2 to ERR-8 of v2.5.1)."""

    code: str  # our error code, ERR-5
    text: str  # a sentence for a person, ERR-8
    condition: str = "207"  # table 0357, ERR-3
    place: str = ""  # PID-3 or OBR-4.1, ERR-2
    detail: str = ""  # for whoever mends it, ERR-7


@dataclass(frozen=True, slots=True)
class Receipt:
    """What an acknowledgement says."""

    code: str  # MSA-1
    control_id: str  # MSA-2, the message that is acknowledged
    text: str  # MSA-3, else ERR-8

    @property
    def accepted(self) -> bool:
        """Whether the peer took responsibility for the message."""
        return self.code in ("AA", "CA")


def acknowledge(
    heard: Header,
    code: str,
    *,
    control_id: str,
    at: datetime,
    zone: tzinfo,
    charset: str = "",
    problems: Sequence[Problem] = (),
    application: str = "YIJI",
) -> bytes:
    """Return the answer to the message whose header is `heard`: MSH, MSA with `code`, one ERR for each problem.

    It is written in `answer_charset`, and always goes out: a character that the set lacks is written as ``?``.
    """
    charset = answer_charset(heard, charset)
    route = Route(
        sending_application=heard.receiving_application.split("^")[0] or application,
        sending_facility=heard.receiving_facility.split("^")[0],
        receiving_application=heard.sending_application.split("^")[0],
        receiving_facility=heard.sending_facility.split("^")[0],
        charset=charset,
        version=heard.version.split("^")[0] or "2.5.1",
        processing=heard.processing.split("^")[0] or "P",
    )
    trigger = heard.event.partition("^")[2]
    event = tuple(part for part in ("ACK", trigger, "ACK" if trigger else "") if part)
    text = problems[0].text if problems else ""
    lines = [
        header(route, event, control_id, at, zone),
        segment("MSA", {1: code, 2: heard.control_id, 3: text}),
        *(_err(problem) for problem in problems),
    ]
    return assemble(lines, charset, "replace")


def answer_charset(heard: Header, charset: str = "") -> str:
    """Return the character set of an answer: the one that the message names, else `charset`, else UTF-8."""
    return _named(heard.charsets) or charset or UTF8


def read_receipt(raw: bytes) -> Receipt:
    """Read an acknowledgement; raises `NotHl7` and its like, and gives a blank code where there is no MSA."""
    message = parse(raw)
    return Receipt(message.get("MSA-1").upper(), message.get("MSA-2"), _said(message))


def control_id_of(raw: bytes) -> str:
    """Return MSH-10 of anything, "" where there is none."""
    return peek(raw).control_id


def _said(message: Message) -> str:
    return message.get("ERR-8") or message.get("MSA-3") or message.get("ERR-7") or message.get("ERR-3.2")


def _err(problem: Problem) -> str:
    fields: dict[int, Value] = {
        2: _place(problem.place),
        3: (problem.condition, CONDITIONS.get(problem.condition, ""), "HL70357"),
        4: "E",
        5: (problem.code, "", "99YIJI"),
        7: problem.detail,
        8: problem.text,
    }
    return segment("ERR", fields)


def _place(place: str) -> tuple[str, ...]:
    """``PID-5.1`` as ERL: segment, its sequence, field, repetition, component."""
    name, _, rest = place.partition("-")
    if not name:
        return ()
    number, _, component = rest.partition(".")
    return (name, "1", number, "1" if component else "", component)


def _named(charsets: Sequence[str]) -> str:
    """Return the sender's own word for its character set, the widest that is known; "" where none is."""
    known: dict[str, str] = {}
    for name in charsets:
        with suppress(UnknownCharset):  # an answer must go out even to one who names an unknown one
            known.setdefault(codec(name)[0], name)
    return next((name for table, name in known.items() if table != ASCII), known.get(ASCII, ""))
