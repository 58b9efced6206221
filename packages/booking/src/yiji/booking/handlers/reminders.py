"""Reminders 检查提醒: what falls due is told once, claimed once, settled once."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, Select, and_, exists, select, text, update

from yiji.booking.errors import ReminderStale, ReminderTaken, WrongState
from yiji.booking.known import known
from yiji.booking.loading import APPOINTMENT, DEVICE, EXAM, ITEM, ROOM, brief_of, items_query
from yiji.booking.queries.reminders import REMINDER, told
from yiji.core import clock
from yiji.core.contract.booking import ReminderDue
from yiji.core.contract.reminder import (
    ClaimReminder,
    Reminder,
    ReminderState,
    SendReminders,
    SendRemindersResult,
    SettleReminder,
)
from yiji.core.errors import NotFound, YijiError
from yiji.core.job import Job
from yiji.core.store import alerts
from yiji.core.store.db import Tx
from yiji.core.store.match import one_of

USUAL_HOURS = (24, 2)
FAILED = "reminders that did not go out"  # the alert's topic
QUIET = timedelta(days=1)

# Each stretch before the start belongs to one reminder, the nearest that is due: (nearer, hours]. Whoever heard of the
# appointment only after that moment (it was just booked, moved or paid) is not reminded of it.
_FALL_DUE = text("""
    INSERT INTO booking_reminder (appointment_id, starts_at, hours, state, at, detail)
    SELECT a.id, a.starts_at, due.hours, 'due', :now, ''
    FROM unnest(CAST(:hours AS int[]), CAST(:nearer AS int[])) AS due(hours, nearer)
    JOIN booking_appointment a
      ON a.starts_at > CAST(:now AS timestamptz) + due.nearer * interval '1 hour'
     AND a.starts_at <= CAST(:now AS timestamptz) + due.hours * interval '1 hour'
    WHERE a.state = 'booked'
      AND a.starts_at > :now AND a.starts_at <= CAST(:now AS timestamptz) + :most * interval '1 hour'
      AND greatest(a.booked_at, (a.changes -> -1 ->> 'at')::timestamptz) <= a.starts_at - due.hours * interval '1 hour'
      AND NOT EXISTS (SELECT FROM booking_reminder r
          WHERE r.appointment_id = a.id AND r.starts_at = a.starts_at AND r.hours <= due.hours)
    ORDER BY a.starts_at
    LIMIT :limit
    ON CONFLICT DO NOTHING
    RETURNING appointment_id, hours
""")


def send_reminders(tx: Tx, jobs: Sequence[Job[SendReminders]]) -> list[SendRemindersResult | YijiError]:
    """Tell the notifiers what has fallen due; two daemons that ask at once tell each reminder once."""
    _close_incident(tx)
    return [_send(tx, job) for job in jobs]


def _close_incident(tx: Tx) -> None:
    """Close the alert after a day in which no reminder failed."""
    lately = select(REMINDER.c.hours).where(REMINDER.c.state == "failed", REMINDER.c.at > clock.now() - QUIET).limit(1)
    if tx.db.execute(lately).first() is None:
        alerts.close_alert(tx.db, FAILED)


def _send(tx: Tx, job: Job[SendReminders]) -> SendRemindersResult:
    parameters = known(tx).parameters
    hours = sorted({hour for hour in parameters.reminder_hours or USUAL_HOURS if hour > 0})
    if not parameters.reminders or not hours:
        return SendRemindersResult(count=0)
    bounds = {
        "now": clock.now(),
        "hours": hours,
        "nearer": [0, *hours[:-1]],
        "most": hours[-1],
        "limit": job.command.limit,
    }
    due = {row.appointment_id: row.hours for row in tx.db.execute(_FALL_DUE, bounds)}
    for row in tx.db.execute(_facts().where(one_of(APPOINTMENT.c.id, due))) if due else ():
        job.emit(_event(row, due[row.appointment_id], tx.settings.site.lang))
    return SendRemindersResult(count=len(due))


def _facts() -> Select[*tuple[Any, ...]]:
    """Return the statement that reads appointments with all that a reminder tells."""
    return (
        items_query()
        .add_columns(
            APPOINTMENT.c.id.label("appointment_id"),
            APPOINTMENT.c.starts_at,
            EXAM.c.preparation,
            EXAM.c.preparation_en,
            ROOM.c.name.label("room_name"),
            ROOM.c.name_en.label("room_name_en"),
            ROOM.c.place,
            ROOM.c.place_en,
        )
        .join(APPOINTMENT, APPOINTMENT.c.item_id == ITEM.c.id)
        .join(DEVICE, DEVICE.c.code == APPOINTMENT.c.device)
        .join(ROOM, ROOM.c.code == DEVICE.c.room)
        .order_by(APPOINTMENT.c.starts_at, APPOINTMENT.c.id)
    )


def _event(row: Row[Any], hours: int, lang: str) -> ReminderDue:
    def told_in(name: str) -> str:
        first, second = (f"{name}_en", name) if lang == "en" else (name, f"{name}_en")
        return getattr(row, first) or getattr(row, second)

    return ReminderDue(
        order_id=row.order_id,
        appointment_id=row.appointment_id,
        hours=hours,
        starts_at=row.starts_at,
        room_name=told_in("room_name"),
        place=told_in("place"),
        preparation=told_in("preparation"),
        order=brief_of(row),
    )


def claim_reminder(tx: Tx, jobs: Sequence[Job[ClaimReminder]]) -> list[Reminder | YijiError]:
    """Grant the first claim of a reminder that is still needed."""
    return [_claim(tx, job.command) for job in jobs]


def _claim(tx: Tx, wish: ClaimReminder) -> Reminder | YijiError:
    found = _locked(tx, wish)
    if isinstance(found, YijiError):
        return found
    if found.state != ReminderState.DUE:
        return ReminderTaken(appointment=wish.appointment_id, hours=wish.hours, state=found.state)
    if not _is_needed(tx, wish):
        starts_at = clock.local(wish.starts_at, tx.settings.site.zone)
        return ReminderStale(appointment=wish.appointment_id, starts_at=starts_at.isoformat(), hours=wish.hours)
    return _written(tx, wish, ReminderState.CLAIMED)


def _is_needed(tx: Tx, wish: ClaimReminder) -> bool:
    """Whether the appointment is still booked at that time, to come, and no nearer reminder fell due meanwhile."""
    nearer = exists().where(
        REMINDER.c.appointment_id == wish.appointment_id,
        REMINDER.c.starts_at == wish.starts_at,
        REMINDER.c.hours < wish.hours,
    )
    booked = select(APPOINTMENT.c.id).where(
        APPOINTMENT.c.id == wish.appointment_id,
        APPOINTMENT.c.state == "booked",
        APPOINTMENT.c.starts_at == wish.starts_at,
        APPOINTMENT.c.starts_at > clock.now(),
        ~nearer,
    )
    return tx.db.execute(booked.with_for_update(read=True)).first() is not None


def settle_reminder(tx: Tx, jobs: Sequence[Job[SettleReminder]]) -> list[Reminder | YijiError]:
    """Keep what became of claimed reminders; one that failed raises the alert."""
    return [_settle(tx, job.command) for job in jobs]


def _settle(tx: Tx, wish: SettleReminder) -> Reminder | YijiError:
    found = _locked(tx, wish)
    if isinstance(found, YijiError):
        return found
    if found.state != ReminderState.CLAIMED:
        return WrongState(what="reminder", id=wish.appointment_id, state=found.state)
    if not wish.sent:
        alerts.open_alert(tx.db, FAILED, f"{wish.appointment_id}: {wish.detail}")
    return _written(tx, wish, ReminderState.SENT if wish.sent else ReminderState.FAILED, wish.detail)


_Wish = ClaimReminder | SettleReminder


def _locked(tx: Tx, wish: _Wish) -> Row[Any] | YijiError:
    row = tx.db.execute(select(REMINDER).where(_named(wish)).with_for_update()).first()
    return row or NotFound(what="reminder", id=f"{wish.appointment_id} {wish.starts_at.isoformat()} -{wish.hours} h")


def _named(wish: _Wish) -> Any:
    return and_(
        REMINDER.c.appointment_id == wish.appointment_id,
        REMINDER.c.starts_at == wish.starts_at,
        REMINDER.c.hours == wish.hours,
    )


def _written(tx: Tx, wish: _Wish, state: ReminderState, detail: str = "") -> Reminder:
    values = {"state": state.value, "at": clock.now(), "detail": detail}
    return told(
        tx.db.execute(update(REMINDER).where(_named(wish)).values(values).returning(*REMINDER.c)).mappings().one()
    )
