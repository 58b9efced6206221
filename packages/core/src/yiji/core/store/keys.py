"""Idempotency: the same key gives the same answer, the same key with another body is an error.

Only what was done is remembered: a refusal changed nothing, so asking again asks afresh. Keys belong to their actor.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from yiji.core.store.ask import Asked
from yiji.core.store.bulk import Writes, to_told
from yiji.core.store.tables import KeyRow

_KEY = KeyRow.table()
Known = dict[tuple[str, str], tuple[bytes, str]]

# LIMIT keeps it a walk along the index whatever PostgreSQL believes of the number of rows.
_KNOWN = Asked("""
    SELECT wanted.actor, wanted.key, kept.body_hash, kept.answer
    FROM json_to_recordset(%(wanted)s::json) AS wanted(actor text, key text)
    CROSS JOIN LATERAL (
        SELECT body_hash, answer FROM core_key WHERE actor = wanted.actor AND key = wanted.key LIMIT 1
    ) AS kept
""")


def look_up(db: Connection, wanted: Sequence[tuple[str, str]]) -> Known:
    """Return (actor, key) -> (hash of the body, answer as JSON) for the keys that are known."""
    if not wanted:
        return {}
    told = to_told([{"actor": actor, "key": key} for actor, key in wanted])
    return {(actor, key): (body_hash, answer) for actor, key, body_hash, answer in _KNOWN.all(db, wanted=told)}


def remember(writes: Writes, rows: list[dict[str, Any]]) -> None:
    """Keep answers. A key that another process kept meanwhile raises UniqueViolation: the bus runs the batch again."""
    writes.insert(_KEY, rows)
