"""Invariants that PostgreSQL checks by itself, each in one statement over whole tables: millions of rows, few come out.

Each statement yields (subject, detail). `:since` bounds slots and appointments by their start; an appointment may have
begun up to a day before a slot that it takes (the catalogue allows no longer examination).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from yiji.core.contract.booking import Violation
from yiji.core.store.db import Tx

_TAKEN = """
    SELECT s.id, {what} FROM booking_appointment a CROSS JOIN LATERAL unnest(a.slots) AS s(id)
    WHERE a.state NOT IN ('cancelled', 'expired') AND a.starts_at > CAST(:since AS timestamptz) - interval '1 day'
    GROUP BY {by}
"""
_SLOT_ROOM = """
    SELECT id AS subject, format('held %s, booked %s, capacity %s', held, booked, capacity) AS detail
    FROM booking_slot
    WHERE starts_at >= :since AND NOT (0 <= held AND 0 <= booked AND held + booked <= capacity)
"""
_COUNTS = "count(*) FILTER (WHERE a.state = 'held') AS held, count(*) FILTER (WHERE a.state <> 'held') AS booked"
_SLOT_COUNT = f"""
    WITH taken AS ({_TAKEN.format(what=_COUNTS, by="s.id")})
    SELECT s.id AS subject, format('counts %s held, %s booked; there are %s, %s', s.held, s.booked,
        coalesce(t.held, 0), coalesce(t.booked, 0)) AS detail
    FROM booking_slot s LEFT JOIN taken t ON t.id = s.id
    WHERE s.starts_at >= :since AND (s.held, s.booked) <> (coalesce(t.held, 0), coalesce(t.booked, 0))
"""
_POOL_COUNT = f"""
    WITH taken AS ({_TAKEN.format(what="a.pool, count(*) AS places", by="s.id, a.pool")})
    SELECT q.slot_id || ' ' || q.pool AS subject,
        format('counts %s; there are %s', q.taken, coalesce(t.places, 0)) AS detail
    FROM booking_quota q JOIN booking_slot s ON s.id = q.slot_id
    LEFT JOIN taken t ON t.id = q.slot_id AND t.pool = q.pool
    WHERE s.starts_at >= :since AND q.taken <> coalesce(t.places, 0)
"""
_POOL_ROOM = """
    SELECT q.slot_id || ' ' || q.pool AS subject, format('taken %s, cap %s', q.taken, q.cap) AS detail
    FROM booking_quota q JOIN booking_slot s ON s.id = q.slot_id
    WHERE s.starts_at >= :since AND NOT (0 <= q.taken AND (q.cap IS NULL OR q.taken <= q.cap))
  UNION ALL
    SELECT s.id, format('pools have taken %s of %s', sum(q.taken), s.held + s.booked)
    FROM booking_quota q JOIN booking_slot s ON s.id = q.slot_id
    WHERE s.starts_at >= :since GROUP BY s.id HAVING sum(q.taken) > s.held + s.booked
  UNION ALL
    SELECT s.id, 'has shares of pools, and says that it has none'
    FROM booking_slot s WHERE s.starts_at >= :since AND NOT s.has_quotas
      AND EXISTS (SELECT 1 FROM booking_quota q WHERE q.slot_id = s.id)
"""
_ITEM_LIVE = """
    SELECT item_id AS subject, format('%s live appointments', count(*)) AS detail
    FROM booking_appointment WHERE state IN ('held', 'booked', 'checked_in') GROUP BY item_id HAVING count(*) > 1
"""
_PATIENT_BUSY = """
    SELECT id AS subject, format('%s: begins before another ends', patient_id) AS detail
    FROM (
        SELECT id, patient_id, starts_at, max(ends_at) OVER (
            PARTITION BY patient_id ORDER BY starts_at, id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS busy
        FROM booking_appointment
        WHERE state IN ('held', 'booked', 'checked_in')
          AND starts_at > CAST(:since AS timestamptz) - interval '1 day') AS own
    WHERE busy > starts_at
"""
_HOLD_ENDS = """
    SELECT id AS subject, format('%s, expires at %s', state, coalesce(expires_at::text, 'no time')) AS detail
    FROM booking_appointment WHERE starts_at >= :since AND (state = 'held') <> (expires_at IS NOT NULL)
"""
# Money: what a place that was given back had cost is on its way back; what is called paid was paid.
_PAYMENT = """
    SELECT p.payment_number AS subject, format('kept for %s, which is %s', a.id, a.state) AS detail
    FROM booking_payment p JOIN booking_appointment a ON a.id = p.appointment_id
    WHERE p.state = 'accepted' AND a.state IN ('cancelled', 'expired')
  UNION ALL
    SELECT p.payment_number, format('kept for %s, which is revoked', i.id)
    FROM booking_payment p JOIN booking_item i ON i.id = p.item_id
    WHERE p.state = 'accepted' AND p.appointment_id = '' AND i.state = 'revoked'
  UNION ALL
    SELECT p.payment_number, format('accepted, and %s is not called paid', a.id)
    FROM booking_payment p JOIN booking_appointment a ON a.id = p.appointment_id
    WHERE p.state = 'accepted' AND NOT a.paid AND a.state NOT IN ('cancelled', 'expired')
  UNION ALL
    SELECT a.id, 'is called paid without a payment'
    FROM booking_appointment a JOIN booking_item i ON i.id = a.item_id
    WHERE a.paid AND NOT i.paid AND a.state IN ('booked', 'checked_in') AND a.starts_at >= :since
      AND NOT EXISTS (SELECT 1 FROM booking_payment p WHERE p.appointment_id = a.id AND p.state = 'accepted')
"""
_WAIT = """
    SELECT w.id AS subject,
        format('offered %s, which is %s', w.appointment_id, coalesce(a.state, 'not there')) AS detail
    FROM booking_wait w LEFT JOIN booking_appointment a ON a.id = w.appointment_id
    WHERE w.state = 'offered' AND coalesce(a.state, 'expired') IN ('cancelled', 'expired')
  UNION ALL
    SELECT w.id, format('waits, and has %s', w.appointment_id)
    FROM booking_wait w WHERE w.state = 'waiting' AND w.appointment_id <> ''
  UNION ALL
    SELECT w.id, 'served with nothing' FROM booking_wait w
    WHERE w.state = 'served' AND NOT EXISTS (SELECT 1 FROM booking_appointment a WHERE a.id = w.appointment_id)
  UNION ALL
    SELECT w.id, format('%s wishes of %s are open', count(*) OVER (PARTITION BY w.item_id), w.item_id)
    FROM booking_wait w WHERE w.state IN ('waiting', 'offered')
      AND (SELECT count(*) FROM booking_wait o WHERE o.item_id = w.item_id AND o.state IN ('waiting', 'offered')) > 1
"""
_TICKET = """
    SELECT t.id AS subject, format('%s, and %s is %s', t.state, a.id, a.state) AS detail
    FROM booking_ticket t JOIN booking_appointment a ON a.id = t.appointment_id
    WHERE a.starts_at >= :since AND (
        (t.state IN ('ready', 'called', 'skipped', 'in_progress') AND a.state <> 'checked_in')
        OR (t.state = 'done' AND a.state <> 'fulfilled') OR (t.state = 'left' AND a.state <> 'cancelled'))
  UNION ALL
    SELECT a.id, 'checked in without a ticket' FROM booking_appointment a
    WHERE a.state = 'checked_in' AND a.starts_at >= :since
      AND NOT EXISTS (SELECT 1 FROM booking_ticket t WHERE t.appointment_id = a.id)
"""
# Merged records take their appointments along; what is revoked gives its place back once the event has arrived.
_OWNER = """
    SELECT a.id AS subject, format('of %s, its order of %s', a.patient_id, o.patient_id) AS detail
    FROM booking_appointment a JOIN booking_item i ON i.id = a.item_id JOIN booking_order o ON o.id = i.order_id
    WHERE a.state IN ('held', 'booked', 'checked_in') AND a.patient_id <> o.patient_id
"""
_REVOKED = """
    SELECT a.id AS subject, format('%s, and its order item %s is revoked', a.state, i.id) AS detail
    FROM booking_appointment a JOIN booking_item i ON i.id = a.item_id
    WHERE a.state IN ('held', 'booked', 'checked_in') AND i.state = 'revoked'
      AND NOT EXISTS (SELECT 1 FROM core_delivery d
        WHERE d.aggregate = i.order_id AND d.subscriber = 'booking.revoked' AND d.state = 'open')
"""
CHECKS = {
    "slot_room": _SLOT_ROOM,
    "slot_count": _SLOT_COUNT,
    "pool_count": _POOL_COUNT,
    "pool_room": _POOL_ROOM,
    "item_live": _ITEM_LIVE,
    "patient_busy": _PATIENT_BUSY,
    "hold_ends": _HOLD_ENDS,
    "payment": _PAYMENT,
    "wait": _WAIT,
    "ticket": _TICKET,
    "owner": _OWNER,
    "revoked": _REVOKED,
}
_ASKED = {
    name: text(
        f"SELECT subject, detail, count(*) OVER () AS found FROM ({query}) AS v ORDER BY subject, detail LIMIT :most"
    )
    for name, query in CHECKS.items()
}


@dataclass(frozen=True, slots=True)
class Found:
    """What one check found: how many, and the first of them."""

    count: int
    violations: tuple[Violation, ...]


def checked(tx: Tx, since: datetime, most: int) -> Iterator[Found]:
    """Yield what each check finds."""
    for name, query in _ASKED.items():
        rows = tx.db.execute(query, {"since": since, "most": most}).all()
        told = tuple(Violation(invariant=name, subject=row.subject, detail=row.detail) for row in rows)
        yield Found(rows[0].found if rows else 0, told)
