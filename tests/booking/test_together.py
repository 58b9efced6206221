"""What is asked of places at the same time is one batch, whatever it asks: decided in order, answered one by one."""

from typing import Any, cast

from builders import order
from sqlalchemy import select

from tests.booking.batching import together
from yiji.booking.errors import SlotFull
from yiji.core.app import App
from yiji.core.bus import ActorBus
from yiji.core.contract.booking import (
    Appointment,
    AppointmentState,
    BookExam,
    CancelExam,
    HoldExam,
    MoveExam,
    VerifyBooking,
)
from yiji.core.contract.inventory import FindSlots
from yiji.core.errors import KeyReused, NotFound
from yiji.core.store.tables import AuditRow, EventRow


def test_all_changes_of_places_share_a_desk(app: App) -> None:
    routes = cast(Any, app.bus)._routes
    names = ("BookExam", "HoldExam", "ConfirmExam", "MoveExam", "CancelExam", "MarkNoShow")
    assert len({routes[f"booking.{name}"].desk for name in names}) == 1


def test_a_place_given_up_is_there_for_who_comes_next_in_the_batch(app: App, bus: ActorBus) -> None:
    first, second = bus.ask(FindSlots(exam_code="ECG12", days=3)).slots[:2]
    items = [bus.ask(order(number)).items[0].id for number in range(1, 7)]
    full = [bus.ask(BookExam(item_id=item, slot_id=first.id)) for item in items[:2]]
    outcomes = together(
        app,
        BookExam(item_id=items[2], slot_id=first.id),
        CancelExam(appointment_id=full[0].id, reason="患者要求"),
        BookExam(item_id=items[3], slot_id=first.id),
        MoveExam(appointment_id=full[1].id, slot_id=second.id),
        HoldExam(item_id=items[4], slot_id=first.id),
        CancelExam(appointment_id="apt-unknown", reason=""),
    )
    refused, cancelled, booked, moved, held, unknown = outcomes
    assert isinstance(refused, SlotFull)
    assert isinstance(unknown, NotFound)
    assert [one.state for one in (cancelled, booked, moved, held)] == [
        AppointmentState.CANCELLED,
        AppointmentState.BOOKED,
        AppointmentState.BOOKED,
        AppointmentState.HELD,
    ]
    assert (booked.slot_id, moved.slot_id, held.slot_id) == (first.id, second.id, first.id)
    assert bus.ask(VerifyBooking()).found == 0
    with app.store.begin() as tx:
        leaf, event = AuditRow.table(), EventRow.table()
        leaves = tx.db.execute(select(leaf.c.message, leaf.c.outcome).order_by(leaf.c.seq.desc()).limit(6)).all()
        events = list(tx.db.execute(select(event.c.type).order_by(event.c.id)).scalars())[-4:]
    assert [tuple(one) for one in reversed(leaves)] == [
        ("booking.BookExam", "booking.slot_full"),
        ("booking.CancelExam", "ok"),
        ("booking.BookExam", "ok"),
        ("booking.MoveExam", "ok"),
        ("booking.HoldExam", "ok"),
        ("booking.CancelExam", unknown.code),
    ]
    assert sorted(events) == ["booking.ExamBooked", "booking.ExamCancelled", "booking.ExamHeld", "booking.ExamMoved"]


def test_a_key_belongs_to_its_command_also_within_a_batch(app: App, bus: ActorBus) -> None:
    slot = bus.ask(FindSlots(exam_code="ECG12", days=3)).slots[0]
    item = bus.ask(order(1)).items[0].id
    book, hold = BookExam(item_id=item, slot_id=slot.id), HoldExam(item_id=item, slot_id=slot.id)
    booked, other, same = together(app, book, hold, book, keys=("one", "one", "one"))
    assert isinstance(booked, Appointment)
    assert isinstance(other, KeyReused)
    assert same == booked
    again, held = together(app, book, hold, keys=("one", "two"))
    assert again == booked
    assert held.code == "booking.already_booked"
