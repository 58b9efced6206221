"""The lock of field numbers: what once was published keeps its number for ever.

``numbers.json`` maps a message's or enum's full name to its fields (or values), each with number and type, and to the
numbers that are gone. A new field gets the next number that was never used; one whose type changed is gone and new.
What a plugin publishes is not in our lock and is numbered in its own order: there, add fields at the end.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files

FILE = "numbers.json"


@dataclass
class Entry:
    """One message or enum: name -> (number, type), and the numbers and names that must not come back."""

    fields: dict[str, tuple[int, str]] = field(default_factory=dict[str, tuple[int, str]])
    gone: dict[int, str] = field(default_factory=dict[int, str])

    def next_number(self) -> int:
        """Return the first number after all that were ever used; 19000 to 19999 are protobuf's own."""
        used = max([number for number, _ in self.fields.values()] + list(self.gone), default=0)
        return 20000 if used == 18999 else used + 1

    def renew(self, now: Mapping[str, str]) -> "Entry":
        """Return the entry for the fields that are there now (name -> type)."""
        gone = self.gone | {n: name for name, (n, kind) in self.fields.items() if now.get(name) != kind}
        after = Entry({name: kept for name, kept in self.fields.items() if now.get(name) == kept[1]}, gone)
        for name, kind in now.items():
            if name not in after.fields:
                after.fields[name] = (after.next_number(), kind)
        return after


Lock = dict[str, Entry]


def parse(text: str) -> Lock:
    """Read a lock from its JSON."""
    raw = json.loads(text)
    return {
        name: Entry(
            {key: (number, kind) for key, (number, kind) in told["fields"].items()},
            {int(number): key for number, key in told.get("gone", {}).items()},
        )
        for name, told in raw.items()
    }


def _block(values: Mapping[str, object]) -> str:
    return ",\n".join(f"   {json.dumps(name)}: {json.dumps(value)}" for name, value in values.items())


def _entry_text(entry: Entry) -> str:
    told = f'{{\n  "fields": {{\n{_block(entry.fields)}\n  }}' if entry.fields else '{\n  "fields": {}'
    if entry.gone:
        told += f',\n  "gone": {{\n{_block({str(number): name for number, name in entry.gone.items()})}\n  }}'
    return told + "\n }"


def dump(lock: Lock) -> str:
    """Write a lock as JSON, one field a line, so that a change of it reads well."""
    entries = ",\n".join(f" {json.dumps(name)}: {_entry_text(entry)}" for name, entry in sorted(lock.items()))
    return f"{{\n{entries}\n}}\n"


def committed() -> Lock:
    """Return the lock as it is committed; empty where there is none."""
    path = files("yiji.core.rpc").joinpath(FILE)
    return parse(path.read_text("utf-8")) if path.is_file() else {}
