"""Blocks as they are told: ListBlocks."""

from typing import Any

from sqlalchemy import Row, Select, select

from yiji.booking.queries.standing import standing
from yiji.booking.tables import BlockRow, PatientRow
from yiji.core.actor import Actor
from yiji.core.contract.patient import Block, ListBlocks, ListBlocksResult
from yiji.core.store.db import Tx

_BLOCK, _PATIENT = BlockRow.table(), PatientRow.table()


def blocks_query() -> Select[*tuple[Any, ...]]:
    """Return the statement that reads blocks with their patients' names."""
    joined = _BLOCK.join(_PATIENT, _PATIENT.c.id == _BLOCK.c.patient_id)
    return select(_BLOCK, _PATIENT.c.name.label("patient_name")).select_from(joined)


def block_of(row: Row[Any]) -> Block:
    """Return the block of such a row."""
    return Block.model_validate(dict(row._mapping))  # pyright: ignore[reportPrivateUsage]


def list_blocks(tx: Tx, query: ListBlocks, actor: Actor) -> ListBlocksResult:
    """Return blocks, newest first."""
    wanted = blocks_query().order_by(_BLOCK.c.since.desc(), _BLOCK.c.id.desc()).limit(query.limit)
    if query.patient_id:
        stands = standing(tx.db, [query.patient_id], lock=False)
        wanted = wanted.where(_BLOCK.c.patient_id == stands.get(query.patient_id, ""))
    if query.state:
        wanted = wanted.where(_BLOCK.c.state == query.state.value)
    return ListBlocksResult(blocks=tuple(block_of(row) for row in tx.db.execute(wanted)))
