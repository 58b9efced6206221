"""May this examination have this place? The decisions behind holding, booking, moving, cancelling and paying.

A decision returns what is to be written, or raises a `YijiError` that says which rule, which conflict and when instead.
The order of checks is the order in which a person would want to know.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from yiji.booking.errors import (
    AlreadyBooked,
    CancelLimit,
    HoldLapsed,
    NeedsPayment,
    TooLate,
    WrongState,
)
from yiji.booking.rules.board import Board
from yiji.booking.rules.facts import AppointmentFacts, ItemFacts, SlotFacts
from yiji.booking.rules.judging import STAFF, Judgement, check_patient, judge
from yiji.booking.rules.pools import usual_pool
from yiji.booking.rules.taking import given_back, needed, take
from yiji.core.contract.booking import AppointmentState
from yiji.core.errors import NotFound

State = AppointmentState
Change = dict[str, str]


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for: an item's examination from a slot on. `until`: it is only held, until then."""

    item_id: str
    slot_id: str
    pool: str = ""
    until: datetime | None = None
    plan_id: str = ""
    asks: Judgement = STAFF


@dataclass(frozen=True, slots=True)
class Decision:
    """An appointment as it is to be, the slots that change with it, the rules that were set aside for it."""

    appointment: AppointmentFacts
    slots: tuple[SlotFacts, ...] = ()
    set_aside: tuple[str, ...] = ()
    before: AppointmentFacts | None = field(default=None, repr=False)


def book(board: Board, wish: Wish, appointment_id: str, change: Change) -> Decision:
    """Decide a new appointment: booked, or held where `wish.until` says so or it must be paid first.

    What it became stands in the first link of its chain of changes.
    """
    item = _known_item(board, wish.item_id)
    _check_item(board, item)
    check_patient(board, item, wish.asks)
    pool = wish.pool or usual_pool(item.order.patient.visit_class, bool(wish.asks.patient))
    slots = needed(board, {}, item, wish.slot_id, pool)
    until = wish.until or _until_paid(board, item)
    first, ends_at = slots[0], _end(slots, slots[0].device)
    set_aside = judge(board, item, first.device, first.starts_at, ends_at, "", wish.asks)
    state = State.HELD if until else State.BOOKED
    appointment = AppointmentFacts(
        id=appointment_id,
        item_id=wish.item_id,
        patient_id=item.order.patient.id,
        exam_code=item.exam.code,
        slot_id=first.id,
        slots=tuple(slot.id for slot in slots),
        device=first.device,
        starts_at=first.starts_at,
        ends_at=ends_at,
        state=state,
        pool=pool,
        expires_at=until,
        paid=item.paid,
        plan_id=wish.plan_id,
        body_part=item.order.body_part,
        visit_class=item.order.patient.visit_class,
        changes=({**change, "what": state.value},),
    )
    return Decision(appointment, tuple(take(slot, state, pool) for slot in slots), set_aside)


def move(board: Board, appointment_id: str, wish: Wish, change: Change) -> Decision:
    """Decide another place in one step; the appointment's own places do not stand in its way."""
    appointment = _in_state(board, appointment_id, State.BOOKED, State.HELD)
    item = _known_item(board, appointment.item_id)
    check_patient(board, item, wish.asks)
    _check_in_time(board, appointment, wish.asks)
    _check_hold(board, appointment)
    if wish.slot_id == appointment.slot_id:
        raise AlreadyBooked(
            item=appointment.item_id, appointment=appointment.id, starts_at=appointment.starts_at.isoformat()
        )
    shelf = given_back(board, appointment)
    pool = wish.pool or appointment.pool
    slots = needed(board, shelf, item, wish.slot_id, pool)
    first, ends_at = slots[0], _end(slots, slots[0].device)
    set_aside = judge(board, item, first.device, first.starts_at, ends_at, appointment.id, wish.asks)
    shelf |= {slot.id: take(slot, appointment.state, pool) for slot in slots}
    moved = _changed(
        appointment,
        change,
        slot_id=first.id,
        slots=tuple(slot.id for slot in slots),
        device=first.device,
        starts_at=first.starts_at,
        ends_at=ends_at,
        pool=pool,
    )
    return Decision(moved, tuple(shelf.values()), set_aside, before=appointment)


def confirm(board: Board, appointment_id: str, change: Change, asks: Judgement = STAFF) -> Decision:
    """Decide that a held place is booked; what must be paid first is confirmed by its payment only."""
    appointment = _in_state(board, appointment_id, State.HELD)
    item = _known_item(board, appointment.item_id)
    check_patient(board, item, asks)
    _check_hold(board, appointment)
    if item.state != "active":
        raise WrongState(what="order item", id=item.order.item_id, state=item.state)
    if item.exam.prepaid and not appointment.paid:
        raise NeedsPayment(appointment=appointment.id)
    return _booked(board, appointment, change, appointment.paid)


def pay(board: Board, appointment_id: str, change: Change) -> Decision | None:
    """Decide what a payment does: it confirms a hold, or marks a booking as paid; None: the money goes back."""
    appointment = board.appointments.get(appointment_id)
    if appointment is None:
        raise NotFound(what="appointment", id=appointment_id)
    if not appointment.is_live or appointment.paid or _is_over(board, appointment):
        return None
    if appointment.state is State.HELD:
        return _booked(board, appointment, change, paid=True)
    return Decision(_changed(appointment, change, paid=True), before=appointment)


def cancel(board: Board, appointment_id: str, change: Change, asks: Judgement = STAFF) -> Decision:
    """Decide to give the places back; a patient himself is bound by the hospital's limits."""
    appointment = _in_state(board, appointment_id, State.HELD, State.BOOKED, State.CHECKED_IN)
    check_patient_of(board, appointment, asks)
    if appointment.state is not State.HELD:
        _check_in_time(board, appointment, asks)
        limit = board.house.parameters.online_cancel_limit
        if asks.patient and board.patient(appointment.patient_id).cancelled >= limit:
            raise CancelLimit(limit=limit)
    return _released(board, appointment, State.CANCELLED, change)


def lapse(board: Board, appointment_id: str, change: Change) -> Decision | None:
    """Decide that a hold is over; None where it is none any more, or not yet over."""
    appointment = board.appointments.get(appointment_id)
    if appointment is None or appointment.state is not State.HELD or not _is_over(board, appointment):
        return None
    return _released(board, appointment, State.EXPIRED, change)


def miss(board: Board, appointment_id: str, change: Change) -> Decision:
    """Decide that the patient did not come; the place is used up, so it is not given back."""
    appointment = _in_state(board, appointment_id, State.BOOKED)
    if appointment.starts_at > board.now:
        raise WrongState(what="appointment", id=appointment.id, state="booked")
    return Decision(_changed(appointment, change, state=State.NO_SHOW), before=appointment)


def apply(board: Board, decision: Decision) -> None:
    """Let the decisions after this one see it; a patient's own cancellations count at once."""
    one = decision.appointment
    board.put(one)
    board.slots.update({slot.id: slot for slot in decision.slots})
    if one.state is State.CANCELLED and one.changes[-1]["actor"] == f"patient:{one.patient_id}":
        known = board.patient(one.patient_id)
        board.patients[one.patient_id] = replace(known, cancelled=known.cancelled + 1)


def undo(board: Board, decisions: list[Decision]) -> None:
    """Take new appointments off the board again, the last first."""
    for decision in reversed(decisions):
        board.slots.update(given_back(board, decision.appointment))
        board.remove(decision.appointment)


def check_patient_of(board: Board, appointment: AppointmentFacts, asks: Judgement) -> None:
    """A patient's own token may touch his own appointments only."""
    if asks.patient:
        check_patient(board, _known_item(board, appointment.item_id), asks)


def _known_item(board: Board, item_id: str) -> ItemFacts:
    item = board.items.get(item_id)
    if item is None:
        raise NotFound(what="order item", id=item_id)
    return item


def _check_item(board: Board, item: ItemFacts) -> None:
    if item.state != "active":
        raise WrongState(what="order item", id=item.order.item_id, state=item.state)
    live = board.live_of_item(item)
    if live is not None:
        raise AlreadyBooked(item=live.item_id, appointment=live.id, starts_at=live.starts_at.isoformat())


def _in_state(board: Board, appointment_id: str, *states: AppointmentState) -> AppointmentFacts:
    appointment = board.appointments.get(appointment_id)
    if appointment is None:
        raise NotFound(what="appointment", id=appointment_id)
    if appointment.state not in states:
        raise WrongState(what="appointment", id=appointment_id, state=appointment.state)
    return appointment


def _check_in_time(board: Board, appointment: AppointmentFacts, asks: Judgement) -> None:
    """Close to the examination a patient has to ask the staff."""
    minutes = board.house.parameters.online_cancel_minutes
    if asks.patient and board.now > appointment.starts_at - timedelta(minutes=minutes):
        raise TooLate(appointment=appointment.id, minutes=minutes)


def _is_over(board: Board, appointment: AppointmentFacts) -> bool:
    return appointment.expires_at is not None and appointment.expires_at <= board.now


def _check_hold(board: Board, appointment: AppointmentFacts) -> None:
    if _is_over(board, appointment):
        assert appointment.expires_at is not None
        raise HoldLapsed(appointment=appointment.id, expired_at=appointment.expires_at.isoformat())


def _until_paid(board: Board, item: ItemFacts) -> datetime | None:
    if not item.exam.prepaid or item.paid:
        return None
    return board.now + timedelta(minutes=board.house.parameters.payment_minutes)


def _end(slots: list[SlotFacts], device: str) -> datetime:
    return max(slot.ends_at for slot in slots if slot.device == device)


def _changed(appointment: AppointmentFacts, change: Change, **fields: object) -> AppointmentFacts:
    """Return an appointment with one link more in its chain of changes."""
    revision, changes = appointment.revision + 1, (*appointment.changes, change)
    return replace(appointment, revision=revision, changes=changes, **fields)  # type: ignore[arg-type]


def _booked(board: Board, appointment: AppointmentFacts, change: Change, paid: bool) -> Decision:
    """Turn a hold into a booking, on its slots too."""
    booked = _changed(appointment, change, state=State.BOOKED, expires_at=None, paid=paid)
    slots = tuple(take(slot, State.BOOKED, booked.pool) for slot in given_back(board, appointment).values())
    return Decision(booked, slots, before=appointment)


def _released(board: Board, appointment: AppointmentFacts, state: AppointmentState, change: Change) -> Decision:
    gone = _changed(appointment, change, state=state, expires_at=None)
    return Decision(gone, tuple(given_back(board, appointment).values()), before=appointment)
