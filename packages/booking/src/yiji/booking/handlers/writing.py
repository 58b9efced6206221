"""Decisions written down: each slot, appointment and item once a batch, all tables in one statement."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from yiji.booking.loading.names import APPOINTMENT, SLOT
from yiji.booking.rules.board import Board
from yiji.booking.rules.decide import Decision
from yiji.booking.rules.facts import AppointmentFacts
from yiji.core.contract.booking import AppointmentState
from yiji.core.store.bulk import Writes
from yiji.core.store.db import Tx
from yiji.core.store.match import texts

STAGES: Mapping[AppointmentState, str] = {
    AppointmentState.HELD: "registered",
    AppointmentState.BOOKED: "booked",
    AppointmentState.CANCELLED: "registered",
    AppointmentState.EXPIRED: "registered",
    AppointmentState.NO_SHOW: "registered",
}
_STAGE = (
    "UPDATE booking_item SET stage = %s WHERE id = ANY(%s::text[]) AND state = 'active' "
    "AND stage IN ('registered', 'booked', 'checked_in', 'called')"
)
_QUOTAS = """
    UPDATE booking_quota AS q SET taken = n.taken
    FROM unnest(%s::text[], %s::text[], %s::int[]) AS n(slot_id, pool, taken)
    WHERE q.slot_id = n.slot_id AND q.pool = n.pool AND q.taken <> n.taken
"""
# An offer that is declined is not made again: Backfill would offer the same place for ever.
_DECLINED = "UPDATE booking_wait SET state = 'left' WHERE appointment_id = ANY(%s::text[]) AND state = 'offered'"
_LEFT = (
    "UPDATE booking_ticket SET state = 'left' "
    "WHERE appointment_id = ANY(%s::text[]) AND state IN ('ready', 'called', 'skipped')"
)


def write(tx: Tx, board: Board, decisions: Sequence[Decision], now: datetime) -> None:
    """Write what was decided; an appointment decided upon several times is written as it stands in the end."""
    if not decisions:
        return
    last = {decision.appointment.id: decision.appointment for decision in decisions}
    fresh = {decision.appointment.id for decision in decisions if decision.before is None}
    gone = [one.id for one in last.values() if one.state is AppointmentState.CANCELLED]
    if gone:
        _let_go(tx, gone)
    writes = Writes()
    writes.insert(APPOINTMENT, [_row(last[one], now) for one in last if one in fresh])
    writes.update(APPOINTMENT, "id", [_changed_row(last[one], now) for one in last if one not in fresh])
    _write_slots(writes, board, {slot.id for decision in decisions for slot in decision.slots})
    _write_stages(writes, last.values())
    writes.write(tx.db)


def _let_go(tx: Tx, appointments: Iterable[str]) -> None:
    """End what waited for cancelled appointments: before the items, as the queue's commands lock tickets first, too."""
    writes = Writes()
    writes.add(_LEFT, texts(appointments))
    writes.add(_DECLINED, texts(appointments))
    writes.write(tx.db)


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


def _write_slots(writes: Writes, board: Board, touched: Iterable[str]) -> None:
    slots = [board.slots[slot_id] for slot_id in sorted(touched)]
    writes.update(SLOT, "id", [{"id": slot.id, "held": slot.held, "booked": slot.booked} for slot in slots])
    quotas = [(slot.id, quota.pool, quota.taken) for slot in slots for quota in slot.quotas]
    if quotas:
        ids, pools, counts = zip(*quotas, strict=True)
        writes.add(_QUOTAS, texts(ids), texts(pools), list(counts))


def _write_stages(writes: Writes, appointments: Iterable[AppointmentFacts]) -> None:
    """Let the items' stages follow."""
    stage_of = {one.item_id: STAGES[one.state] for one in appointments if one.state in STAGES}
    stages: dict[str, list[str]] = {}
    for item, stage in stage_of.items():  # each item once: it can be written once in a statement
        stages.setdefault(stage, []).append(item)
    for stage, items in stages.items():
        writes.add(_STAGE, stage, texts(sorted(items)))
