"""BlockPatient, AppealBlock, SettleAppeal: the blacklist 黑名单, and how one gets off it.

active -> appealed -> active (upheld, for good) or lifted; a block that nobody appealed against may be lifted too.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from yiji.booking.errors import NotYours, WrongState
from yiji.booking.queries.blocks import block_of, blocks_query
from yiji.booking.queries.standing import standing, stands_for
from yiji.booking.tables import BlockRow
from yiji.core import clock, ids
from yiji.core.actor import Actor
from yiji.core.contract.patient import AppealBlock, Block, BlockPatient, BlockState, PatientBlocked, SettleAppeal
from yiji.core.errors import NotFound, YijiError
from yiji.core.job import Job
from yiji.core.store.db import Tx

_BLOCK = BlockRow.table()


def block_patient(tx: Tx, jobs: Sequence[Job[BlockPatient]]) -> list[Block | YijiError]:
    """Close booking to patients; a merged record's block is that of the record that stands for it."""
    return [_refusable(_block, tx, job) for job in jobs]


def appeal_block(tx: Tx, jobs: Sequence[Job[AppealBlock]]) -> list[Block | YijiError]:
    """Object to blocks; with a patient's own token to his own only."""
    return [_refusable(_appeal, tx, job) for job in jobs]


def settle_appeal(tx: Tx, jobs: Sequence[Job[SettleAppeal]]) -> list[Block | YijiError]:
    """Decide appeals, or lift blocks."""
    return [_refusable(_settle, tx, job) for job in jobs]


def _refusable(act: Any, tx: Tx, job: Job[Any]) -> Block | YijiError:
    try:
        return act(tx, job)
    except YijiError as refusal:
        return refusal


def _block(tx: Tx, job: Job[BlockPatient]) -> Block:
    command = job.command
    return close_booking(tx, job, stands_for(tx.db, command.patient_id), command.reason, command.days)


def close_booking(tx: Tx, job: Job[Any], patient_id: str, reason: str, days: int) -> Block:
    """Close booking by himself to a patient, and tell the house."""
    block_id, now = ids.new("blk"), clock.now()
    row = {"id": block_id, "patient_id": patient_id, "reason": reason, "since": now}
    until = now + timedelta(days=days)
    told = {"state": BlockState.ACTIVE.value, "appeal": "", "decision": ""}
    tx.db.execute(insert(_BLOCK).values(**row, until=until, **told))
    block = _told(tx.db, block_id)
    job.emit(PatientBlocked(patient_id=patient_id, block=block))
    return block


def _told(db: Connection, block_id: str) -> Block:
    return block_of(db.execute(blocks_query().where(_BLOCK.c.id == block_id)).one())


def _locked(db: Connection, block_id: str) -> Row[Any]:
    row = db.execute(select(_BLOCK).where(_BLOCK.c.id == block_id).with_for_update()).first()
    if row is None:
        raise NotFound(what="block", id=block_id)
    return row


def _appeal(tx: Tx, job: Job[AppealBlock]) -> Block:
    row = _locked(tx.db, job.command.block_id)
    _check_own(tx.db, job.actor, row.patient_id)
    if row.state != BlockState.ACTIVE:
        raise WrongState(what="block", id=row.id, state=row.state)
    if row.decision:
        raise WrongState(what="block", id=row.id, state="settled")
    if row.until <= clock.now():
        raise WrongState(what="block", id=row.id, state="over")
    return _change(tx.db, row.id, state=BlockState.APPEALED.value, appeal=job.command.text)


def _check_own(db: Connection, actor: Actor, patient_id: str) -> None:
    """Raise `NotYours` when a patient's own token is for somebody else; a merged record's token serves who stands."""
    if "patient" not in actor.roles and not actor.patient:
        return
    stands = standing(db, [actor.patient], lock=False) if actor.patient else {}
    if stands.get(actor.patient) != patient_id:
        raise NotYours


def _settle(tx: Tx, job: Job[SettleAppeal]) -> Block:
    command = job.command
    row = _locked(tx.db, command.block_id)
    open_states = (BlockState.APPEALED, BlockState.ACTIVE) if command.lift else (BlockState.APPEALED,)
    if row.state not in open_states:
        raise WrongState(what="block", id=row.id, state=row.state)
    state = BlockState.LIFTED if command.lift else BlockState.ACTIVE
    return _change(tx.db, row.id, state=state.value, decision=command.decision)


def _change(db: Connection, block_id: str, **values: str) -> Block:
    db.execute(update(_BLOCK).where(_BLOCK.c.id == block_id).values(values))
    return _told(db, block_id)
