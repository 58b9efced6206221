"""Stops 停诊/停机: who is displaced goes where it disturbs least, and who is to be told is known."""

from datetime import datetime, timedelta
from typing import TypedDict

import pytest
from builders import SMALL, order

from yiji.booking.errors import BadRange, SlotClosed
from yiji.core import clock
from yiji.core.app import App
from yiji.core.bus import ActorBus
from yiji.core.contract.booking import Appointment, BookExam, ShowAppointment
from yiji.core.contract.catalogue import Device, LoadCatalogue
from yiji.core.contract.inventory import (
    FindSlots,
    ListStops,
    NoteTold,
    OpenSlots,
    PreviewStop,
    ResumeDevice,
    Slot,
    StopDevice,
)
from yiji.core.errors import NotFound


@pytest.fixture
def bus(app: App) -> ActorBus:
    """Two electrocardiographs in two rooms."""
    second = Device(code="ECG-2", name="心电图机2", room="US-R1", modality="ECG", station="ECG-2")
    exams = (SMALL.exams[0].model_copy(update={"devices": ("ECG-1", "ECG-2")}), *SMALL.exams[1:])
    calendars = (*SMALL.calendars, SMALL.calendars[0].model_copy(update={"device": "ECG-2", "capacity": 1}))
    devices = (*SMALL.devices, second)
    asking = app.bus_as(app.operator_token())
    told = SMALL.model_copy(update={"devices": devices, "exams": exams, "calendars": calendars})
    asking.ask(LoadCatalogue(catalogue=told))
    asking.ask(OpenSlots(first_day=clock.today(app.settings.site.zone) + timedelta(days=1), days=2), timeout=60)
    return asking


def slots_of(bus: ActorBus, device: str = "ECG-1") -> list[Slot]:
    return list(bus.ask(FindSlots(device=device, days=3)).slots)


def booked(bus: ActorBus, slot: Slot, *numbers: int) -> list[Appointment]:
    return [bus.ask(BookExam(item_id=bus.ask(order(one)).items[0].id, slot_id=slot.id)) for one in numbers]


class Span(TypedDict):
    """A stretch of time, as the messages name it."""

    starts_at: datetime
    ends_at: datetime


def stretch(slots: list[Slot]) -> Span:
    return Span(starts_at=slots[0].starts_at, ends_at=slots[-1].ends_at)


def test_the_displaced_go_where_it_disturbs_least(bus: ActorBus) -> None:
    first = slots_of(bus)[:3]
    was = booked(bus, first[1], 1, 2)
    span = stretch(first)
    foreseen = bus.ask(PreviewStop(device="ECG-1", **span))
    assert bus.ask(ShowAppointment(id=was[0].id)).slot_id == first[1].id  # a preview changes nothing
    stop = bus.ask(StopDevice(device="ECG-1", reason="停机检修", **span))
    assert stop.displaced == foreseen.displaced
    assert (stop.closed_slots, stop.moved, stop.untold) == (3, 2, 2)
    places = [bus.ask(ShowAppointment(id=one.id)) for one in was]
    assert [one.starts_at for one in places] == [first[1].starts_at, first[2].starts_at]  # the other room has one place
    assert {one.device for one in places} == {"ECG-2"}
    assert places[0].changes[-1].what == "displaced"
    assert places[0].changes[-1].reason == "停机检修"
    with pytest.raises(SlotClosed):
        booked(bus, first[0], 3)
    assert not {slot.id for slot in slots_of(bus)} & {slot.id for slot in first}
    bus.ask(NoteTold(stop_id=stop.id, appointment_id=was[0].id))
    assert bus.ask(ListStops()).stops[0].untold == 1


def test_who_cannot_be_placed_stays_and_is_told(bus: ActorBus) -> None:
    was = booked(bus, slots_of(bus)[0], 1)[0]
    span = Span(starts_at=was.starts_at, ends_at=was.starts_at + timedelta(days=4))
    bus.ask(StopDevice(device="ECG-2", reason="停机", **span))
    stop = bus.ask(StopDevice(device="ECG-1", reason="停机", **span))
    assert [(one.appointment_id, one.why_not) for one in stop.displaced] == [(was.id, "booking.no_place")]
    assert bus.ask(ShowAppointment(id=was.id)).slot_id == was.slot_id


def test_nobody_is_moved_to_an_earlier_time(bus: ActorBus) -> None:
    """Whom nobody reaches comes at his old time, and is not too late: the next day rather than an hour earlier."""
    today = [slot for slot in slots_of(bus) if slot.starts_at.date() == slots_of(bus)[0].starts_at.date()]
    late = booked(bus, today[-1], 1)[0]
    rest = Span(starts_at=late.starts_at, ends_at=today[-1].ends_at + timedelta(hours=8))
    bus.ask(StopDevice(device="ECG-2", reason="停机", **rest))
    stop = bus.ask(StopDevice(device="ECG-1", reason="停机", **rest))
    place = bus.ask(ShowAppointment(id=late.id))
    assert (stop.moved, place.changes[-1].what) == (1, "displaced")
    assert place.starts_at - late.starts_at > timedelta(hours=8)


def test_the_displaced_can_still_prepare(bus: ActorBus) -> None:
    """At noon who must fast for a day is not moved to the places of tomorrow morning that are free."""
    fasting = SMALL.exams[0].model_copy(update={"devices": ("ECG-1", "ECG-2"), "preparation_minutes": 26 * 60})
    last = slots_of(bus)[-1]
    was = booked(bus, slots_of(bus)[0], 1)[0]
    bus.ask(LoadCatalogue(catalogue=SMALL.model_copy(update={"exams": (fasting,), "calendars": ()})))
    bus.ask(StopDevice(device="ECG-1", reason="停机", starts_at=was.starts_at, ends_at=was.ends_at))
    place = bus.ask(ShowAppointment(id=was.id))
    assert clock.now() + timedelta(hours=26) <= place.starts_at <= last.starts_at


def test_a_stop_ends_and_another_keeps_its_slots_closed(bus: ActorBus) -> None:
    first = slots_of(bus)[:4]
    one = bus.ask(StopDevice(device="ECG-1", reason="甲", **stretch(first[:3])))
    two = bus.ask(StopDevice(device="ECG-1", reason="乙", **stretch(first[2:])))
    assert (one.closed_slots, two.closed_slots) == (3, 2)
    resumed = bus.ask(ResumeDevice(stop_id=one.id))
    assert resumed.resumed_at is not None
    assert [slot.id for slot in slots_of(bus)[:2]] == [first[0].id, first[1].id]
    assert not {first[2].id, first[3].id} & {slot.id for slot in slots_of(bus)}
    assert [stop.id for stop in bus.ask(ListStops()).stops] == [two.id]


def test_odd_stops_are_refused(bus: ActorBus) -> None:
    now = clock.now()
    with pytest.raises(BadRange):
        bus.ask(StopDevice(device="ECG-1", reason="x", starts_at=now, ends_at=now))
    with pytest.raises(BadRange):
        bus.ask(PreviewStop(device="ECG-1", starts_at=now - timedelta(days=2), ends_at=now - timedelta(days=1)))
    with pytest.raises(NotFound):
        bus.ask(StopDevice(device="NOPE", reason="x", starts_at=now, ends_at=now + timedelta(hours=1)))
