"""What is still needed: examinations that are ordered, devices and staff groups with slots to come."""

from sqlalchemy import func, select

from yiji.booking.loading.names import EXAM, ITEM, SLOT
from yiji.core import clock
from yiji.core.contract.catalogue import Part
from yiji.core.contract.order import OrderState
from yiji.core.store.db import Tx
from yiji.core.store.match import one_of

GONE = SLOT.c.closed & (SLOT.c.capacity == 0)  # taken out, but named by an appointment of the past


def still_needed(tx: Tx, lost: dict[Part, tuple[str, ...]]) -> list[str]:
    """Return what keeps entries from being taken out, a line each."""
    resources = (*((Part.DEVICES, code) for code in lost.get(Part.DEVICES, ())),)
    resources += (*((Part.STAFF, code) for code in lost.get(Part.STAFF, ())),)
    return [*_ordered(tx, lost.get(Part.EXAMS, ())), *_open(tx, {code: part for part, code in resources})]


def _ordered(tx: Tx, codes: tuple[str, ...]) -> list[str]:
    if not codes:
        return []
    tx.db.execute(select(EXAM.c.code).where(one_of(EXAM.c.code, codes)).order_by(EXAM.c.code).with_for_update())
    active = (
        select(ITEM.c.exam_code, func.count(), func.min(ITEM.c.accession_number))
        .where(one_of(ITEM.c.exam_code, codes), ITEM.c.state == OrderState.ACTIVE)
        .group_by(ITEM.c.exam_code)
        .order_by(ITEM.c.exam_code)
    )
    return [f"{Part.EXAMS} {code}: orders {count} ({first} ...)" for code, count, first in tx.db.execute(active)]


def _open(tx: Tx, resources: dict[str, Part]) -> list[str]:
    if not resources:
        return []
    to_come = (
        select(
            SLOT.c.device,
            func.count(),
            func.sum(SLOT.c.held + SLOT.c.booked),
            func.max(SLOT.c.starts_at),
        )
        .where(one_of(SLOT.c.device, resources), SLOT.c.ends_at > clock.now(), ~GONE)
        .group_by(SLOT.c.device)
        .order_by(SLOT.c.device)
    )
    zone = tx.settings.site.zone
    return [
        f"{resources[device]} {device}: slots {count}, appointments {taken} (.. {clock.local(last, zone):%Y-%m-%d})"
        for device, count, taken, last in tx.db.execute(to_come)
    ]
