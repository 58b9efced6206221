"""Slots, locked: the ones asked for, what follows them on their device, and those of companions that may be needed."""

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import Connection, select

from yiji.booking.loading.names import QUOTA
from yiji.booking.rules.facts import SlotFacts
from yiji.booking.rules.pools import Quota
from yiji.core.store.ask import Asked
from yiji.core.store.match import one_of, texts

# A wish is a slot, the minutes that its examination takes, and the staff groups whose time it may take as well.
Wished = tuple[str, int, tuple[str, ...]]

# All rows are locked in the order of their ids, so that two batches never wait for each other.
_LOCKED = """
    SELECT id, device, starts_at, ends_at, capacity, held, booked, closed, has_quotas
    FROM booking_slot WHERE id = ANY({ids}) ORDER BY id FOR NO KEY UPDATE
"""
_MOST = 1500  # slots that one examination may touch: a day of minutes
_BY_ID = Asked(_LOCKED.format(ids="%(ids)s::text[]"))
# Each wish is one walk along the index, however many slots there are: LATERAL and LIMIT leave PostgreSQL no other way.
_STRETCHES = Asked(
    _LOCKED.format(
        ids="""ARRAY(
            SELECT n.id FROM unnest(%(wishes)s::text[], %(minutes)s::int[]) AS w(id, minutes)
            CROSS JOIN LATERAL (SELECT * FROM booking_slot WHERE id = w.id LIMIT 1) a
            CROSS JOIN LATERAL (
                SELECT id FROM booking_slot
                WHERE device = a.device AND starts_at >= a.starts_at
                  AND starts_at < greatest(a.ends_at, a.starts_at + make_interval(mins => w.minutes))
                ORDER BY starts_at LIMIT {most}) n
            UNION SELECT n.id
            FROM unnest(%(companion_wishes)s::text[], %(companion_minutes)s::int[], %(companions)s::text[])
              AS c(id, minutes, device)
            CROSS JOIN LATERAL (SELECT * FROM booking_slot WHERE id = c.id LIMIT 1) a
            CROSS JOIN LATERAL (
                SELECT id FROM booking_slot
                WHERE device = c.device AND ends_at > a.starts_at AND starts_at > a.starts_at - INTERVAL '1 day'
                  AND starts_at < a.ends_at + make_interval(mins => c.minutes)
                ORDER BY starts_at LIMIT {most}) n
            UNION SELECT unnest(%(ids)s::text[])
        )""".replace("{most}", str(_MOST))
    )
)


def lock_slots(db: Connection, wished: Collection[Wished], ids: Iterable[str] = ()) -> list[SlotFacts]:
    """Lock the slots of wishes with all that they may take, and those named; return their facts."""
    known = texts(sorted(set(ids)))
    if not wished:
        return _told(db, _BY_ID.all(db, ids=known))
    wished = set(wished)  # many items may wish for the same
    companions = [(slot, minutes, group) for slot, minutes, groups in wished for group in groups]
    rows = _STRETCHES.all(
        db,
        ids=known,
        wishes=texts(slot for slot, _, _ in wished),
        minutes=[minutes for _, minutes, _ in wished],
        companion_wishes=texts(slot for slot, _, _ in companions),
        companion_minutes=[minutes for _, minutes, _ in companions],
        companions=texts(group for _, _, group in companions),
    )
    return _told(db, rows)


def _told(db: Connection, rows: Iterable[Any]) -> list[SlotFacts]:
    found = list(rows)
    quotas = quotas_of(db, [row.id for row in found if row.has_quotas])
    return [facts_of(row, quotas.get(row.id, ())) for row in found]


def quotas_of(db: Connection, slots: Collection[str]) -> dict[str, tuple[Quota, ...]]:
    """Return the pools' shares in slots."""
    found: dict[str, tuple[Quota, ...]] = {}
    if slots:
        for row in db.execute(select(QUOTA).where(one_of(QUOTA.c.slot_id, slots)).order_by(QUOTA.c.pool)):
            quota = Quota(row.pool, row.cap, row.reserve, row.release_at, row.taken)
            found[row.slot_id] = (*found.get(row.slot_id, ()), quota)
    return found


def facts_of(row: Any, quotas: tuple[Quota, ...] = ()) -> SlotFacts:
    """Return the facts of a slot's row."""
    return SlotFacts(
        row.id,
        row.device,
        row.starts_at,
        row.ends_at,
        row.capacity,
        row.held,
        row.booked,
        row.closed,
        quotas,
    )
