"""Whom a stop displaces, and where they could go, the least disruptive place first."""

from datetime import datetime, timedelta

from sqlalchemy import Text, cast, select, text
from sqlalchemy.dialects.postgresql import ARRAY

from yiji.booking.known import Known
from yiji.booking.loading.appointments import appointments
from yiji.booking.loading.names import APPOINTMENT, LIVE, SLOT
from yiji.booking.rules.facts import AppointmentFacts
from yiji.core import clock
from yiji.core.store.db import Tx

DAYS = 30  # how far a new place is looked for

# Never before the old start, nor before the preparation can be done: whom nobody reaches in time comes at his old time,
# and is not too late.
# Disruption in minutes: the time by which it moves; another day weighs like a week, another room like ten minutes.
_CANDIDATES = text("""
    SELECT id FROM booking_slot
    WHERE device = ANY(:makers) AND starts_at >= :soonest AND starts_at < :until
      AND NOT closed AND held + booked < capacity
      AND NOT (device = :stopped AND starts_at < :stop_end AND ends_at > :stop_start)
    ORDER BY extract(epoch FROM starts_at - :was) / 60
      + CASE WHEN (starts_at AT TIME ZONE :zone)::date <> (CAST(:was AS timestamptz) AT TIME ZONE :zone)::date
        THEN 10080 ELSE 0 END
      + CASE WHEN device <> :device THEN 10 ELSE 0 END, starts_at, id
    LIMIT 40
""")


def affected(tx: Tx, device: str, start: datetime, end: datetime) -> list[AppointmentFacts]:
    """Return the live appointments that need a device's or staff group's time in a stretch, in the order of time."""
    theirs = select(SLOT.c.id).where(SLOT.c.device == device, SLOT.c.starts_at < end, SLOT.c.ends_at > start)
    here = APPOINTMENT.c.slots.overlap(cast(list(tx.db.execute(theirs).scalars()), ARRAY(Text)))
    near = (APPOINTMENT.c.starts_at < end) & (APPOINTMENT.c.ends_at > start)
    recent = APPOINTMENT.c.starts_at > start - timedelta(days=1)  # for the index: no examination takes longer
    found = appointments(tx.db, near & recent & here & APPOINTMENT.c.state.in_(LIVE))
    return sorted(found, key=lambda one: (one.starts_at, one.id))


def candidates(tx: Tx, house: Known, one: AppointmentFacts, device: str, start: datetime, end: datetime) -> list[str]:
    """Return slots that a displaced appointment could go to; what stands against them is for a decision to say."""
    exam, now = house.exams.get(one.exam_code), clock.now()
    prepared = now + timedelta(minutes=exam.preparation_minutes if exam else 0)
    asked = {
        "makers": list(exam.makers) if exam else [],
        "soonest": max(one.starts_at, prepared),
        "until": max(one.starts_at, now) + timedelta(days=DAYS),
        "stopped": device,
        "stop_start": start,
        "stop_end": end,
        "was": one.starts_at,
        "zone": house.zone,
        "device": one.device,
    }
    return list(tx.db.execute(_CANDIDATES, asked).scalars())
