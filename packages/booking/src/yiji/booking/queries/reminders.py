"""ListReminders: what went out, what failed, what hangs half-way."""

from sqlalchemy import RowMapping, select

from yiji.booking.tables import ReminderRow
from yiji.core.actor import Actor
from yiji.core.contract.reminder import ListReminders, ListRemindersResult, Reminder
from yiji.core.store.db import Tx

REMINDER = ReminderRow.table()


def told(row: RowMapping) -> Reminder:
    """Return a reminder as the contract tells it."""
    return Reminder.model_validate(dict(row))


def list_reminders(tx: Tx, query: ListReminders, actor: Actor) -> ListRemindersResult:
    """Return reminders, newest first."""
    wanted = select(REMINDER).order_by(REMINDER.c.at.desc(), REMINDER.c.appointment_id).limit(query.limit)
    if query.appointment_id:
        wanted = wanted.where(REMINDER.c.appointment_id == query.appointment_id)
    if query.state:
        wanted = wanted.where(REMINDER.c.state == query.state.value)
    return ListRemindersResult(reminders=tuple(told(row) for row in tx.db.execute(wanted).mappings()))
