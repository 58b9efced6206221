"""`yiji.booking.plan`: a library, with no site; and cases small enough to be seen through."""

import doctest
import subprocess
import sys
from datetime import UTC, datetime, timedelta

from yiji.booking import plan
from yiji.booking.planning import library
from yiji.core.contract.catalogue import Exam
from yiji.core.contract.inventory import Slot
from yiji.core.contract.order import OrderBrief
from yiji.core.contract.patient import PatientBrief, Sex
from yiji.core.contract.rule import RuleKind, RuleSet, RuleSpec, Scope, Selector

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


def at(day: int, hour: int, minutes: int = 0) -> datetime:
    return MONDAY + timedelta(days=day, hours=hour, minutes=minutes)


def slot(device: str, start: datetime, minutes: int = 10, free: int = 1) -> Slot:
    return Slot(
        id=f"{device}@{start:%d %H:%M}",
        device=device,
        device_name=device,
        room=f"{device}-R",
        room_name=f"room {device}",
        department=device.split("-")[0],
        starts_at=start,
        ends_at=start + timedelta(minutes=minutes),
        capacity=free,
        held=0,
        booked=0,
    )


def order(exam: str, department: str = "") -> OrderBrief:
    return OrderBrief(
        order_id="o",
        item_id=f"i-{exam}",
        accession_number=exam,
        placer_number=exam,
        sender="HIS",
        patient=PatientBrief(id="p", name="Li", sex=Sex.FEMALE),
        exam_code=exam,
        exam_name=exam,
        department=department or exam,
    )


def rules(*specs: RuleSpec) -> RuleSet:
    return RuleSet(name="test", rules=specs)


def rule(rule_id: str, kind: RuleKind, **fields: object) -> RuleSpec:
    return RuleSpec.model_validate(
        {"id": rule_id, "kind": kind, "title": "规则", "title_en": "rule", "source": "test", **fields}
    )


def test_the_example_is_true():
    failed, tried = doctest.testmod(library)
    assert tried >= 8
    assert failed == 0


def test_it_needs_no_site_and_brings_the_solver_only_when_asked():
    script = (
        "import sys, yiji.booking; yiji.booking.plan; heavy = ('sqlalchemy', 'sqlmodel', 'grpc', 'typer', 'ortools');"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_of_days_that_end_alike_the_one_with_less_waiting_is_taken():
    slots = [
        slot("A", at(0, 8)),
        slot("B", at(0, 9)),
        slot("A", at(1, 8)),
        slot("B", at(1, 8, 10)),
        slot("C", at(3, 8)),
    ]
    best = plan([order("A"), order("B"), order("C")], slots, rules()).alternatives[0]
    assert [choice.slot_id for choice in best.choices] == ["A@03 08:00", "B@03 08:10", "C@05 08:00"]
    assert (best.visits, best.waiting_minutes, best.optimal) == (2, 0, True)


def test_fewer_visits_weigh_more_than_an_earlier_end():
    slots = [slot("A", at(0, 8)), slot("B", at(1, 8)), slot("A", at(5, 8)), slot("B", at(5, 9))]
    found = plan([order("A"), order("B")], slots, rules())
    assert [one.visits for one in found.alternatives[:2]] == [1, 2]
    assert found.alternatives[0].finish_at == at(5, 9, 10)
    assert found.alternatives[1].finish_at == at(1, 8, 10)
    assert any("earliest possible day" in reason for reason in found.alternatives[1].reasons)
    assert any("1 visit more" in reason for reason in found.alternatives[1].reasons)


def test_an_examination_takes_as_many_slots_as_it_is_long_and_leaves_no_useless_gap():
    slots = [slot("A", at(0, 8, 10 * number)) for number in range(5)]
    exams = [Exam(code="A", name="A", department="A", modality="OT", minutes=20)]
    best = plan([order("A")], slots, rules(), exams=exams).alternatives[0]
    assert (best.choices[0].slot_id, best.fragments) == ("A@02 08:00", 0)
    assert best.choices[0].ends_at == at(0, 8, 20)


def test_the_way_between_departments_is_waited_for():
    way = rule("way", RuleKind.TRAVEL, gap_minutes=15, scope=Scope.DEPARTMENT)
    slots = [slot(device, at(0, 8, 10 * number)) for device in ("A", "B") for number in range(6)]
    best = plan([order("A"), order("B")], slots, rules(way)).alternatives[0]
    starts = sorted(choice.starts_at for choice in best.choices if choice.starts_at)
    assert starts[1] - starts[0] == timedelta(minutes=30)
    assert best.waiting_minutes == 20


def test_what_excludes_another_is_left_out_with_the_rule_that_does():
    never = rule("never", RuleKind.EXCLUSIVE, first={"exams": ["A"]}, second={"exams": ["B"]}, within_hours=24 * 365)
    slots = [slot(device, at(0, 8, 10 * number)) for device in ("A", "B", "C") for number in range(4)]
    found = plan([order("A"), order("B"), order("C")], slots, rules(never))
    assert len(found.unplaced) == 1
    assert found.unplaced[0] in {"i-A", "i-B"}
    assert found.why_not == "never"
    assert len(found.alternatives[0].choices) == 2


def test_what_has_no_place_is_told_and_the_rest_is_planned():
    early = rule("early", RuleKind.WINDOW, first=Selector(exams=("A",)).model_dump(), closes="07:00")
    slots = [slot("A", at(0, 8)), slot("B", at(0, 8))]
    found = plan([order("A"), order("B"), order("X")], slots, rules(early))
    assert set(found.unplaced) == {"i-A", "i-X"}
    assert found.why_not == "early"
    assert [choice.item_id for choice in found.alternatives[0].choices] == ["i-B"]


def test_nothing_open_is_no_plan():
    found = plan([order("A")], [], rules())
    assert (found.alternatives, found.unplaced, found.why_not) == ((), ("i-A",), "booking.no_place")
