"""A merge and a booking at the same time: the booking waits, and then is the one of the record that stands."""

from concurrent.futures import ThreadPoolExecutor, wait

from builders import order

from yiji.booking.handlers.merging import merge_patients
from yiji.core.actor import Actor
from yiji.core.app import App
from yiji.core.bus import ActorBus
from yiji.core.contract.booking import BookExam, ListAppointments
from yiji.core.contract.inventory import FindSlots
from yiji.core.contract.patient import MergePatients, Patient
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
