"""PlanExams in a real site: planned, then booked as planned."""

from datetime import time, timedelta

import pytest
from builders import SMALL, order

from yiji.booking.errors import AlreadyBooked, ManyPatients, NotYours, WrongState
from yiji.core import clock
from yiji.core.app import App
from yiji.core.bus import ActorBus
from yiji.core.contract.access import IssuePatientToken
from yiji.core.contract.booking import BookExam, BookPlan, PlanExams
from yiji.core.contract.catalogue import Calendar, LoadCatalogue, PoolShare
from yiji.core.contract.inventory import FindSlots, OpenSlots
from yiji.core.contract.order import RevokeOrder
from yiji.core.contract.rule import LoadRules, RuleKind, RuleSet, RuleSpec, Selector
from yiji.core.errors import NotFound

ECG_AND_US = ("ECG12", "USABD")


def test_a_plan_is_booked_as_it_was_planned(bus: ActorBus):
    kept = bus.ask(order(1, *ECG_AND_US))
    plan = bus.ask(PlanExams(item_ids=tuple(item.id for item in kept.items)))
    assert len(plan.alternatives) == 3
    assert plan.unplaced == ()
    best = plan.alternatives[0]
    assert best.optimal
    assert best.visits == 1
    booked = bus.ask(BookPlan(choices=best.choices))
    told = {(one.item_id, one.slot_id, one.starts_at, one.ends_at) for one in booked.appointments}
    assert told == {(one.item_id, one.slot_id, one.starts_at, one.ends_at) for one in best.choices}
    with pytest.raises(AlreadyBooked):
        bus.ask(PlanExams(item_ids=(kept.items[0].id,)))


def test_every_alternative_can_be_booked(bus: ActorBus):
    for number in range(3):
        kept = bus.ask(order(10 + number, *ECG_AND_US, patient=10 + number))
        plan = bus.ask(PlanExams(item_ids=tuple(item.id for item in kept.items)))
        assert len(bus.ask(BookPlan(choices=plan.alternatives[number].choices)).appointments) == 2


def test_items_of_two_patients_are_refused(bus: ActorBus):
    one, other = bus.ask(order(1)), bus.ask(order(2))
    with pytest.raises(ManyPatients):
        bus.ask(PlanExams(item_ids=(one.items[0].id, other.items[0].id)))


def test_an_unknown_item_is_told(bus: ActorBus):
    with pytest.raises(NotFound):
        bus.ask(PlanExams(item_ids=("itm-nothing",)))


def test_where_nothing_is_open_nothing_is_offered(bus: ActorBus, app: App):
    kept = bus.ask(order(1, *ECG_AND_US))
    later = clock.today(app.settings.site.zone) + timedelta(days=30)
    plan = bus.ask(PlanExams(item_ids=tuple(item.id for item in kept.items), first_day=later, days=5))
    assert plan.alternatives == ()
    assert set(plan.unplaced) == {item.id for item in kept.items}
    assert plan.why_not == "booking.no_place"


def test_a_patient_plans_his_own_only(bus: ActorBus, app: App):
    mine, other = bus.ask(order(1, *ECG_AND_US)), bus.ask(order(2))
    token = bus.ask(IssuePatientToken(patient_id=mine.patient.id)).token
    himself = app.bus_as(token)
    assert himself.ask(PlanExams(item_ids=tuple(item.id for item in mine.items))).alternatives
    with pytest.raises(NotYours):
        himself.ask(PlanExams(item_ids=(other.items[0].id,)))


def test_what_is_revoked_is_not_planned(bus: ActorBus):
    kept = bus.ask(order(1))
    bus.ask(RevokeOrder(sender="HIS", placer_numbers=("N1-0",)))
    with pytest.raises(WrongState):
        bus.ask(PlanExams(item_ids=(kept.items[0].id,)))


def test_the_patients_other_appointments_and_the_rules_are_kept(bus: ActorBus):
    rule = RuleSpec(
        id="us-ecg",
        kind=RuleKind.INTERVAL,
        title="超声后",
        title_en="after ultrasound",
        source="test",
        first=Selector(exams=("USABD",)),
        second=Selector(exams=("ECG12",)),
        gap_minutes=90,
    )
    bus.ask(LoadRules(rules=RuleSet(name="test", rules=(rule,))))
    kept = bus.ask(order(1, *ECG_AND_US))
    slot = bus.ask(FindSlots(exam_code="USABD", limit=10)).slots[0]
    ultrasound = bus.ask(BookExam(item_id=kept.items[1].id, slot_id=slot.id))
    best = bus.ask(PlanExams(item_ids=(kept.items[0].id,))).alternatives[0]
    starts = best.choices[0].starts_at
    assert starts is not None
    assert starts - ultrasound.ends_at == timedelta(minutes=90)
    assert (best.visits, best.waiting_minutes) == (0, 90)
    assert any("comes anyway" in reason for reason in best.reasons)


def test_only_what_the_pool_may_take_is_offered(bus: ActorBus, app: App):
    shares = (PoolShare(pool="inpatient", reserve=1), PoolShare(pool="online", cap=0))
    calendar = Calendar(
        device="ECG-1", weekdays=(1, 2, 3, 4, 5, 6, 7), opens=time(8), closes=time(9), slot_minutes=10, capacity=1,
        pools=shares,
    )  # fmt: skip
    bus.ask(LoadCatalogue(catalogue=SMALL.model_copy(update={"calendars": (calendar,)}), replace=True))
    later = clock.today(app.settings.site.zone) + timedelta(days=10)
    bus.ask(OpenSlots(first_day=later, days=1), timeout=60)
    item = bus.ask(order(1)).items[0].id
    offered = {
        pool: len(bus.ask(PlanExams(item_ids=(item,), first_day=later, days=1, pool=pool)).alternatives)
        for pool in ("inpatient", "outpatient", "online")
    }
    assert offered["inpatient"] > 0
    assert (offered["outpatient"], offered["online"]) == (0, 0)
