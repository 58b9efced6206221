"""Decisions told: the appointment as the contract says it, and the events for the house."""

from collections.abc import Iterable
from typing import Any

from yiji.booking.rules.board import Board
from yiji.booking.rules.decide import Decision
from yiji.booking.rules.facts import DeviceFacts
from yiji.core.contract.booking import (
    Appointment,
    AppointmentState,
    Change,
    ExamBooked,
    ExamCancelled,
    ExamHeld,
    ExamMoved,
    RuleOverridden,
)
from yiji.core.job import Job

State = AppointmentState


def told(board: Board, decision: Decision) -> Appointment:
    """Return an appointment as the contract tells it."""
    facts = decision.appointment
    order, device = board.items[facts.item_id].order, device_of(board, facts.device)
    return Appointment(
        id=facts.id,
        item_id=facts.item_id,
        order_id=order.order_id,
        accession_number=order.accession_number,
        patient_id=facts.patient_id,
        patient_name=order.patient.name,
        exam_code=order.exam_code,
        exam_name=order.exam_name,
        slot_id=facts.slot_id,
        device=facts.device,
        room=device.room,
        room_name=device.room_name,
        starts_at=facts.starts_at,
        ends_at=facts.ends_at,
        state=facts.state,
        revision=facts.revision,
        pool=facts.pool,
        expires_at=facts.expires_at,
        paid=facts.paid,
        plan_id=facts.plan_id,
        changes=changes_of(facts.changes),
    )


def changes_of(changes: Iterable[dict[str, Any]]) -> tuple[Change, ...]:
    """Return an appointment's chain of changes."""
    return tuple(Change.model_validate(change) for change in changes)


def device_of(board: Board, code: str) -> DeviceFacts:
    """Return a device; one that left the catalogue keeps its code."""
    return board.house.devices.get(code) or DeviceFacts(code, code)


def tell(board: Board, job: Job[Any], decision: Decision, reason: str) -> None:
    """Emit what happened."""
    facts, before = decision.appointment, decision.before
    for rule in decision.set_aside:
        job.emit(
            RuleOverridden(
                order_id=board.items[facts.item_id].order.order_id,
                appointment_id=facts.id,
                rule=rule,
                reason=reason,
                actor=job.actor.name,
            )
        )
    if facts.state is State.HELD and before is None:
        job.emit(_held(board, decision))
    elif facts.state is State.BOOKED and (before is None or before.state is State.HELD):
        job.emit(ExamBooked(slot_id=facts.slot_id, **_place(board, decision)))
    elif before is not None and facts.slot_id != before.slot_id:
        job.emit(_moved(board, decision))
    elif facts.state in (State.CANCELLED, State.EXPIRED, State.NO_SHOW):
        job.emit(_cancelled(board, decision, reason))


def _place(board: Board, decision: Decision) -> dict[str, Any]:
    facts = decision.appointment
    order, device = board.items[facts.item_id].order, device_of(board, facts.device)
    return {
        "order_id": order.order_id,
        "appointment_id": facts.id,
        "device": facts.device,
        "station": device.station,
        "room_name": device.room_name,
        "starts_at": facts.starts_at,
        "ends_at": facts.ends_at,
        "order": order,
    }


def _held(board: Board, decision: Decision) -> ExamHeld:
    facts, item = decision.appointment, board.items[decision.appointment.item_id]
    assert facts.expires_at is not None
    return ExamHeld(
        order_id=item.order.order_id,
        appointment_id=facts.id,
        item_id=facts.item_id,
        slot_id=facts.slot_id,
        expires_at=facts.expires_at,
        to_pay=item.exam.prepaid and not facts.paid,
    )


def _moved(board: Board, decision: Decision) -> ExamMoved:
    facts, before = decision.appointment, decision.before
    assert before is not None
    return ExamMoved(
        slot_id=facts.slot_id,
        from_slot_id=before.slot_id,
        from_device=before.device,
        from_starts_at=before.starts_at,
        from_ends_at=before.ends_at,
        **_place(board, decision),
    )


def _cancelled(board: Board, decision: Decision, reason: str) -> ExamCancelled:
    facts = decision.appointment
    return ExamCancelled(
        order_id=board.items[facts.item_id].order.order_id,
        appointment_id=facts.id,
        item_id=facts.item_id,
        slot_id=facts.slot_id,
        reason=reason,
        state=facts.state,
        device=facts.device,
        starts_at=facts.starts_at,
        ends_at=facts.ends_at,
    )
