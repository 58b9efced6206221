"""Decisions written down: each slot, appointment and item once a batch, in one statement a table."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import text

from yiji.booking.loading.names import APPOINTMENT, SLOT
from yiji.booking.rules.board import Board
from yiji.booking.rules.decide import Decision
from yiji.booking.rules.facts import AppointmentFacts
from yiji.core.contract.booking import AppointmentState
from yiji.core.store.bulk import insert_rows, update_rows
from yiji.core.store.db import Tx

STAGES: Mapping[AppointmentState, str] = {
    AppointmentState.HELD: "registered",
    AppointmentState.BOOKED: "booked",
    AppointmentState.CANCELLED: "registered",
    AppointmentState.EXPIRED: "registered",
    AppointmentState.NO_SHOW: "registered",
}
_STAGE = text(
    "UPDATE booking_item SET stage = :stage WHERE id = ANY(:ids) AND state = 'active' "
    "AND stage IN ('registered', 'booked', 'checked_in', 'called')"
)
_QUOTAS = text("""
    UPDATE booking_quota AS q SET taken = n.taken
    FROM unnest(CAST(:slots AS text[]), CAST(:pools AS text[]), CAST(:counts AS int[])) AS n(slot_id, pool, taken)
    WHERE q.slot_id = n.slot_id AND q.pool = n.pool AND q.taken <> n.taken
""")
# An offer that is declined is not made again: Backfill would offer the same place for ever.
_DECLINED = text("UPDATE booking_wait SET state = 'left' WHERE appointment_id = ANY(:ids) AND state = 'offered'")
_LEFT = text(
    "UPDATE booking_ticket SET state = 'left' "
    "WHERE appointment_id = ANY(:ids) AND state IN ('ready', 'called', 'skipped')"
)


def write(tx: Tx, board: Board, decisions: Sequence[Decision], now: datetime) -> None:
    """Write what was decided; an appointment decided upon several times is written as it stands in the end."""
    if not decisions:
        return
    last = {decision.appointment.id: decision.appointment for decision in decisions}
    fresh = {decision.appointment.id for decision in decisions if decision.before is None}
    insert_rows(tx.db, APPOINTMENT, [_row(last[one], now) for one in last if one in fresh])
    update_rows(tx.db, APPOINTMENT, "id", [_changed_row(last[one], now) for one in last if one not in fresh])
    _write_slots(tx, board, {slot.id for decision in decisions for slot in decision.slots})
    gone = [one.id for one in last.values() if one.state is AppointmentState.CANCELLED]
    if gone:  # before the items: the queue's commands lock tickets first, too
        tx.db.execute(_LEFT, {"ids": gone})
        tx.db.execute(_DECLINED, {"ids": gone})
    _write_stages(tx, last.values())


def _row(facts: AppointmentFacts, now: datetime) -> dict[str, Any]:
    return {
        "id": facts.id,
        "item_id": facts.item_id,
        "patient_id": facts.patient_id,
        "booked_at": now,
        **_fields(facts),
    }


def _changed_row(facts: AppointmentFacts, now: datetime) -> dict[str, Any]:
    return {"id": facts.id, **_fields(facts)}


def _fields(facts: AppointmentFacts) -> dict[str, Any]:
    return {
        "slot_id": facts.slot_id,
        "slots": facts.slots,
        "device": facts.device,
        "starts_at": facts.starts_at,
        "ends_at": facts.ends_at,
        "state": facts.state.value,
        "pool": facts.pool,
        "revision": facts.revision,
        "expires_at": facts.expires_at,
        "paid": facts.paid,
        "plan_id": facts.plan_id,
        "changes": facts.changes,
    }


def _write_slots(tx: Tx, board: Board, touched: Iterable[str]) -> None:
    slots = [board.slots[slot_id] for slot_id in sorted(touched)]
    update_rows(tx.db, SLOT, "id", [{"id": slot.id, "held": slot.held, "booked": slot.booked} for slot in slots])
    quotas = [(slot.id, quota.pool, quota.taken) for slot in slots for quota in slot.quotas]
    if quotas:
        ids, pools, counts = zip(*quotas, strict=True)
        tx.db.execute(_QUOTAS, {"slots": list(ids), "pools": list(pools), "counts": list(counts)})


def _write_stages(tx: Tx, appointments: Iterable[AppointmentFacts]) -> None:
    """Let the items' stages follow."""
    stages: dict[str, list[str]] = {}
    for one in appointments:
        if one.state in STAGES:
            stages.setdefault(STAGES[one.state], []).append(one.item_id)
    for stage, items in stages.items():
        tx.db.execute(_STAGE, {"stage": stage, "ids": sorted(items)})
