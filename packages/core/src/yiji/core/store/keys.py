"""Idempotency: the same key gives the same answer, the same key with another body is an error.

Only what was done is remembered: a refusal changed nothing, so asking again asks afresh. Keys belong to their actor.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, insert, select

from yiji.core.store.match import pair_of
from yiji.core.store.tables import KeyRow

_KEY = KeyRow.table()
Known = dict[tuple[str, str], tuple[bytes, str]]


def look_up(db: Connection, wanted: Sequence[tuple[str, str]]) -> Known:
    """Return (actor, key) -> (hash of the body, answer as JSON) for the keys that are known."""
    rows = db.execute(
        select(_KEY.c.actor, _KEY.c.key, _KEY.c.body_hash, _KEY.c.answer).where(
            pair_of(_KEY.c.actor, _KEY.c.key, wanted)
        )
    )
    return {(actor, key): (body_hash, answer) for actor, key, body_hash, answer in rows}


def remember(db: Connection, rows: list[dict[str, Any]]) -> None:
    """Keep answers. A key that another process kept meanwhile raises IntegrityError: the bus runs the batch again."""
    if rows:
        db.execute(insert(_KEY), rows)
