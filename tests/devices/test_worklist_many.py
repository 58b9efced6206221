"""Many examinations are put on the worklist, and taken off, in one command; what was said last of each counts."""

from datetime import UTC, datetime
from threading import Event as Flag
from typing import Any

from tests.devices.conftest import Ask, Make, brief, listing
from yiji.core.app import App
from yiji.core.contract.booking import ExamBooked
from yiji.core.contract.recording import (
    KeepRecording,
    ListExaminations,
    Listing,
    ShowRecording,
    ShowWorklist,
    UnlistExamination,
    UnlistExaminations,
    Unlisting,
)
from yiji.core.message import name_of
from yiji.core.plug import Listens
from yiji.core.relay import Subscriber
from yiji.core.store import outbox
from yiji.core.store.bulk import Writes

AT = datetime(2026, 3, 2, 1, tzinfo=UTC)


def one(number: int, as_of: str, station: str = "ECG-1") -> Listing:
    return Listing(order=brief(number), station=station, starts_at=AT, as_of=as_of)


def stands(ask: Ask) -> dict[str, str]:
    return {entry.item_id: entry.station for entry in ask(ShowWorklist()).entries}


def test_what_is_said_last_counts_within_a_command_and_between_them(ask: Ask):
    ask(ListExaminations(listings=(one(1, "evt-2", "ECG-2"), one(2, "evt-5"), one(1, "evt-1", "ECG-1"))))
    assert stands(ask) == {"itm-1": "ECG-2", "itm-2": "ECG-1"}
    ask(UnlistExaminations(unlistings=(Unlisting(item_id="itm-2", as_of="evt-4"),)))  # older than its listing
    gone = tuple(Unlisting(item_id=f"itm-{number}", as_of="evt-9") for number in (1, 3))  # itm-3: not heard of yet
    ask(UnlistExaminations(unlistings=gone))
    assert stands(ask) == {"itm-2": "ECG-1"}
    ask(ListExaminations(listings=(one(1, "evt-8"), one(2, "evt-8", "ECG-3"), one(3, "evt-8"))))
    assert stands(ask) == {"itm-2": "ECG-3"}
    ask(ListExaminations(listings=(one(3, "evt-99"),)))
    assert stands(ask) == {"itm-2": "ECG-3", "itm-3": "ECG-1"}


def test_nothing_at_all_is_said_too(ask: Ask):
    ask(ListExaminations(listings=()))
    ask(UnlistExaminations(unlistings=()))
    assert stands(ask) == {}


def test_said_again_in_other_company_it_changes_nothing(ask: Ask):
    ask(ListExaminations(listings=(one(1, "evt-1"), one(2, "evt-2"))))
    ask(UnlistExamination(item_id="itm-1", as_of="evt-3"))
    ask(ListExaminations(listings=(one(1, "evt-1"), one(2, "evt-2"), one(4, "evt-4"))))
    assert sorted(stands(ask)) == ["itm-2", "itm-4"]


def test_recordings_that_came_first_find_the_order_that_is_listed_and_no_cancelled_one(ask: Ask, make: Make):
    early = {number: keep(ask, make, number) for number in (1, 2)}
    ask(UnlistExamination(item_id="itm-2", as_of="evt-9"))
    newer = brief(1).model_copy(update={"exam_name": "newer"})
    older = one(1, "evt-3").model_copy(update={"as_of": "evt-2"})
    ask(ListExaminations(listings=(one(1, "evt-3").model_copy(update={"order": newer}), older, one(2, "evt-8"))))
    assert ask(ShowRecording(id=early[1])).order == newer
    assert ask(ShowRecording(id=early[2])).order is None
    assert stands(ask) == {}  # the first is done


def keep(ask: Ask, make: Make, number: int) -> str:
    """Keep a recording that waits for its examination; return its id."""
    entry: Any = ask(listing(90 + number))
    ask(UnlistExamination(item_id=entry.item_id, as_of="z"))
    data = make(
        entry.model_copy(update={"accession_number": brief(number).accession_number, "patient_id": f"P{number}"})
    )
    return ask(KeepRecording(raw=data, file_name="ecg.dcm")).id


def test_bookings_come_to_the_worklist_together_and_with_one_leaf_of_the_audit(app: App, ask: Ask):
    listens = next(record for record in app.plugins.records(Listens) if record.name == "devices.booked")
    booked = [ExamBooked.model_construct(**_booked(number)) for number in range(1, 6)]
    with app.store.begin() as tx:
        writes = Writes()
        outbox.publish(writes, [(event, "desk") for event in booked], {name_of(ExamBooked): [listens]})
        writes.write(tx.db)
    subscriber = Subscriber(app, listens, Flag())
    assert subscriber.pump() == 5
    subscriber.close()
    assert len(stands(ask)) == 5
    with app.store.begin() as tx:
        leaves = tx.db.exec_driver_sql("SELECT message FROM core_audit WHERE actor = 'system'").scalars().all()
        assert leaves == ["recording.ListExaminations"]
        assert outbox.count_open(tx.db) == 0


def _booked(number: int) -> dict[str, Any]:
    order = brief(number)
    place = {"slot_id": "slt", "device": "d", "station": "ECG-1", "room_name": "r", "starts_at": AT, "ends_at": AT}
    return {"order_id": order.order_id, "appointment_id": f"apt-{number}", "order": order, **place}
