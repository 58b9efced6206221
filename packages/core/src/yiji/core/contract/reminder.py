"""Reminders 检查提醒: each goes out once at the most."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from yiji.core.message import Command, Query, Value


class ReminderState(StrEnum):
    """The life of a reminder."""

    DUE = "due"  # told to the notifiers
    CLAIMED = "claimed"  # a notifier has begun to send it
    SENT = "sent"
    FAILED = "failed"  # it did not go out, and will not be tried again


class Reminder(Value):
    """A reminder of one appointment at one time."""

    appointment_id: str
    starts_at: datetime
    hours: int
    state: ReminderState
    at: datetime
    detail: str = ""


class SendRemindersResult(Value):
    """How many fell due."""

    count: int


class SendReminders(Command[SendRemindersResult], permission="booking.tend"):
    """Tell the notifiers (`ReminderDue`) whatever has fallen due (asked by the house itself)."""

    limit: int = Field(default=500, gt=0, le=5000)


class ClaimReminder(Command[Reminder], permission="reminder.send"):
    """A notifier is about to send: only the first claim is granted, whatever crashes, so that none goes out twice."""

    appointment_id: str
    starts_at: datetime
    hours: int


class SettleReminder(Command[Reminder], permission="reminder.send"):
    """It went out, or it did not."""

    appointment_id: str
    starts_at: datetime
    hours: int
    sent: bool
    detail: str = ""


class ListRemindersResult(Value):
    """Reminders, newest first."""

    reminders: tuple[Reminder, ...]


class ListReminders(Query[ListRemindersResult], permission="reminder.read"):
    """Which reminders went out, failed or hang half-way?"""

    appointment_id: str = ""
    state: ReminderState | None = None
    limit: int = Field(default=100, gt=0, le=1000)
