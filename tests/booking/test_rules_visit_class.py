"""A rule may speak of the visit class of either examination: booking, planning, verify and replay read both alike."""

from datetime import timedelta

import pytest
from builders import order

from tests.booking.rules_world import rule, rules
from yiji.booking.errors import RuleRefuses
from yiji.core.bus import ActorBus
from yiji.core.contract.booking import Appointment, BookExam, BookPlan, Choice, PlanExams, VerifyBooking
from yiji.core.contract.inventory import FindSlots, Slot
from yiji.core.contract.order import RegisterOrder
from yiji.core.contract.rule import DryRunRules, LoadRules, RuleKind

WALK = timedelta(minutes=10)  # the demonstration hospital's own rule is in force in tests
INPATIENT_FIRST = rules(
    rule(
        RuleKind.EXCLUSIVE,
        id="apart",
        first={"exams": ["ECG12"], "visit_classes": ["I"]},
        second={"exams": ["USABD"], "visit_classes": ["O"]},
    )
)


def of_class(visit_class: str, number: int, *exams: str) -> RegisterOrder:
    """Another order for the same patient, from a visit of this class."""
    told = order(number, *exams, patient=1)
    return told.model_copy(update={"patient": told.patient.model_copy(update={"visit_class": visit_class})})


def slots(bus: ActorBus, exam: str) -> list[Slot]:
    return list(bus.ask(FindSlots(exam_code=exam, days=2)).slots)


def ecg_booked(bus: ActorBus, visit_class: str) -> Appointment:
    item = bus.ask(of_class(visit_class, 1, "ECG12")).items[0]
    return bus.ask(BookExam(item_id=item.id, slot_id=slots(bus, "ECG12")[0].id))


def scan_near(bus: ActorBus, first: Appointment) -> BookExam:
    item = bus.ask(of_class("O", 2, "USABD")).items[0]
    slot = next(one for one in slots(bus, "USABD") if one.starts_at >= first.ends_at + WALK)
    return BookExam(item_id=item.id, slot_id=slot.id)


def test_the_class_of_the_other_examination_counts(bus: ActorBus) -> None:
    bus.ask(LoadRules(rules=INPATIENT_FIRST))
    first = ecg_booked(bus, "I")
    with pytest.raises(RuleRefuses) as refused:
        bus.ask(scan_near(bus, first))
    assert (refused.value.params["rule"], refused.value.params["conflict"]) == ("apart", first.id)


def test_another_class_of_the_other_is_not_meant(bus: ActorBus) -> None:
    bus.ask(LoadRules(rules=INPATIENT_FIRST))
    second = bus.ask(scan_near(bus, ecg_booked(bus, "O")))
    assert second.state == "booked"


def test_what_was_decided_a_moment_ago_has_its_class(bus: ActorBus) -> None:
    bus.ask(LoadRules(rules=INPATIENT_FIRST))
    ecg = Choice(item_id=bus.ask(of_class("I", 1, "ECG12")).items[0].id, slot_id=slots(bus, "ECG12")[0].id)
    scan = Choice(item_id=bus.ask(of_class("O", 2, "USABD")).items[0].id, slot_id=slots(bus, "USABD")[9].id)
    with pytest.raises(RuleRefuses) as refused:
        bus.ask(BookPlan(choices=(ecg, scan)))
    assert refused.value.params["rule"] == "apart"


def test_verify_and_the_replay_say_what_the_booking_says(bus: ActorBus) -> None:
    bus.ask(LoadRules(rules=rules()))
    first = ecg_booked(bus, "I")
    second = bus.ask(scan_near(bus, first))
    replayed = bus.ask(DryRunRules(rules=INPATIENT_FIRST), timeout=60)
    assert [(one.appointment_id, one.conflict) for one in replayed.refused] == [(second.id, first.id)]
    bus.ask(LoadRules(rules=INPATIENT_FIRST))
    noted = bus.ask(VerifyBooking(), timeout=60)
    told = [(one.subject, one.detail) for one in noted.notes if one.invariant == "rule"]
    assert told == [(second.id, f"breaks apart with {first.id}")]


def test_a_plan_keeps_it_with_what_is_booked(bus: ActorBus) -> None:
    bus.ask(LoadRules(rules=INPATIENT_FIRST))
    first = ecg_booked(bus, "I")
    item = bus.ask(of_class("O", 2, "USABD")).items[0]
    plan = bus.ask(PlanExams(item_ids=(item.id,)), timeout=60).alternatives[0]
    assert plan.choices[0].starts_at is not None
    assert plan.choices[0].starts_at - first.starts_at > timedelta(hours=12)  # the next day
