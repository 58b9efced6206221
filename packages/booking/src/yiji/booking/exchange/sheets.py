"""The catalogue as sheets (CSV), one a part, UTF-8 with a mark by which Excel knows it; GB18030 is read as well.

A calendar's pools and lists of codes stand in one cell; what has names of its own (body parts of an examination,
entries of a dictionary) has a sheet of its own, whose first column names whom it belongs to.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from yiji.booking.exchange.cells import guarded, write_cell
from yiji.core.contract.catalogue import (
    BodyPart,
    Calendar,
    Campus,
    Catalogue,
    Closure,
    Department,
    Device,
    Dictionary,
    Entry,
    Exam,
    Room,
    StaffGroup,
)
from yiji.core.message import Value

SHEETS: dict[str, type[Value]] = {
    "campuses": Campus,
    "departments": Department,
    "rooms": Room,
    "devices": Device,
    "staff": StaffGroup,
    "exams": Exam,
    "calendars": Calendar,
    "closures": Closure,
    "dictionaries": Dictionary,
}
# Sheet -> the sheet that it belongs to, the field there, the column that names the owner, and what a row is.
BELOW: dict[str, tuple[str, str, str, type[Value]]] = {
    "body_parts": ("exams", "body_parts", "exam", BodyPart),
    "dictionary_entries": ("dictionaries", "entries", "dictionary", Entry),
}
PARAMETERS = "parameters"


def columns(sheet: str) -> list[str]:
    """Return the columns of a sheet."""
    if sheet == PARAMETERS:
        return ["name", "value"]
    if sheet in BELOW:
        _, _, owner, model = BELOW[sheet]
        return [owner, *model.model_fields]
    return [name for name in SHEETS[sheet].model_fields if name not in _apart(sheet)]


def _apart(sheet: str) -> set[str]:
    return {field for above, field, _, _ in BELOW.values() if above == sheet}


def to_sheets(catalogue: Catalogue) -> dict[str, bytes]:
    """Return all sheets by file name; a part without entries has its headings only."""
    plain = catalogue.model_dump()
    sheets = {sheet: _rows(plain[sheet], columns(sheet)) for sheet in SHEETS}
    for sheet, (above, field, owner, _) in BELOW.items():
        below = [{owner: entry["code"], **row} for entry in plain[above] for row in entry[field]]
        sheets[sheet] = _rows(below, columns(sheet))
    told: Mapping[str, Any] = plain[PARAMETERS] or {}
    sheets[PARAMETERS] = ([name, write_cell(name, value)] for name, value in told.items())
    return {f"{sheet}.csv": _sheet(columns(sheet), rows) for sheet, rows in sheets.items()}


def _rows(entries: Iterable[Mapping[str, Any]], names: list[str]) -> Iterator[list[str]]:
    for entry in entries:
        yield [write_cell(name, entry[name]) for name in names]


def _sheet(names: list[str], rows: Iterable[list[str]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(names)
    writer.writerows([guarded(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")
