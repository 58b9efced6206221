"""The audit: a plain leaf in the business transaction, chained afterwards.

One sealer a site gives the committed leaves their positions and computes ``digest = SM3(previous digest + leaf)``
(GB/T 32905, recalled), so that the chain is never a lock on the hot path. The newest digest is also appended to a file
beside the database (`audit/heads.log`), so that cutting off the chain's end is seen as well.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from json.encoder import encode_basestring
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select, text

from yiji.core import clock
from yiji.core.errors import AuditBroken
from yiji.core.store.ask import Asked
from yiji.core.store.bulk import Writes, update_rows
from yiji.core.store.tables import AuditRow

START = bytes(32)
_LOCK = 0x79694A61  # advisory lock of the sealer
_AUDIT = AuditRow.table()

_ALONE = Asked(f"SELECT pg_try_advisory_xact_lock({_LOCK}) AS alone")
_HEAD = Asked("SELECT position, digest FROM core_audit WHERE position IS NOT NULL ORDER BY position DESC LIMIT 1")
_WAITING = Asked("""
    SELECT seq, at, actor, message, subject, outcome, body_hash
    FROM core_audit WHERE position IS NULL ORDER BY seq LIMIT %(limit)s
""")


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What a verification found."""

    sealed: int
    waiting: int
    head: str


def add(writes: Writes, leaves: list[dict[str, Any]]) -> None:
    """Write leaves: actor, message, subject, outcome, body_hash."""
    if leaves:
        now = clock.now()
        writes.insert(_AUDIT, [{**leaf, "at": now} for leaf in leaves])


def _digest(previous: bytes, row: Any) -> bytes:
    """Return the leaf's digest: the one before it, and the leaf as JSON, byte for byte as `json.dumps` writes it."""
    at = row.at.astimezone(UTC).isoformat()
    texts = (at, row.actor, row.message, row.subject, row.outcome, row.body_hash.hex())
    digest = _empty().copy()
    digest.update(previous + f"[{row.seq}, {', '.join(map(encode_basestring, texts))}]".encode())
    return digest.digest()


@cache
def _empty() -> Any:
    """Return SM3 of nothing yet: a copy costs less than another look for the algorithm."""
    return hashlib.new("sm3")


def seal(db: Connection, root: Path, limit: int = 5000) -> int:
    """Chain committed leaves that wait; return how many. Another sealer at work makes this one return 0."""
    if not _ALONE.all(db)[0].alone:
        return 0
    waiting = _WAITING.all(db, limit=limit)
    if not waiting:
        return 0
    newest = _HEAD.all(db)
    position, digest = newest[0] if newest else (0, START)
    places: list[dict[str, Any]] = []
    for row in waiting:
        position, digest = position + 1, _digest(digest, row)
        places.append({"seq": row.seq, "position": position, "digest": digest})
    update_rows(db, _AUDIT, "seq", places)
    _tell_head(root, position, digest)
    return len(places)


def _tell_head(root: Path, position: int, digest: bytes) -> None:
    path = heads_file(root)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="ascii") as file:
        file.write(f"{position} {digest.hex()} {datetime.now(UTC).isoformat(timespec='milliseconds')}\n")


def heads_file(root: Path) -> Path:
    """Return the file of the chain's heads."""
    return root / "audit" / "heads.log"


def _heads(root: Path) -> Iterator[tuple[int, str]]:
    path = heads_file(root)
    if path.is_file():
        for line in path.read_text("ascii").splitlines():
            position, digest, _ = line.split()
            yield int(position), digest


def verify(db: Connection, root: Path) -> AuditReport:
    """Walk the whole chain; raises `AuditBroken` at the first leaf that is altered or missing."""
    heads = dict(_heads(root))
    position, digest = 0, START
    chained = select(_AUDIT).where(_AUDIT.c.position.is_not(None)).order_by(_AUDIT.c.position)
    for row in db.execution_options(yield_per=1000).execute(chained):
        position += 1
        digest = _digest(digest, row)
        if row.position != position:
            raise AuditBroken(seq=position, detail="a leaf is missing")
        if digest != row.digest or heads.pop(position, digest.hex()) != digest.hex():
            raise AuditBroken(seq=row.seq, detail="a leaf was altered")
    if any(told > position for told in heads) and max(heads) - position > _uncommitted(db):
        raise AuditBroken(seq=position + 1, detail="the end of the chain was cut off")
    waiting = db.execute(select(func.count()).select_from(_AUDIT).where(_AUDIT.c.position.is_(None))).scalar_one()
    return AuditReport(position, waiting, digest.hex())


def _uncommitted(db: Connection) -> int:
    """A sealer tells its head before its COMMIT; a crash between leaves leaves that still wait."""
    return db.execute(text("SELECT count(*) FROM core_audit WHERE position IS NULL")).scalar_one()
