"""Merges, and merges taken back, beside a booking or a registration: who waits is for the record that then stands."""

from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

import pytest
from builders import order

from yiji.booking.errors import NotMerged
from yiji.booking.handlers.merging import merge_patients, unmerge_patients
from yiji.booking.loading import boards
from yiji.booking.loading.patients import Locked, lock_owners
from yiji.core.actor import Actor
from yiji.core.app import App
from yiji.core.bus import ActorBus
from yiji.core.contract.booking import BookExam, ListAppointments
from yiji.core.contract.inventory import FindSlots
from yiji.core.contract.patient import MergePatients, Patient, RegisterPatient, ShowPatient, UnmergePatients
from yiji.core.job import Job


def test_a_booking_that_waits_for_a_merge_is_for_who_stands(app: App, bus: ActorBus) -> None:
    one, other = bus.ask(order(1)), bus.ask(order(2))
    slot = bus.ask(FindSlots(exam_code="ECG12", days=3)).slots[0]
    merge = MergePatients(patient_id=one.patient.id, duplicate_id=other.patient.id, reason="同一人")
    with ThreadPoolExecutor(1) as pool:
        with app.store.begin() as tx:
            [merged] = merge_patients(tx, [Job(merge, Actor("desk", ("admin",), ""))])
            assert isinstance(merged, Patient)
            booking = pool.submit(bus.ask, BookExam(item_id=other.items[0].id, slot_id=slot.id))
            assert not wait([booking], timeout=1).done  # both records are locked
        assert booking.result().patient_id == one.patient.id
    assert len(bus.ask(ListAppointments(patient_id=one.patient.id)).appointments) == 1


def merged(bus: ActorBus) -> tuple[str, str]:
    """Two records of which the first stands for both."""
    one, other = bus.ask(order(1)).patient.id, bus.ask(order(2)).patient.id
    bus.ask(MergePatients(patient_id=one, duplicate_id=other, reason="同一人"))
    return one, other


def test_two_take_a_merge_back_at_once(app: App, bus: ActorBus) -> None:
    one, other = merged(bus)
    back = UnmergePatients(duplicate_id=other, reason="不是同一人")
    with ThreadPoolExecutor(1) as pool:
        with app.store.begin() as tx:
            [returned] = unmerge_patients(tx, [Job(back, Actor("desk", ("admin",), ""))])
            assert isinstance(returned, Patient)
            again = pool.submit(bus.ask, back)
            assert not wait([again], timeout=1).done
        with pytest.raises(NotMerged):
            again.result()
    assert [bus.ask(ShowPatient(id=each)).id for each in (one, other)] == [one, other]


def test_who_registers_while_a_merge_is_taken_back_is_the_one_whose_number_it_is(app: App, bus: ActorBus) -> None:
    """The number went back with its record: the order that waited for the lock goes there too."""
    _, other = merged(bus)
    back = UnmergePatients(duplicate_id=other, reason="不是同一人")
    with ThreadPoolExecutor(2) as pool:
        with app.store.begin() as tx:
            unmerge_patients(tx, [Job(back, Actor("desk", ("admin",), ""))])
            ordered = pool.submit(bus.ask, order(3, patient=2))
            registered = pool.submit(bus.ask, RegisterPatient(patient=order(4, patient=2).patient))
            assert not wait([ordered], timeout=1).done
            assert not registered.done()
        assert (ordered.result().patient.id, registered.result().id) == (other, other)


def test_who_registers_while_records_are_merged_is_the_one_who_stands(app: App, bus: ActorBus) -> None:
    one, other = bus.ask(order(1)).patient.id, bus.ask(order(2)).patient.id
    merge = MergePatients(patient_id=one, duplicate_id=other, reason="同一人")
    with ThreadPoolExecutor(1) as pool:
        with app.store.begin() as tx:
            merge_patients(tx, [Job(merge, Actor("desk", ("admin",), ""))])
            ordered = pool.submit(bus.ask, order(3, patient=2))
            assert not wait([ordered], timeout=1).done
        assert ordered.result().patient.id == one


def test_a_booking_that_waits_for_an_unmerge_locks_the_record_that_the_order_went_to(
    app: App, bus: ActorBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = bus.ask(order(1)), bus.ask(order(2))
    bus.ask(MergePatients(patient_id=one.patient.id, duplicate_id=two.patient.id, reason="同一人"))
    slot = bus.ask(FindSlots(exam_code="ECG12", days=3)).slots[0]
    locked: list[frozenset[str]] = []

    def noting(*wanted: Any) -> Locked:
        found = lock_owners(*wanted)
        locked.append(found.patients)
        return found

    monkeypatch.setattr(boards, "lock_owners", noting)
    back = UnmergePatients(duplicate_id=two.patient.id, reason="不是同一人")
    with ThreadPoolExecutor(1) as pool:
        with app.store.begin() as tx:
            unmerge_patients(tx, [Job(back, Actor("desk", ("admin",), ""))])
            booking = pool.submit(bus.ask, BookExam(item_id=two.items[0].id, slot_id=slot.id))
            assert not wait([booking], timeout=1).done
        assert booking.result().patient_id == two.patient.id
    assert locked == [{one.patient.id}, {two.patient.id}]
