"""Values as tables for people, in their language and their time zone."""

import base64
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any, cast

from pydantic import BaseModel
from rich.console import Console
from rich.table import Table

from yiji.core.i18n import text

UNBOUND = 100_000  # columns of a pipe: a row stays one line


_YES_NO = {"zh": ("否", "是"), "en": ("no", "yes")}


@dataclass(frozen=True)
class Reader:
    """Who reads: their language, and the time zone of the site (nothing: this machine's own)."""

    lang: str
    zone: tzinfo | None


@cache
def _labels() -> dict[str, dict[str, str]]:
    import tomllib

    return tomllib.loads(Path(__file__).with_name("labels.toml").read_text("utf-8"))


def label(name: str, lang: str) -> str:
    """Return the heading of a field: our own table's, or the text ``field.NAME`` of a plugin's locale, or its name."""
    ours = _labels()["fields"].get(name) if lang == "zh" else None
    theirs = text(f"field.{name}", lang)
    return ours or (theirs if theirs != f"field.{name}" else name.replace("_", " ").capitalize())


def _moment(value: datetime, reader: Reader) -> str:
    shown = value.astimezone(reader.zone) if value.tzinfo else value
    return f"{shown:%Y-%m-%d %H:%M:%S}"


def _bytes(value: bytes) -> str:
    try:
        return value.decode().replace("\r", "\n")  # HL7 ends a segment with CR
    except UnicodeDecodeError:
        return f"base64:{base64.b64encode(value).decode()}"


def cell(value: Any, reader: Reader) -> str:
    """Return what a person reads for a value that is not made of others."""
    match value:
        case None:
            return ""
        case bool():
            return _YES_NO[reader.lang][value]
        case Enum():
            return (
                _labels()["values"].get(str(value.value), str(value.value)) if reader.lang == "zh" else str(value.value)
            )
        case float():
            return f"{value:.6g}"
        case datetime():
            return _moment(value, reader)
        case bytes():
            return _bytes(value)
        case _:
            return str(value)


def _grid(rows: Iterable[tuple[str, Any]], reader: Reader) -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0))
    for name, value in rows:
        grid.add_row(f"[dim]{label(name, reader.lang)}[/]", _block(value, reader))
    return grid


def _fields(value: BaseModel) -> list[tuple[str, Any]]:
    return [(name, getattr(value, name)) for name in type(value).model_fields]


def _block(value: Any, reader: Reader) -> Any:
    """Return the table inside a cell for a value that is made of others."""
    if isinstance(value, BaseModel):
        return _grid(_fields(value), reader)
    if isinstance(value, Mapping):
        return _grid([(str(key), item) for key, item in cast("Mapping[Any, Any]", value).items()], reader)
    if isinstance(value, (tuple, list)):
        return _many(cast("Sequence[Any]", value), reader)
    return _text(cell(value, reader))


def _many(values: Sequence[Any], reader: Reader) -> Any:
    if not values or not isinstance(values[0], BaseModel):
        return _text(", ".join(cell(value, reader) for value in values))
    names = list(type(values[0]).model_fields)
    return _sheet(values, [(name, label(name, reader.lang)) for name in names], "", reader)


def _text(told: str) -> Any:
    from rich.text import Text

    return Text(told, overflow="fold")  # never read as markup, never cut


def _reach(row: Any, path: str) -> Any:
    """Follow a dotted field name."""
    for name in path.split("."):
        row = getattr(row, name) if row is not None else None
    return row


def _sheet(rows: Iterable[Any], columns: Sequence[tuple[str, str]], title: str, reader: Reader) -> Table:
    sheet = Table(title=title or None, title_justify="left", box=None, padding=(0, 2, 0, 0), pad_edge=False)
    for _, heading in columns:
        sheet.add_column(_text(heading), header_style="bold", overflow="fold")
    for row in rows:
        sheet.add_row(*(_block(_reach(row, path), reader) for path, _ in columns))
    return sheet


def _print(shown: Table) -> None:
    Console(width=None if sys.stdout.isatty() else UNBOUND, highlight=False, soft_wrap=False).print(shown)


def pairs(value: BaseModel, reader: Reader) -> None:
    """Print a value as names and contents."""
    _print(_grid(_fields(value), reader))


def table(rows: Iterable[BaseModel], columns: Sequence[tuple[str, str, str]], title: str, reader: Reader) -> None:
    """Print rows under the headings of the user's language."""
    headings = [(path, zh if reader.lang == "zh" else en) for path, zh, en in columns]
    _print(_sheet(rows, headings, title, reader))
