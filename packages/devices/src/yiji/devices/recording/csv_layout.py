"""How a CSV's columns are described: a small TOML beside the file, or as comments at its head. See docs/ecg-formats.md.

fs = 500                    # samples a second; must be there
leads = ["I", "II", ""]     # a name a column, "" for one that is no lead; must be there
unit = "mV"                 # mV, uV or V
scale = 1.0                 # or one a lead: a value times scale is in `unit`
offset = 0.0                # or one a lead, added after scaling, in `unit`
delimiter = ","
skip = 1                    # lines before the first sample, comments not counted
decimal = "."
start = 2026-03-02T09:30:00 # of the first sample; without a zone it is the device's wall clock
"""

import tomllib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from yiji.devices.errors import BadLayout
from yiji.devices.recording.sniff import is_csv

MARK, END = "# yiji-csv 1", "# ---"
_UNITS = {"mV": 1.0, "uV": 1e-3, "V": 1e3}
_FACTS = ("manufacturer", "model", "serial", "patient_id", "patient_name", "accession_number")
_MOST_LINES = 1000
_KEYS = {"fs", "leads", "unit", "scale", "offset", "delimiter", "skip", "decimal", "start", "notes", *_FACTS}


@dataclass(frozen=True)
class Layout:
    """A CSV's description; `scale` and `offset` bring a value to mV, one a lead."""

    fs: float
    leads: tuple[str, ...]
    scale: tuple[float, ...]
    offset: tuple[float, ...]
    delimiter: str
    skip: int
    decimal: str
    start: datetime | None
    notes: tuple[str, ...]
    facts: dict[str, Any]


def beside(path: Path) -> Path | None:
    """Return the description that lies beside a CSV: NAME.csv.toml or NAME.toml."""
    candidates = (path.with_name(f"{path.name}.toml"), path.with_suffix(".toml"))
    return next((one for one in candidates if one != path and one.is_file()), None)


def with_layout(data: bytes, path: Path, layout: Path | None = None) -> bytes:
    """Put the layout at the head of a CSV's bytes, so that it describes itself; other bytes stay as they are.

    `layout`: where it lies, if not beside the file at `path`. Raises `BadLayout`.
    """
    named = layout or beside(path)
    if named is None or is_csv(data) or b"\0" in data[:1024]:
        return data
    told = named.read_text("utf-8")
    parsed(told, str(named))
    commented = "\n".join(f"# {line}" for line in told.splitlines())
    return f"{MARK}\n{commented}\n{END}\n".encode() + data


def head(text: str) -> tuple[str, int]:
    """Return the layout at a CSV's head as TOML, and how many lines it takes; `ValueError` if it has no end."""
    lines = [line.rstrip("\r") for line in text.split("\n", _MOST_LINES)[:_MOST_LINES]]
    if END not in lines:
        raise ValueError(f"no line {END!r} after the layout")
    end = lines.index(END)
    return "\n".join(line.removeprefix("#").removeprefix(" ") for line in lines[1:end]), end + 1


def parsed(text: str, file: str) -> Layout:
    """Read a layout's TOML; raises `BadLayout`."""
    try:
        told = tomllib.loads(text)
        unknown = sorted(set(told) - _KEYS)
        if unknown:
            raise ValueError(f"unknown: {', '.join(unknown)}")
        return _layout(told)
    except KeyError as fault:
        raise BadLayout(file=file, detail=f"{fault.args[0]} missing") from fault
    except (ValueError, TypeError) as fault:
        raise BadLayout(file=file, detail=str(fault)[:200]) from fault


def _layout(told: dict[str, Any]) -> Layout:
    leads, unit = tuple(str(lead) for lead in told["leads"]), str(told.get("unit", "mV"))
    if unit not in _UNITS:
        raise ValueError(f"unit {unit}")
    start = told.get("start")
    if start is not None and not isinstance(start, datetime):
        raise ValueError(f"start {start}")
    return Layout(
        float(told["fs"]),
        leads,
        _each(told.get("scale", 1.0), leads, _UNITS[unit]),
        _each(told.get("offset", 0.0), leads, _UNITS[unit]),
        _character(told.get("delimiter", ",")),
        int(told.get("skip", 0)),
        _character(told.get("decimal", ".")),
        start,
        tuple(str(note) for note in told.get("notes", ())),
        {key: str(told[key]) for key in _FACTS if key in told},
    )


def _each(told: Any, leads: tuple[str, ...], unit: float) -> tuple[float, ...]:
    """Return a number a column: one for all, or as many as there are."""
    values = [float(one) for one in cast("list[Any]", told)] if isinstance(told, list) else [float(told)] * len(leads)
    if len(values) != len(leads):
        raise ValueError(f"{len(values)} numbers for {len(leads)} leads")
    return tuple(value * unit for value in values)


def _character(told: Any) -> str:
    if not isinstance(told, str) or len(told) != 1:
        raise ValueError(f"{told!r} is not one character")
    return told
