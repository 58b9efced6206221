"""The waitlist 候补: offers, automatic bookings, earlier places, and what is respected."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from builders import order

from yiji.booking.handlers import waitlist
from yiji.booking.loading import boards
from yiji.core import clock
from yiji.core.actor import verify
from yiji.core.app import App
from yiji.core.bus import ActorBus
from yiji.core.contract.booking import (
    Appointment,
    Backfill,
    BackfillResult,
    BookExam,
    CancelExam,
    ConfirmExam,
    JoinWaitlist,
    LapseHolds,
    LeaveWaitlist,
    ListWaits,
    ShowAppointment,
    Wait,
    WaitState,
)
from yiji.core.contract.inventory import FindSlots, Slot
from yiji.core.contract.order import Priority
from yiji.core.job import Job
from yiji.core.relay import Relay


def slots_of(bus: ActorBus) -> list[Slot]:
    return list(bus.ask(FindSlots(exam_code="ECG12", days=3)).slots)


def fill(bus: ActorBus, slot: Slot, first: int) -> list[Appointment]:
    return [
        bus.ask(BookExam(item_id=bus.ask(order(number)).items[0].id, slot_id=slot.id))
        for number in range(first, first + slot.free)
    ]


def backfill(bus: ActorBus, slot: Slot) -> tuple[Wait, ...]:
    return bus.ask(Backfill(device=slot.device, starts_at=slot.starts_at, ends_at=slot.ends_at)).served


def waiting(bus: ActorBus, number: int, **wish: Any) -> Wait:
    return bus.ask(JoinWaitlist(item_id=bus.ask(order(number)).items[0].id, **wish))


def test_a_place_that_comes_free_is_offered(bus: ActorBus, monkeypatch: pytest.MonkeyPatch) -> None:
    slot = slots_of(bus)[0]
    taken = fill(bus, slot, 1)
    first, second = waiting(bus, 10, notice_minutes=0), waiting(bus, 11, notice_minutes=0)
    assert backfill(bus, slot) == ()
    bus.ask(CancelExam(appointment_id=taken[0].id))
    served = backfill(bus, slot)
    assert [(one.id, one.state) for one in served] == [(first.id, WaitState.OFFERED)]
    assert bus.ask(ShowAppointment(id=served[0].appointment_id)).state == "held"
    real = clock.now
    monkeypatch.setattr(clock, "now", lambda: real() + timedelta(minutes=31))
    assert bus.ask(LapseHolds()).count == 1  # nobody said yes: it is offered again, to who waits longest
    again = backfill(bus, slot)
    assert [one.id for one in again] == [first.id]
    bus.ask(ConfirmExam(appointment_id=again[0].appointment_id))
    bus.ask(LapseHolds())
    assert [one.id for one in bus.ask(ListWaits()).waits] == [second.id]


def test_urgent_before_long_waiting_and_automatic_is_booked(bus: ActorBus) -> None:
    slot = slots_of(bus)[0]
    taken = fill(bus, slot, 1)
    waiting(bus, 10, notice_minutes=0, automatic=True)
    urgent = bus.ask(order(11).model_copy(update={"priority": Priority.URGENT})).items[0].id
    wish = bus.ask(JoinWaitlist(item_id=urgent, notice_minutes=0, automatic=True))
    assert bus.ask(JoinWaitlist(item_id=urgent)).id == wish.id  # waits already
    bus.ask(CancelExam(appointment_id=taken[0].id))
    assert [one.item_id for one in backfill(bus, slot)] == [urgent]
    assert bus.ask(ShowAppointment(id=urgent)).state == "booked"


def test_notice_and_days_are_respected(bus: ActorBus) -> None:
    slot = slots_of(bus)[0]
    too_soon = int((slot.starts_at - clock.now()) / timedelta(minutes=1)) + 60
    waiting(bus, 10, notice_minutes=too_soon)
    waiting(bus, 11, notice_minutes=0, first_day=slot.starts_at.date() + timedelta(days=5))
    assert backfill(bus, slot) == ()


def test_who_has_a_place_is_moved_to_an_earlier_one(bus: ActorBus) -> None:
    early, late = slots_of(bus)[0], slots_of(bus)[40]
    item = bus.ask(order(1)).items[0].id
    booked = bus.ask(BookExam(item_id=item, slot_id=late.id))
    bus.ask(JoinWaitlist(item_id=item, notice_minutes=0))
    assert [one.state for one in backfill(bus, early)] == [WaitState.SERVED]
    moved = bus.ask(ShowAppointment(id=booked.id))
    assert (moved.slot_id, moved.revision) == (early.id, 2)


def test_who_leaves_waits_no_longer(bus: ActorBus) -> None:
    wish = waiting(bus, 1)
    assert bus.ask(LeaveWaitlist(wait_id=wish.id)).state is WaitState.LEFT
    assert bus.ask(ListWaits()).waits == ()
    assert backfill(bus, slots_of(bus)[0]) == ()


def test_a_cancellation_serves_the_waitlist_by_itself(bus: ActorBus, app: App) -> None:
    slot = slots_of(bus)[0]
    taken = fill(bus, slot, 1)
    wish = waiting(bus, 10, notice_minutes=0, automatic=True)
    lane = Relay(app, "relay")
    lane.start()
    try:
        bus.ask(CancelExam(appointment_id=taken[0].id))
        found = bus.ask(ListWaits(state=WaitState.SERVED)).waits
        while not found and not app.stopping.wait(0.05):
            found = bus.ask(ListWaits(state=WaitState.SERVED)).waits
    finally:
        lane.stop()
    assert [one.id for one in found] == [wish.id]


def in_one_batch(app: App, *slots: Slot) -> list[list[Wait]]:
    """What each of several backfills in one transaction serves."""
    actor = verify(app.operator_token(), app.settings.secret, app.settings.site.id)
    jobs = [Job(Backfill(device=one.device, starts_at=one.starts_at, ends_at=one.ends_at), actor) for one in slots]
    with app.store.begin() as tx:
        answers = waitlist.backfill(tx, jobs)
    return [list(one.served) for one in answers if isinstance(one, BackfillResult)]


def test_a_batch_locks_all_its_patients_before_any_slot(
    bus: ActorBus, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else two batches could wait for each other: one for a slot, the other for a patient."""
    locked: list[str] = []

    def noted(name: str) -> Callable[..., Any]:
        real = getattr(boards, name)

        def lock(*told: Any) -> Any:
            locked.append(name)
            return real(*told)

        return lock

    for name in ("lock_owners", "lock_slots"):
        monkeypatch.setattr(boards, name, noted(name))
    slots = slots_of(bus)
    tomorrow, later = slots[0], slots[-1]
    waiting(bus, 10, notice_minutes=0, last_day=clock.local(tomorrow.starts_at, "Asia/Shanghai").date())
    waiting(bus, 11, notice_minutes=0, first_day=clock.local(later.starts_at, "Asia/Shanghai").date())
    assert [len(some) for some in in_one_batch(app, tomorrow, later)] == [1, 1]
    assert locked == ["lock_owners", "lock_slots"]


def test_a_wish_is_served_once_in_a_batch(bus: ActorBus, app: App) -> None:
    first, second = slots_of(bus)[:2]
    wish = waiting(bus, 10, notice_minutes=0)
    served = in_one_batch(app, second, first)
    assert [[one.id for one in some] for some in served] == [[wish.id], []]
    assert bus.ask(ShowAppointment(id=wish.item_id)).slot_id == second.id
