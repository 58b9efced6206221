"""May this examination have this place? The decisions behind BookExam, MoveExam and CancelExam.

A decision returns what is to be written, or raises a `YijiError` that says which rule, which conflict and when instead.
The order of checks is the order in which a person would want to know.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from yiji.booking.errors import AlreadyBooked, PatientBusy, RuleRefuses, SlotFull, SlotPast, WrongDevice, WrongState
from yiji.booking.hooks import Proposal, Rule
from yiji.booking.rules.board import AppointmentFacts, Board, ItemFacts, SlotFacts
from yiji.core.contract.booking import AppointmentState
from yiji.core.errors import NotFound


@dataclass(frozen=True, slots=True)
class Decision:
    """An appointment as it is to be, and the slots that change with it."""

    appointment: AppointmentFacts
    slots: tuple[SlotFacts, ...]


def book(
    board: Board, rules: Sequence[Rule], item_id: str, slot_id: str, appointment_id: str, change: dict[str, str]
) -> Decision:
    """Decide a new appointment."""
    item, slot = _known_item(board, item_id), _known_slot(board, slot_id)
    _check_item(board, item)
    _check_place(board, rules, item, slot, but="")
    appointment = AppointmentFacts(
        id=appointment_id,
        item_id=item_id,
        patient_id=item.order.patient.id,
        exam_code=item.order.exam_code,
        slot_id=slot.id,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        state=AppointmentState.BOOKED,
        revision=1,
        changes=(change,),
    )
    return Decision(appointment, (replace(slot, booked=slot.booked + 1),))


def move(board: Board, rules: Sequence[Rule], appointment_id: str, slot_id: str, change: dict[str, str]) -> Decision:
    """Decide another place; the appointment's own place does not stand in its way."""
    appointment = _live(board, appointment_id, (AppointmentState.BOOKED,))
    item, slot = _known_item(board, appointment.item_id), _known_slot(board, slot_id)
    if slot.id == appointment.slot_id:
        raise AlreadyBooked(item=item.order.item_id, appointment=appointment.id, starts_at=slot.starts_at.isoformat())
    _check_place(board, rules, item, slot, but=appointment.id)
    old = board.slots[appointment.slot_id]
    moved = replace(
        appointment,
        slot_id=slot.id,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        revision=appointment.revision + 1,
        changes=(*appointment.changes, change),
    )
    return Decision(moved, (replace(old, booked=old.booked - 1), replace(slot, booked=slot.booked + 1)))


def cancel(board: Board, appointment_id: str, change: dict[str, str]) -> Decision:
    """Decide to give the place back."""
    appointment = _live(board, appointment_id, (AppointmentState.BOOKED, AppointmentState.CHECKED_IN))
    slot = board.slots[appointment.slot_id]
    cancelled = replace(
        appointment,
        state=AppointmentState.CANCELLED,
        revision=appointment.revision + 1,
        changes=(*appointment.changes, change),
    )
    return Decision(cancelled, (replace(slot, booked=slot.booked - 1),))


def apply(board: Board, decision: Decision) -> None:
    """Let the decisions after this one see it."""
    board.put(decision.appointment)
    board.slots.update({slot.id: slot for slot in decision.slots})


def _known_item(board: Board, item_id: str) -> ItemFacts:
    item = board.items.get(item_id)
    if item is None:
        raise NotFound(what="order item", id=item_id)
    return item


def _known_slot(board: Board, slot_id: str) -> SlotFacts:
    slot = board.slots.get(slot_id)
    if slot is None:
        raise NotFound(what="slot", id=slot_id)
    return slot


def _live(board: Board, appointment_id: str, states: Sequence[AppointmentState]) -> AppointmentFacts:
    appointment = board.appointments.get(appointment_id)
    if appointment is None:
        raise NotFound(what="appointment", id=appointment_id)
    if appointment.state not in states:
        raise WrongState(what="appointment", id=appointment_id, state=appointment.state)
    return appointment


def _check_item(board: Board, item: ItemFacts) -> None:
    if item.state != "active":
        raise WrongState(what="order item", id=item.order.item_id, state=item.state)
    live = board.live_of_item(item)
    if live is not None:
        raise AlreadyBooked(item=live.item_id, appointment=live.id, starts_at=live.starts_at.isoformat())


def _check_place(board: Board, rules: Sequence[Rule], item: ItemFacts, slot: SlotFacts, but: str) -> None:
    if slot.device not in item.devices:
        raise WrongDevice(exam=item.order.exam_code, device=slot.device)
    if slot.ends_at <= board.now:
        raise SlotPast(slot=slot.id, starts_at=slot.starts_at.isoformat())
    if slot.free < 1:
        raise SlotFull(slot=slot.id, capacity=slot.capacity, next="")
    others = board.live_of_patient(item.order.patient.id, but)
    _check_patient(others, slot)
    proposal = Proposal(item.order, slot.device, slot.starts_at, slot.ends_at, tuple(_told(other) for other in others))
    for rule in rules:
        refusal = rule.check(proposal)
        if refusal is not None:
            raise RuleRefuses(
                rule=rule.id,
                reason=refusal.reason,
                conflict=refusal.conflict or "-",
                earliest=refusal.earliest.isoformat() if refusal.earliest else "-",
            )


def _check_patient(others: Sequence[AppointmentFacts], slot: SlotFacts) -> None:
    for other in others:
        if other.starts_at < slot.ends_at and slot.starts_at < other.ends_at:
            raise PatientBusy(
                conflict=other.id, starts_at=other.starts_at.isoformat(), earliest=other.ends_at.isoformat()
            )


def _told(one: AppointmentFacts) -> tuple[str, str, datetime, datetime]:
    return one.id, one.exam_code, one.starts_at, one.ends_at
