"""Sheets (CSV) back into the catalogue; every fault is told with its file and line."""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

from pydantic import ValidationError

from yiji.booking.exchange.cells import TEXTS, read_cell, unguarded
from yiji.booking.exchange.faults import bad_file, told
from yiji.booking.exchange.sheets import BELOW, PARAMETERS, SHEETS, columns
from yiji.core.contract.catalogue import Catalogue, Parameters
from yiji.core.message import Value

ENCODINGS = ("utf-8-sig", "gb18030")  # what Excel writes as "CSV UTF-8", and as "CSV" on a Chinese system


@dataclass
class Reading:
    """The rows of all sheets, and what is wrong with them."""

    faults: list[str] = field(default_factory=list[str])
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict[str, list[dict[str, Any]]])

    def take(self, sheet: str, name: str, raw: bytes) -> None:
        """Read one sheet."""
        model = BELOW[sheet][3] if sheet in BELOW else SHEETS.get(sheet)
        self.rows[sheet] = []
        try:
            for line, cells in _lines(raw, columns(sheet)):
                row, wrong = _values(cells, model)
                self.faults += [f"{name}:{line} {fault}" for fault in wrong]
                if not wrong:
                    self.rows[sheet].append({"": f"{name}:{line}", **row})
        except (ValueError, csv.Error) as fault:
            self.faults.append(f"{name}: {fault}")


def from_sheets(files: Mapping[str, bytes]) -> Catalogue:
    """Return what the sheets (by file name) say; a sheet that is missing tells nothing. Raises `BadFile`."""
    reading = Reading()
    for name, raw in files.items():
        sheet = PurePath(name).stem.lower()
        if sheet in SHEETS or sheet in BELOW or sheet == PARAMETERS:
            reading.take(sheet, name, raw)
        else:
            reading.faults.append(f"{name}: {', '.join([*SHEETS, *BELOW, PARAMETERS])}")
    _nest(reading)
    parts = {sheet: _entries(reading, sheet, model) for sheet, model in SHEETS.items()}
    parameters = _parameters(reading)
    if reading.faults:
        raise bad_file(", ".join(sorted({fault.split(":")[0] for fault in reading.faults})), reading.faults)
    return Catalogue.model_validate({**parts, "parameters": parameters})


def _decoded(raw: bytes) -> str:
    for encoding in ENCODINGS:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ValueError("UTF-8, GB18030")


def _lines(raw: bytes, known: list[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the rows with their lines; raises ValueError for a heading that nobody knows."""
    text = _decoded(raw)
    heading = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=heading.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    names = [name.strip() for name in next(rows, list[str]())]
    strange = [name for name in names if name not in known] or [name for name in names if names.count(name) > 1]
    if strange:
        raise ValueError(f"{strange[0]!r} ({', '.join(known)})")
    for row in rows:
        if any(cell.strip() for cell in row):
            if len(row) > len(names) and any(row[len(names) :]):
                raise ValueError(f"line {rows.line_num}: {len(row)} > {len(names)}")
            yield rows.line_num, dict(zip(names, map(unguarded, row), strict=False))


def _values(cells: dict[str, str], model: type[Value] | None) -> tuple[dict[str, Any], list[str]]:
    """Return a row's values and what is wrong with it; an empty cell is left out where there is a default."""
    row: dict[str, Any] = {}
    faults: list[str] = []
    for name, cell in cells.items():
        info = model.model_fields.get(name) if model else None
        if not cell.strip() and not (cell and name in TEXTS) and (info is None or not info.is_required()):
            continue
        try:
            row[name] = read_cell(name, cell)
        except (ValueError, csv.Error) as fault:
            reason = told(fault)[0] if isinstance(fault, ValidationError) else str(fault)
            faults.append(f"{name}: {reason}")
    return row, faults


def _nest(reading: Reading) -> None:
    """Hang body parts and dictionary entries on whom they belong to."""
    for sheet, (above, name, owner, _) in BELOW.items():
        owners = {row.get("code"): row for row in reading.rows.get(above, ())}
        for row in reading.rows.get(sheet, ()):
            where, code = row.pop(""), row.pop(owner, "")
            if code in owners:
                owners[code].setdefault(name, []).append(row)
            else:
                reading.faults.append(f"{where} {owner}: {code!r}")


def _entries(reading: Reading, sheet: str, model: type[Value]) -> list[Value]:
    entries: list[Value] = []
    for row in reading.rows.get(sheet, ()):
        where = row.pop("")
        try:
            entries.append(model.model_validate(row))
        except ValidationError as fault:
            reading.faults += [f"{where} {line}" for line in told(fault, row)]
    return entries


def _parameters(reading: Reading) -> Parameters | None:
    rows = reading.rows.get(PARAMETERS)
    if not rows:
        return None
    try:
        values = {row["name"]: read_cell(row["name"], row.get("value", "")) for row in rows if "name" in row}
        return Parameters.model_validate(values)
    except ValidationError as fault:
        reading.faults += [f"{PARAMETERS}.csv {line}" for line in told(fault)]
    except ValueError as fault:
        reading.faults.append(f"{PARAMETERS}.csv: {fault}")
    return None
