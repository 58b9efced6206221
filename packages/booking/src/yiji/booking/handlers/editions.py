"""Editions of the master data: one row is locked first, only what changed is written, and the whole is kept."""

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Table, delete, select, update

from yiji.booking.queries.catalogue import CURRENT, EDITION, KIND, TABLES
from yiji.booking.rules.catalogue import PARTS, code_of, entries, gone, makers
from yiji.booking.tables import ClosureRow
from yiji.core import clock
from yiji.core.contract.catalogue import Catalogue, Closure, Part
from yiji.core.message import Value
from yiji.core.store.bulk import insert_rows
from yiji.core.store.db import Tx
from yiji.core.store.match import one_of

CLOSURE = ClosureRow.table()


def lock_current(tx: Tx) -> int:
    """Lock the editions in force and return the catalogue's: whoever changes master data or opens slots comes first
    through here, so that they see one another's work."""
    return tx.db.execute(select(CURRENT.c.catalogue).with_for_update()).scalar_one()


def write(tx: Tx, number: int, old: Catalogue, new: Catalogue, actor: str, note: str) -> None:
    """Write what changed from edition `number` to the next, and the next edition whole."""
    lost = gone(old, new)
    for part in PARTS:
        _upsert(tx, TABLES[part][1], _changed_rows(part, old, new))
    for part in reversed(PARTS):
        _take_out(tx, part, old, lost.get(part, ()))
    body = new.model_dump(mode="json")
    row: dict[str, Any] = {
        "kind": KIND,
        "number": number + 1,
        "at": clock.now(),
        "actor": actor,
        "note": note,
        "sha256": _digest(body),
        "body": body,
    }
    insert_rows(tx.db, EDITION, [row])
    tx.db.execute(update(CURRENT).values(catalogue=number + 1, parameters=body["parameters"]))


def _digest(body: dict[str, Any]) -> str:
    """Return the SHA-256 of a document in its one canonical form: sorted keys, no blanks, UTF-8."""
    told = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(told.encode()).hexdigest()


def _changed_rows(part: Part, old: Catalogue, new: Catalogue) -> list[dict[str, Any]]:
    """Return the rows of a part that are new or other than before; a device that comes or goes changes makers too."""
    known = {row["code"]: row for row in _rows(part, old)}
    changed = [row for row in _rows(part, new) if row != known.get(row["code"])]
    return [{key: row[key] for key in row if key in TABLES[part][1].c} for row in changed]


def _rows(part: Part, catalogue: Catalogue) -> Iterable[dict[str, Any]]:
    made_by = makers(catalogue) if part is Part.EXAMS else {}
    table = TABLES[part][1]
    for entry in entries(catalogue, part):
        row = {**entry.model_dump(), "code": code_of(entry)}
        if "makers" in table.c:
            row["makers"] = made_by[row["code"]]
        if "retired" in table.c:
            row["retired"] = False
        yield row


def _upsert(tx: Tx, table: Table, rows: list[dict[str, Any]]) -> None:
    keys = [column.name for column in table.primary_key.columns]
    others = [column.name for column in table.columns if column.name not in keys]
    changed = ", ".join(f"{name} = excluded.{name}" for name in others)
    insert_rows(tx.db, table, rows, f"({', '.join(keys)}) DO UPDATE SET {changed}")


def _take_out(tx: Tx, part: Part, old: Catalogue, codes: tuple[str, ...]) -> None:
    """Take entries out: what appointments or tickets of the past may name is only retired."""
    table = TABLES[part][1]
    if not codes:
        return
    if part is Part.CLOSURES:
        _open_again(tx, [entry for entry in old.closures if code_of(entry) in codes])
    elif "retired" in table.c:
        values: dict[str, Any] = {"retired": True} | ({"makers": []} if "makers" in table.c else {})
        tx.db.execute(update(table).where(one_of(table.c.code, codes)).values(values))
    else:
        tx.db.execute(delete(table).where(one_of(table.c.code, codes)))


def _open_again(tx: Tx, closures: Iterable[Closure | Value]) -> None:
    names = [column.name for column in CLOSURE.primary_key.columns]
    for closure in closures:
        tx.db.execute(delete(CLOSURE).where(*(CLOSURE.c[name] == getattr(closure, name) for name in names)))
