"""Rows of slots as the contract tells them, those of staff groups too."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Row, select

from yiji.booking.known import known
from yiji.booking.loading.slots import quotas_of
from yiji.booking.queries.slots import told
from yiji.booking.rules.facts import DeviceFacts
from yiji.booking.tables import StaffRow
from yiji.core import clock
from yiji.core.contract.inventory import Slot
from yiji.core.store.db import Tx
from yiji.core.store.match import one_of

STAFF = StaffRow.table()


def shown(tx: Tx, rows: Sequence[Row[Any]]) -> list[Slot]:
    """Return slots of devices and staff groups in the order of their rows (of `booking_slot`, whole)."""
    house = known(tx)
    groups = _groups(tx, {row.device for row in rows if row.device not in house.devices})
    house = replace(house, devices={**house.devices, **groups})
    quotas = quotas_of(tx.db, [row.id for row in rows if row.has_quotas])
    now = clock.now()
    return [told(house, row, quotas.get(row.id, ()), now) for row in rows]


def _groups(tx: Tx, codes: Iterable[str]) -> dict[str, DeviceFacts]:
    """Return staff groups as if they were devices: they stand in no room."""
    query = select(STAFF.c.code, STAFF.c.name, STAFF.c.department).where(one_of(STAFF.c.code, codes))
    return {row.code: DeviceFacts(row.code, row.name, department=row.department) for row in tx.db.execute(query)}
