"""ListWaits: who waits for a place, in the order in which they are served."""

from typing import Any

from sqlalchemy import ColumnElement, and_, case, select

from yiji.booking.loading.names import EXAM, PATIENT
from yiji.booking.tables import WaitRow
from yiji.core.actor import Actor
from yiji.core.contract.booking import ListWaits, ListWaitsResult, Wait
from yiji.core.store.db import Tx

WAIT = WaitRow.table()
_URGENCY = case((WAIT.c.priority == "stat", 0), (WAIT.c.priority == "urgent", 1), else_=2)
_JOINED = WAIT.join(PATIENT, PATIENT.c.id == WAIT.c.patient_id).join(EXAM, EXAM.c.code == WAIT.c.exam_code)


def told_waits(tx: Tx, where: ColumnElement[bool], limit: int) -> tuple[Wait, ...]:
    """Return wishes as the contract tells them."""
    query = select(WAIT, PATIENT.c.name.label("patient_name"), EXAM.c.name.label("exam_name")).select_from(_JOINED)
    rows = tx.db.execute(query.where(where).order_by(_URGENCY, WAIT.c.since, WAIT.c.id).limit(limit))
    return tuple(_told(dict(row)) for row in rows.mappings())


def _told(row: dict[Any, Any]) -> Wait:
    del row["priority"]
    return Wait(**row)


def list_waits(tx: Tx, query: ListWaits, actor: Actor) -> ListWaitsResult:
    """Return wishes; a patient sees his own."""
    where: list[ColumnElement[bool]] = []
    if query.state is None:
        where.append(WAIT.c.state.in_(("waiting", "offered")))
    else:
        where.append(WAIT.c.state == query.state.value)
    if query.exam_code:
        where.append(WAIT.c.exam_code == query.exam_code)
    patient = actor.patient or query.patient_id
    if patient:
        where.append(WAIT.c.patient_id == patient)
    return ListWaitsResult(waits=told_waits(tx, and_(*where), query.limit))
