"""A message as text that can be asked for its fields: `parse(er7)`. Positions count from 1, as the standard counts.

Fields are cut when they are asked for: python-hl7, which first builds a tree of every component, costs about five times
the time of the same order (measured). It is the oracle in the tests.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache

from yiji.interop.errors import Malformed, NotHl7
from yiji.interop.hl7 import charset as charsets
from yiji.interop.hl7.escape import Delimiters, unescape
from yiji.interop.hl7.header import BOM, Header, delimiters_of, header_of, peek, trim

NULL = '""'  # "delete what you have" (HL7 v2.5.1 section 2.5.3, recalled); read as blank
_NAME = re.compile(r"[A-Z][A-Z0-9]{2}")
_PATH = re.compile(r"([A-Z][A-Z0-9]{2})-(\d+)(?:\.(\d+))?(?:\.(\d+))?")


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment. A field's value is asked for by field, component, subcomponent and repetition, each from 1."""

    name: str
    fields: tuple[str, ...]  # fields[n] is field n as it was written
    delimiters: Delimiters = field(repr=False)
    codec: str = field(repr=False)

    def text(self, number: int, component: int = 1, sub: int = 1, repetition: int = 1) -> str:
        """Return one value without escapes and blanks around it, "" where nothing is."""
        cell = _part(self._repetition(number, repetition), self.delimiters.component, component)
        return self._plain(_part(cell, self.delimiters.subcomponent, sub))

    def whole(self, number: int, repetition: int = 1) -> str:
        """Return a repetition with its delimiters, for text fields whose senders forget to escape ``&`` or ``^``."""
        return self._plain(self._repetition(number, repetition))

    def repetitions(self, number: int) -> range:
        """Return the positions of a field's repetitions; a blank field has none."""
        text = self.fields[number] if number < len(self.fields) else ""
        return range(1, text.count(self.delimiters.repetition) + 2 if text else 1)

    def _repetition(self, number: int, repetition: int) -> str:
        text = self.fields[number] if number < len(self.fields) else ""
        if self.name == "MSH" and number <= 2:  # the delimiters themselves
            return text
        return _part(text, self.delimiters.repetition, repetition)

    def _plain(self, text: str) -> str:
        text = text.strip()
        return "" if text == NULL else unescape(text, self.delimiters, self.codec).strip()


def _part(text: str, mark: str, position: int) -> str:
    """Return the part at `position`, "" beyond the last; a text without the mark is its own first part."""
    if mark not in text:
        return text if position == 1 else ""
    parts = text.split(mark, position)
    return parts[position - 1] if position <= len(parts) else ""


@dataclass(frozen=True, slots=True)
class Segments:
    """Segments in their order, asked by path: ``PID-5.1`` is field 5, component 1 of the first PID."""

    segments: tuple[Segment, ...]

    def __iter__(self) -> Iterator[Segment]:
        return iter(self.segments)

    def first(self, name: str) -> Segment | None:
        """Return the first segment of a name."""
        return next(self.all(name), None)

    def all(self, name: str) -> Iterator[Segment]:
        """Iterate over all segments of a name."""
        return (segment for segment in self.segments if segment.name == name)

    def get(self, path: str) -> str:
        """Return the value at `path` (``SEG-field[.component[.subcomponent]]``), "" where nothing is."""
        name, number, component, sub = _steps(path)
        segment = self.first(name)
        return segment.text(number, component, sub) if segment else ""


@dataclass(frozen=True, slots=True)
class Message(Segments):
    """A parsed message. `charset` is the table 0211 name, `notes` tell what was odd but no reason to refuse."""

    header: Header
    charset: str
    notes: tuple[str, ...] = ()


@cache
def _steps(path: str) -> tuple[str, int, int, int]:
    found = _PATH.fullmatch(path)
    if not found:
        raise ValueError(f"{path!r} is no path such as PID-5.1")
    return found[1], int(found[2]), int(found[3] or 1), int(found[4] or 1)


def parse(er7: bytes | str, charset: str = "") -> Message:
    r"""Read an HL7 v2 message in vertical-bar encoding.

    `charset` is what to take where MSH-18 is blank (table 0211; "" tries UTF-8, then GB 18030). Segments nobody knows
    are kept. Raises `NotHl7`, `Malformed`, `WrongCharset` or `UnknownCharset`, and nothing else.

    >>> message = parse("MSH|^~\\&|HIS|EAST|YIJI||20260105083000||ORM^O01|1|P|2.5.1\rPID|1||P01^^^HIS||张三\rZXX|1")
    >>> message.get("PID-5"), message.get("PID-3.4"), message.header.sender
    ('张三', 'HIS', 'HIS^EAST')
    """
    decoded = _text_of(er7, charset)
    lines = _lines(decoded.text)
    found = delimiters_of(lines[0]) if lines else None
    if found is None:
        raise NotHl7(detail=repr(lines[0][:20] if lines else ""))
    named, stray = _sorted(lines, found)
    if sum(line.startswith("MSH") for line in named) > 1:
        raise Malformed(detail="MSH twice")
    codec = charsets.codec(decoded.charset or charsets.UTF8)[1]
    notes = (*decoded.notes, *(f"stray_line {line[:20]}" for line in stray))
    segments = tuple(_segment(line, found, codec) for line in named)
    return Message(segments, header_of(lines[0]), decoded.charset, notes)


def _text_of(er7: bytes | str, charset: str) -> charsets.Decoded:
    if isinstance(er7, str):
        return charsets.Decoded(er7.removeprefix(BOM.decode()).strip(), "", False)
    raw = trim(er7)
    return charsets.decode(raw, charsets.declared(peek(raw).charsets) or charset)


def _lines(text: str) -> list[str]:
    """Cut at CR, CR LF, and at an LF that a segment name follows; any other LF belongs to its field."""
    parts = re.split(r"\r\n?|\n(?=[A-Z][A-Z0-9]{2}(?![A-Za-z0-9\s]))", text)
    return [part.strip("\n ") for part in parts if part.strip()]


def _sorted(lines: Sequence[str], delimiters: Delimiters) -> tuple[list[str], list[str]]:
    """Part the segments from lines that have no segment's name, such as text broken by a bare CR."""
    named: list[str] = []
    stray: list[str] = []
    for line in lines:
        (named if _NAME.fullmatch(line.split(delimiters.field, 1)[0]) else stray).append(line)
    return named, stray


def _segment(line: str, delimiters: Delimiters, codec: str) -> Segment:
    name, *fields = line.split(delimiters.field)
    if name == "MSH":
        fields.insert(0, delimiters.field)
    return Segment(name, (name, *fields), delimiters, codec)
