"""Holds 占号, payments, and the race between a payment and the end of a hold."""

from datetime import timedelta

import pytest
from builders import SMALL, order

from yiji.booking.errors import HoldLapsed, NeedsPayment, SlotFull, WrongState
from yiji.core import clock
from yiji.core.app import App
from yiji.core.bus import ActorBus
from yiji.core.contract.booking import (
    AppointmentState,
    BookExam,
    CancelExam,
    ConfirmExam,
    FulfilExam,
    HoldExam,
    LapseHolds,
    MoveExam,
    RecordPayment,
    ShowAppointment,
)
from yiji.core.contract.catalogue import LoadCatalogue
from yiji.core.contract.inventory import FindSlots, Slot
from yiji.core.store.tables import EventRow


def slots_of(bus: ActorBus, exam: str = "ECG12") -> list[Slot]:
    return list(bus.ask(FindSlots(exam_code=exam, days=3)).slots)


def later(monkeypatch: pytest.MonkeyPatch, minutes: int) -> None:
    """Let the house's clock be that much later."""
    real = clock.now
    monkeypatch.setattr(clock, "now", lambda: real() + timedelta(minutes=minutes))


def test_a_hold_takes_a_place_and_is_confirmed(bus: ActorBus) -> None:
    slot = slots_of(bus)[0]
    items = [bus.ask(order(number)).items[0].id for number in (1, 2, 3)]
    held = bus.ask(HoldExam(item_id=items[0], slot_id=slot.id))
    assert held.state is AppointmentState.HELD
    assert held.expires_at is not None
    bus.ask(BookExam(item_id=items[1], slot_id=slot.id))
    assert (slots_of(bus)[0].id) != slot.id  # full: one held, one booked
    with pytest.raises(SlotFull):
        bus.ask(BookExam(item_id=items[2], slot_id=slot.id))
    confirmed = bus.ask(ConfirmExam(appointment_id=held.id))
    assert confirmed.state is AppointmentState.BOOKED
    assert confirmed.expires_at is None
    assert [change.what for change in confirmed.changes] == ["held", "confirmed"]
    with pytest.raises(WrongState):
        bus.ask(ConfirmExam(appointment_id=held.id))


def test_a_hold_lapses(bus: ActorBus, monkeypatch: pytest.MonkeyPatch) -> None:
    slot = slots_of(bus)[0]
    item = bus.ask(order(1)).items[0].id
    held = bus.ask(HoldExam(item_id=item, slot_id=slot.id, minutes=5))
    assert bus.ask(LapseHolds()).count == 0
    later(monkeypatch, 6)
    with pytest.raises(HoldLapsed):
        bus.ask(ConfirmExam(appointment_id=held.id))
    assert bus.ask(LapseHolds()).count == 1
    assert bus.ask(LapseHolds()).count == 0
    assert bus.ask(ShowAppointment(id=held.id)).state is AppointmentState.EXPIRED
    assert (slots_of(bus)[0].held, slots_of(bus)[0].booked) == (0, 0)
    assert bus.ask(BookExam(item_id=item, slot_id=slot.id)).state is AppointmentState.BOOKED


def test_a_hold_can_move_and_be_released(bus: ActorBus) -> None:
    first, second = slots_of(bus)[:2]
    held = bus.ask(HoldExam(item_id=bus.ask(order(1)).items[0].id, slot_id=first.id))
    moved = bus.ask(MoveExam(appointment_id=held.id, slot_id=second.id))
    assert (moved.state, moved.slot_id, moved.expires_at) == (AppointmentState.HELD, second.id, held.expires_at)
    bus.ask(CancelExam(appointment_id=held.id))
    assert sum(slot.held + slot.booked for slot in slots_of(bus)) == 0


@pytest.fixture
def prepaid(bus: ActorBus) -> ActorBus:
    """The hospital lets the electrocardiogram be paid first."""
    exams = tuple(exam.model_copy(update={"prepaid": True}) if exam.code == "ECG12" else exam for exam in SMALL.exams)
    bus.ask(LoadCatalogue(catalogue=SMALL.model_copy(update={"exams": exams})))
    return bus


def refunds(app: App) -> list[str]:
    with app.store.begin() as tx:
        rows = tx.db.execute(EventRow.table().select().where(EventRow.table().c.type == "booking.RefundDue")).all()
    return [row.aggregate for row in rows]


def test_a_payment_confirms(prepaid: ActorBus, app: App) -> None:
    slot = slots_of(prepaid)[0]
    held = prepaid.ask(BookExam(item_id=prepaid.ask(order(1)).items[0].id, slot_id=slot.id))
    assert held.state is AppointmentState.HELD
    with pytest.raises(NeedsPayment):
        prepaid.ask(ConfirmExam(appointment_id=held.id))
    paid = prepaid.ask(RecordPayment(appointment_id=held.id, payment_number="P1", amount=5000))
    assert paid.accepted
    assert paid.appointment is not None
    assert (paid.appointment.state, paid.appointment.paid) == (AppointmentState.BOOKED, True)
    again = prepaid.ask(RecordPayment(appointment_id=held.id, payment_number="P1", amount=5000))
    assert again.accepted
    assert not refunds(app)
    double = prepaid.ask(RecordPayment(appointment_id=held.id, payment_number="P2", amount=5000))
    assert not double.accepted
    assert len(refunds(app)) == 1
    prepaid.ask(CancelExam(appointment_id=held.id))
    assert len(refunds(app)) == 2


def test_a_payment_that_comes_too_late_goes_back(prepaid: ActorBus, app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    slot = slots_of(prepaid)[0]
    held = prepaid.ask(BookExam(item_id=prepaid.ask(order(1)).items[0].id, slot_id=slot.id))
    later(monkeypatch, 31)
    late = prepaid.ask(RecordPayment(appointment_id=held.id, payment_number="P1", amount=5000))
    assert not late.accepted
    assert len(refunds(app)) == 1
    prepaid.ask(LapseHolds())
    after = prepaid.ask(RecordPayment(appointment_id=held.id, payment_number="P1", amount=5000))
    assert not after.accepted
    assert len(refunds(app)) == 1


def test_what_is_paid_before_it_is_booked_needs_no_hold(prepaid: ActorBus) -> None:
    item = prepaid.ask(order(1)).items[0].id
    assert prepaid.ask(RecordPayment(appointment_id=item, payment_number="P1", amount=5000)).accepted
    booked = prepaid.ask(BookExam(item_id=item, slot_id=slots_of(prepaid)[0].id))
    assert (booked.state, booked.paid) == (AppointmentState.BOOKED, True)


def test_what_was_examined_is_not_booked_again(bus: ActorBus) -> None:
    slots, item = slots_of(bus), bus.ask(order(1)).items[0].id
    bus.ask(BookExam(item_id=item, slot_id=slots[0].id))
    bus.ask(FulfilExam(item_id=item))
    with pytest.raises(WrongState):
        bus.ask(BookExam(item_id=item, slot_id=slots[1].id))
