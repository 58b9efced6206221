"""Booking through the real bus on a real database."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from builders import order

from yiji.booking.errors import (
    AlreadyBooked,
    OrderChanged,
    PatientBusy,
    RuleRefuses,
    SlotFull,
    UnknownExam,
    WrongDevice,
    WrongState,
)
from yiji.core.app import App
from yiji.core.bus import ActorBus
from yiji.core.contract.booking import BookExam, CancelExam, MoveExam, ShowAppointment
from yiji.core.contract.inventory import FindSlots, Slot
from yiji.core.contract.order import ListOrders, RevokeOrder, ShowOrder
from yiji.core.errors import KeyReused, NotPermitted, NotSignedIn, YijiError


def _slots(bus: ActorBus, exam: str = "ECG12") -> list[Slot]:
    return list(bus.ask(FindSlots(exam_code=exam, days=3)).slots)


def test_an_order_is_kept_once(bus: ActorBus) -> None:
    first = bus.ask(order(1, "ECG12", "USABD"))
    again = bus.ask(order(1, "ECG12", "USABD"))
    assert again == first
    assert [item.exam_code for item in first.items] == ["ECG12", "USABD"]
    assert len({item.accession_number for item in first.items}) == 2
    assert bus.ask(ListOrders(patient="P1")).orders == (first,)


def test_an_order_that_changes_is_refused(bus: ActorBus) -> None:
    bus.ask(order(1, "ECG12"))
    with pytest.raises(OrderChanged):
        bus.ask(order(1, "USABD"))
    with pytest.raises(UnknownExam):
        bus.ask(order(2, "NOPE"))


def test_book_move_cancel(bus: ActorBus) -> None:
    item = bus.ask(order(1)).items[0]
    slots = _slots(bus)
    booked = bus.ask(BookExam(item_id=item.id, slot_id=slots[0].id))
    assert booked.accession_number == item.accession_number
    assert _slots(bus)[0].booked == 1
    with pytest.raises(AlreadyBooked):
        bus.ask(BookExam(item_id=item.id, slot_id=slots[1].id))
    moved = bus.ask(MoveExam(appointment_id=booked.id, slot_id=slots[1].id, reason="患者要求"))
    assert (moved.slot_id, moved.revision) == (slots[1].id, 2)
    cancelled = bus.ask(CancelExam(appointment_id=booked.id, reason="患者要求"))
    assert [change.what for change in cancelled.changes] == ["booked", "moved", "cancelled"]
    assert sum(slot.booked for slot in _slots(bus)) == 0
    assert bus.ask(BookExam(item_id=item.id, slot_id=slots[0].id)).id != booked.id


def test_a_move_does_not_block_itself(bus: ActorBus) -> None:
    """The slots of one device overlap in time with the slots of another; moving within one's own time is legal."""
    item = bus.ask(order(1)).items[0]
    first, second = _slots(bus)[:2]
    booked = bus.ask(BookExam(item_id=item.id, slot_id=first.id))
    assert bus.ask(MoveExam(appointment_id=booked.id, slot_id=second.id)).slot_id == second.id


def test_refusals_tell_what_to_do(bus: ActorBus) -> None:
    slots = _slots(bus)
    for number in (1, 2):
        bus.ask(BookExam(item_id=bus.ask(order(number)).items[0].id, slot_id=slots[0].id))
    third = bus.ask(order(3, "ECG12", "USABD"))
    with pytest.raises(SlotFull) as full:
        bus.ask(BookExam(item_id=third.items[0].id, slot_id=slots[0].id))
    assert full.value.params["next"].startswith(slots[1].starts_at.astimezone().date().isoformat()[:4])
    with pytest.raises(WrongDevice):
        bus.ask(BookExam(item_id=third.items[0].id, slot_id=_slots(bus, "USABD")[0].id))
    bus.ask(BookExam(item_id=third.items[0].id, slot_id=slots[1].id))
    with pytest.raises(PatientBusy):
        bus.ask(BookExam(item_id=third.items[1].id, slot_id=_slots(bus, "USABD")[1].id))


def test_a_plugins_rule_refuses_with_its_id_the_conflict_and_the_earliest_time(bus: ActorBus) -> None:
    both = bus.ask(order(1, "ECG12", "USABD"))
    first = bus.ask(BookExam(item_id=both.items[0].id, slot_id=_slots(bus)[0].id))
    soon, later = _slots(bus, "USABD")[1:3]
    with pytest.raises(RuleRefuses) as refused:
        bus.ask(BookExam(item_id=both.items[1].id, slot_id=soon.id))
    told = refused.value.params
    assert (told["rule"], told["conflict"]) == ("demo_hospital.walk", first.id)
    assert datetime.fromisoformat(told["earliest"]) == later.starts_at
    assert told["earliest"].endswith("+08:00")
    assert bus.ask(BookExam(item_id=both.items[1].id, slot_id=later.id)).state == "booked"


def test_a_hot_slot_is_never_oversold(bus: ActorBus) -> None:
    items = [bus.ask(order(number)).items[0].id for number in range(20)]
    slot = _slots(bus)[0]

    def book(item: str) -> str:
        try:
            return bus.ask(BookExam(item_id=item, slot_id=slot.id)).id
        except YijiError as refusal:
            return refusal.code

    with ThreadPoolExecutor(20) as pool:
        outcomes = list(pool.map(book, items))
    assert outcomes.count("booking.slot_full") == 18
    assert sum(outcome.startswith("apt-") for outcome in outcomes) == slot.capacity


def test_idempotency_keys(bus: ActorBus) -> None:
    item = bus.ask(order(1)).items[0]
    slots = _slots(bus)
    first = bus.ask(BookExam(item_id=item.id, slot_id=slots[0].id), key="k1")
    assert bus.ask(BookExam(item_id=item.id, slot_id=slots[0].id), key="k1") == first
    with pytest.raises(KeyReused):
        bus.ask(BookExam(item_id=item.id, slot_id=slots[1].id), key="k1")
    wish = BookExam(item_id=bus.ask(order(2)).items[0].id, slot_id=slots[0].id)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: bus.ask(wish, key="k2"), range(8)))
    assert len({answer.id for answer in answers}) == 1


def test_a_revoked_order_cannot_be_booked(bus: ActorBus) -> None:
    item = bus.ask(order(1)).items[0]
    bus.ask(RevokeOrder(sender="HIS", placer_numbers=(item.placer_number,)))
    with pytest.raises(WrongState):
        bus.ask(BookExam(item_id=item.id, slot_id=_slots(bus)[0].id))
    assert bus.ask(ShowOrder(id=item.accession_number)).state == "revoked"


def test_the_gate(app: App, bus: ActorBus) -> None:
    with pytest.raises(NotSignedIn):
        app.bus.ask(ShowAppointment(id="x"), token="")
    with pytest.raises(NotPermitted):
        app.bus_as(app.token_for("cart", "device")).ask(BookExam(item_id="i", slot_id="s"))
