"""Slots changed in a range of time: never below what is taken, and what anybody booked stays."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, select, text, update

from yiji.booking.errors import BadPools
from yiji.booking.handlers.opening import quota_rows
from yiji.booking.handlers.protection import GONE
from yiji.booking.loading.names import APPOINTMENT, QUOTA, SLOT
from yiji.booking.rules.calendar import DAY
from yiji.booking.rules.checking import share_faults
from yiji.core.contract.inventory import EditSlots
from yiji.core.store.bulk import insert_rows, update_rows
from yiji.core.store.db import Tx
from yiji.core.store.match import one_of

Rows = Sequence[Row[Any]]
_TAKEN = text("""
    SELECT s.id, a.pool, count(*)
    FROM booking_appointment a, unnest(a.slots) AS s(id)
    WHERE a.state NOT IN ('cancelled', 'expired') AND a.starts_at > :first AND a.starts_at < :last
      AND s.id = ANY(CAST(:ids AS text[]))
    GROUP BY s.id, a.pool
""")


def lock_range(tx: Tx, command: EditSlots, now: datetime) -> Rows:
    """Lock, in the order of ids, the device's slots that begin in the range and are not over."""
    query = select(SLOT).where(
        SLOT.c.device == command.device,
        SLOT.c.starts_at >= command.starts_at,
        SLOT.c.starts_at < command.ends_at,
        SLOT.c.ends_at > now,
        ~GONE,
    )
    return tx.db.execute(query.order_by(SLOT.c.id).with_for_update(key_share=not command.remove)).all()


def remove(tx: Tx, rows: Rows) -> tuple[Rows, Rows]:
    """Take out slots in which nobody has a place; return those that are out and those that stay.

    A slot that an appointment of the past names cannot go: it is left closed and without places, and comes back to
    life when slots are opened at its time again.
    """
    empty = [row for row in rows if not row.held + row.booked]
    ids = [row.id for row in empty]
    named = set(tx.db.execute(select(APPOINTMENT.c.slot_id).where(one_of(APPOINTMENT.c.slot_id, ids))).scalars())
    tx.db.execute(delete(QUOTA).where(one_of(QUOTA.c.slot_id, ids)))
    tx.db.execute(delete(SLOT).where(one_of(SLOT.c.id, set(ids) - named)))
    shut = update(SLOT).where(one_of(SLOT.c.id, named))
    tx.db.execute(shut.values(capacity=0, closed=True, extra=0, has_quotas=False))
    return empty, [row for row in rows if row.held + row.booked]


def change(tx: Tx, command: EditSlots, rows: Rows) -> tuple[Rows, Rows]:
    """Give slots another capacity or other pools; return those that are changed and those that stay as they were.

    Raises `BadPools` where the told shares do not fit, before anything is written.
    """
    _check_shares(command, rows)
    taken = _taken(tx, rows) if command.change_pools else {}
    fit = [row for row in rows if _fits(command, row, taken.get(row.id, {}))]
    ids = {row.id for row in fit}
    has = {"has_quotas": bool(command.pools)} if command.change_pools else {}
    update_rows(tx.db, SLOT, "id", [{"id": row.id, "capacity": _capacity(command, row), **has} for row in fit])
    if command.change_pools:
        tx.db.execute(delete(QUOTA).where(one_of(QUOTA.c.slot_id, ids)))
        shares = [quota_rows(row.id, row.starts_at, command.pools, taken.get(row.id)) for row in fit]
        insert_rows(tx.db, QUOTA, [row for rows in shares for row in rows])
    return fit, [row for row in rows if row.id not in ids]


def _capacity(command: EditSlots, row: Row[Any]) -> int:
    return row.capacity if command.capacity is None else command.capacity


def _check_shares(command: EditSlots, rows: Rows) -> None:
    for capacity in sorted({_capacity(command, row) for row in rows}) if command.change_pools else ():
        faults = [f"{fault} {detail}" for fault, detail in share_faults(command.pools, capacity)]
        if faults:
            raise BadPools(capacity=capacity, problems="\n  - ".join(faults))


def _fits(command: EditSlots, row: Row[Any], taken: dict[str, int]) -> bool:
    if row.held + row.booked > _capacity(command, row):
        return False
    return all(share.cap is None or taken.get(share.pool, 0) <= share.cap for share in command.pools)


def _taken(tx: Tx, rows: Collection[Row[Any]]) -> dict[str, dict[str, int]]:
    """Return the places that each pool has taken in slots, counted from the live appointments themselves."""
    found: dict[str, dict[str, int]] = {}
    if rows:
        bounds = {
            "first": min(row.starts_at for row in rows) - DAY,  # an appointment may have begun in an earlier slot
            "last": max(row.ends_at for row in rows),
        }
        for slot, pool, count in tx.db.execute(_TAKEN, {**bounds, "ids": [row.id for row in rows]}):
            found.setdefault(slot, {})[pool] = count
    return found
