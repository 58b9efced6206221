"""To whom booking by himself is closed 黑名单, in one statement for many."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from yiji.booking.tables import BlockRow
from yiji.core import clock
from yiji.core.store.match import one_of

_BLOCK = BlockRow.table()
HOLDING = ("active", "appealed")  # an appeal does not lift a block


@dataclass(frozen=True, slots=True)
class BlockFacts:
    """A block in force, and when it ends by itself."""

    id: str
    until: datetime


def blocked(db: Connection, patient_ids: Iterable[str]) -> dict[str, BlockFacts]:
    """Return patient id -> the block in force that ends last; who is not blocked is left out."""
    query = (
        select(_BLOCK.c.patient_id, _BLOCK.c.id, _BLOCK.c.until)
        .where(one_of(_BLOCK.c.patient_id, sorted(set(patient_ids))))
        .where(_BLOCK.c.state.in_(HOLDING), _BLOCK.c.until > clock.now())
        .order_by(_BLOCK.c.until)
    )
    return {row.patient_id: BlockFacts(row.id, row.until) for row in db.execute(query)}
