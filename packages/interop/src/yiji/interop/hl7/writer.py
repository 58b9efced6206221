"""Segments from values: strings are escaped, tuples are components (within them subcomponents), lists repetitions."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import TypeAlias

from yiji.interop.hl7.charset import encode
from yiji.interop.hl7.escape import STANDARD, escape
from yiji.interop.hl7.times import write_time

Component: TypeAlias = "str | tuple[str, ...]"
Repetition: TypeAlias = "str | tuple[Component, ...]"
Value: TypeAlias = "Repetition | list[Repetition]"


@dataclass(frozen=True, slots=True)
class Route:
    """From whom to whom, and in which character set (table 0211)."""

    sending_application: str = "YIJI"
    sending_facility: str = ""
    receiving_application: str = ""
    receiving_facility: str = ""
    charset: str = "UNICODE UTF-8"
    version: str = "2.5.1"
    processing: str = "P"


def segment(name: str, fields: Mapping[int, Value]) -> str:
    """Return one segment; `fields` by their number in the standard, trailing blanks are cut."""
    cells = [_field(fields.get(number, "")) for number in range(1, max(fields, default=0) + 1)]
    return "|".join([name, *cells]).rstrip("|")


def header(route: Route, event: tuple[str, ...], control_id: str, at: datetime, zone: tzinfo) -> str:
    """Return the MSH segment of a message of ours."""
    rest: dict[int, Value] = {
        2: route.sending_application,
        3: route.sending_facility,
        4: route.receiving_application,
        5: route.receiving_facility,
        6: write_time(at, zone),
        8: event,
        9: control_id,
        10: route.processing,
        11: route.version,
        17: route.charset,
    }
    return segment(f"MSH|{STANDARD.msh2}", {number - 1: value for number, value in rest.items()})


def assemble(segments: Iterable[str], charset: str, errors: str = "strict") -> bytes:
    """Return the message's bytes; raises `Unwritable`, unless `errors` is ``replace``: ? for what the set lacks."""
    text = "".join(f"{line}\r" for line in segments)
    return encode(text, charset, errors)


def put(fields: dict[int, Value], number: int, component: int, value: str) -> None:
    """Set one component of a field that holds no repetitions, keeping the others."""
    there = fields.get(number, "")
    if isinstance(there, list):
        raise TypeError(f"field {number} repeats")
    parts: list[Component] = [there] if isinstance(there, str) else list(there)
    parts += [""] * (component - len(parts))
    parts[component - 1] = value
    fields[number] = tuple(parts)


def _field(value: Value) -> str:
    return "~".join(map(_repetition, value)) if isinstance(value, list) else _repetition(value)


def _repetition(value: Repetition) -> str:
    return escape(value) if isinstance(value, str) else "^".join(map(_component, value)).rstrip("^")


def _component(value: Component) -> str:
    return escape(value) if isinstance(value, str) else "&".join(map(escape, value)).rstrip("&")
