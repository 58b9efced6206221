"""The message header (MSH), read with care: it must be told who speaks even when the rest cannot be read."""

import re
from dataclasses import dataclass

from yiji.interop.hl7.escape import STANDARD, Delimiters

BOM = b"\xef\xbb\xbf"
_BLANK = b" \t\r\n"


@dataclass(frozen=True, slots=True)
class Header:
    """What MSH says. Every field is a plain text, "" where it is blank; components keep their delimiters as ``^``."""

    sending_application: str = ""  # MSH-3
    sending_facility: str = ""  # MSH-4
    receiving_application: str = ""  # MSH-5
    receiving_facility: str = ""  # MSH-6
    type: str = ""  # MSH-9, such as ORM^O01
    control_id: str = ""  # MSH-10
    processing: str = ""  # MSH-11
    version: str = ""  # MSH-12
    charsets: tuple[str, ...] = ()  # MSH-18 with its repetitions
    delimiters: Delimiters = STANDARD

    @property
    def event(self) -> str:
        """Message code and trigger event, such as ``ORM^O01``, without the structure name."""
        return "^".join(self.type.split("^")[:2])

    @property
    def sender(self) -> str:
        """Who sent it: application, and facility where it is given (``HIS^EAST``)."""
        named = (self.sending_application.split("^")[0], self.sending_facility.split("^")[0])
        return "^".join(part for part in named if part)


def trim(raw: bytes) -> bytes:
    """Drop a byte-order mark and blanks around a message."""
    return raw.strip(_BLANK).removeprefix(BOM).strip(_BLANK)


def peek(raw: bytes) -> Header:
    """Read the header of anything, and never raise: what is not there is blank."""
    line = re.split(rb"[\r\n]", trim(raw), maxsplit=1)[0]
    return header_of(_as_text(line))


def header_of(line: str) -> Header:
    """Read an MSH line that is text already; a line that is no MSH gives a blank header."""
    found = delimiters_of(line)
    if found is None:
        return Header()
    fields = ["MSH", *line.split(found.field)]  # so that fields[3] is MSH-3

    def field(number: int) -> str:
        text = fields[number] if number < len(fields) else ""
        return text.strip().replace(found.component, "^")

    return Header(
        sending_application=field(3),
        sending_facility=field(4),
        receiving_application=field(5),
        receiving_facility=field(6),
        type=field(9),
        control_id=field(10),
        processing=field(11),
        version=field(12),
        charsets=tuple(name.strip() for name in field(18).split(found.repetition)),
        delimiters=found,
    )


def delimiters_of(line: str) -> Delimiters | None:
    """Return the delimiters that an MSH line names, `None` where it is no MSH line or names the same one twice.

    Encoding characters that are left out take their usual value, as python-hl7 takes them.
    """
    if len(line) < 5 or not line.startswith("MSH"):
        return None
    field, encoding = line[3], line[4:].split(line[3], 1)[0]
    usual = STANDARD.msh2
    component, repetition, escape, subcomponent = (encoding[:4] + usual[len(encoding) :])[:4]
    chosen = (field, component, repetition, escape, subcomponent)
    if len(encoding) > 5 or len(set(chosen)) < 5 or any(not _may_delimit(mark) for mark in (*chosen, *encoding)):
        return None
    return Delimiters(*chosen)


def _may_delimit(mark: str) -> bool:
    return "!" <= mark <= "~" and not mark.isalnum()


def _as_text(line: bytes) -> str:
    for codec in ("utf-8", "gb18030"):
        try:
            return line.decode(codec)
        except UnicodeDecodeError:
            continue
    return line.decode("latin-1")


def readable(raw: bytes) -> str:
    """Return a message for a person's eyes, a segment a line; whatever its bytes are, and for showing only."""
    return "\n".join(line for line in re.split("[\r\n]+", _as_text(trim(raw))) if line) + "\n"
