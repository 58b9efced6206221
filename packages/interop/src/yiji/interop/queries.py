"""ListMessages, ShowMessage, ListDelivered."""

from sqlalchemy import select, union_all

from yiji.core.actor import Actor
from yiji.core.contract.delivery import (
    DeliveredResult,
    ListDelivered,
    ListDeliveredResult,
    ListMessages,
    ListMessagesResult,
    MessageBody,
    ShowMessage,
)
from yiji.core.errors import NotFound
from yiji.core.store.db import Tx
from yiji.interop.handlers import raw_message
from yiji.interop.tables import MessageRow, ResultRow

_MESSAGE, _RESULT = MessageRow.table(), ResultRow.table()


def list_messages(tx: Tx, query: ListMessages, actor: Actor) -> ListMessagesResult:
    """Return messages that came in, newest first."""
    wanted = select(_MESSAGE).order_by(_MESSAGE.c.received_at.desc(), _MESSAGE.c.id.desc()).limit(query.limit)
    if query.state is not None:
        wanted = wanted.where(_MESSAGE.c.state == query.state.value)
    return ListMessagesResult(messages=tuple(raw_message(row) for row in tx.db.execute(wanted).mappings()))


def show_message(tx: Tx, query: ShowMessage, actor: Actor) -> MessageBody:
    """Return a message's bytes; only of what came in or went out, not of any blob."""
    known = union_all(
        select(_MESSAGE.c.sha256).where((_MESSAGE.c.id == query.id) | (_MESSAGE.c.sha256 == query.id)),
        select(_RESULT.c.blob).where(_RESULT.c.blob == query.id),
    )
    sha256 = tx.db.execute(known.limit(1)).scalar()
    if sha256 is None:
        raise NotFound(what="message", id=query.id)
    return MessageBody(sha256=sha256, raw=tx.blobs.get(sha256))


def list_delivered(tx: Tx, query: ListDelivered, actor: Actor) -> ListDeliveredResult:
    """Return what the peers have acknowledged, newest first."""
    columns = [column for column in _RESULT.c if column.name != "id"]
    wanted = select(*columns).order_by(_RESULT.c.delivered_at.desc()).limit(query.limit)
    if query.report_id:
        wanted = wanted.where(_RESULT.c.report_id == query.report_id)
    return ListDeliveredResult(delivered=tuple(DeliveredResult(**row) for row in tx.db.execute(wanted).mappings()))
