"""What changed from one edition of the master data to another."""

from collections.abc import Iterator
from typing import Any

from yiji.booking.exchange.cells import write_cell, write_list
from yiji.booking.rules.catalogue import PARTS, code_of, entries
from yiji.core.contract.catalogue import Catalogue, Parameters
from yiji.core.message import Value

ADDED, REMOVED = "+", "-"


class Difference(Value):
    """One difference: a whole entry (`field` is + or -), or a field of an entry that both have."""

    part: str
    code: str
    field: str
    before: str = ""
    after: str = ""


def differences(old: Catalogue, new: Catalogue) -> list[Difference]:
    """Return what changed, part by part and code by code."""
    found: list[Difference] = []
    for part in PARTS:
        before = {code_of(entry): entry for entry in entries(old, part)}
        after = {code_of(entry): entry for entry in entries(new, part)}
        for code in sorted({*before, *after}):
            found += _between(part.value, code, before.get(code), after.get(code))
    parameters = old.parameters or Parameters(), new.parameters or Parameters()
    return [*found, *_fields("parameters", "", *parameters)]


def _between(part: str, code: str, old: Value | None, new: Value | None) -> Iterator[Difference]:
    if old is None:
        yield Difference(part=part, code=code, field=ADDED, after=_named(new))
    elif new is None:
        yield Difference(part=part, code=code, field=REMOVED, before=_named(old))
    else:
        yield from _fields(part, code, old, new)


def _named(entry: Value | None) -> str:
    return str(getattr(entry, "name", ""))


def _fields(part: str, code: str, old: Value, new: Value) -> Iterator[Difference]:
    before, after = old.model_dump(), new.model_dump()
    for field, value in after.items():
        if value != before[field]:
            yield Difference(
                part=part, code=code, field=field, before=_cell(field, before[field]), after=_cell(field, value)
            )


def _cell(field: str, value: Any) -> str:
    if field in ("body_parts", "entries"):
        return write_list([" ".join(str(told) for told in row.values() if told != "") for row in value])
    return write_cell(field, value)
