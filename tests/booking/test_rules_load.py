"""Rules in force: loaded as editions, refused while they contradict themselves, and what a booking is told."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from builders import order

from tests.booking.rules_world import rule, rules
from yiji.booking.errors import BadRules, NoRules, RuleRefuses
from yiji.core.app import App
from yiji.core.bus import ActorBus
from yiji.core.contract.booking import BookExam, MoveExam
from yiji.core.contract.inventory import FindSlots, Slot
from yiji.core.contract.rule import CheckRules, ListRuleEditions, LoadRules, RuleKind, RuleSet, ShowRules
from yiji.core.errors import NotFound, NotPermitted

MORNING = rules(rule(RuleKind.WINDOW, opens="07:00", closes="12:00", first={"modalities": ["US"]}))
FOLDED = rules(rule(RuleKind.WINDOW, opens="12:00", closes="07:00"))


def test_no_rules_yet(bus: ActorBus):
    with pytest.raises(NoRules):
        bus.ask(ShowRules())
    assert bus.ask(ListRuleEditions()).editions == ()


def test_an_edition_for_each_change_and_none_for_the_same_again(bus: ActorBus):
    first = bus.ask(LoadRules(rules=MORNING, note="空腹"))
    assert (first.number, first.note, first.rules) == (1, "空腹", MORNING)
    assert bus.ask(LoadRules(rules=MORNING, note="again")) == first
    second = bus.ask(LoadRules(rules=rules()))
    assert second.number == 2
    back = bus.ask(LoadRules(rules=MORNING, note="back"))
    assert (back.number, back.sha256) == (3, first.sha256)
    assert bus.ask(ShowRules()) == back
    assert bus.ask(ShowRules(edition=2)).rules == rules()
    assert [one.number for one in bus.ask(ListRuleEditions(limit=2)).editions] == [3, 2]
    with pytest.raises(NotFound):
        bus.ask(ShowRules(edition=9))


def test_a_set_that_contradicts_itself_is_refused_whole(bus: ActorBus):
    bus.ask(LoadRules(rules=MORNING))
    with pytest.raises(BadRules) as refused:
        bus.ask(LoadRules(rules=FOLDED))
    assert refused.value.params["count"] == "1"
    assert "impossible_range [window]" in refused.value.params["findings"]
    assert bus.ask(ShowRules()).number == 1
    checked = bus.ask(CheckRules(rules=FOLDED))
    assert not checked.ok
    assert [one.code for one in checked.findings] == ["impossible_range"]


def test_a_check_looks_at_the_catalogue(bus: ActorBus):
    unknown = rules(rule(RuleKind.NOTICE, gap_minutes=60, first={"exams": ["CT9"]}))
    assert [one.code for one in bus.ask(CheckRules(rules=unknown)).findings] == ["unknown_exam"]
    with pytest.raises(BadRules):
        bus.ask(LoadRules(rules=unknown))


def test_who_may_not(app: App):
    nobody = app.bus_as(app.token_for("cart", "device"))
    for message in (LoadRules(rules=MORNING), ShowRules(), CheckRules(rules=MORNING)):
        with pytest.raises(NotPermitted):
            nobody.ask(message)


def test_loads_at_once_count_on(bus: ActorBus):
    sets = [RuleSet(name=f"n{number}", rules=MORNING.rules) for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda one: bus.ask(LoadRules(rules=one), timeout=60), sets))
    assert sorted(one.number for one in made) == list(range(1, 9))
    last = bus.ask(ShowRules())
    assert last.number == 8
    assert next(one for one in made if one.number == 8).rules == last.rules


def test_a_booking_is_told_the_rule_the_conflict_and_the_earliest_time(bus: ActorBus):
    """And the earliest time is bookable."""
    apart = rule(RuleKind.INTERVAL, id="apart", first={"exams": ["ECG12"]}, second={"exams": ["USABD"]}, gap_minutes=90)
    bus.ask(LoadRules(rules=rules(apart)))
    ecg, scan = bus.ask(order(1, "ECG12", "USABD")).items
    first = bus.ask(BookExam(item_id=ecg.id, slot_id=slots(bus, "ECG12")[50].id))
    free = slots(bus, "USABD")
    near = next(slot for slot in free if slot.starts_at >= first.ends_at)
    with pytest.raises(RuleRefuses) as refused:
        bus.ask(BookExam(item_id=scan.id, slot_id=near.id))
    told = refused.value.params
    assert (told["rule"], told["conflict"]) == ("apart", first.id)
    assert "90 分钟" in told["reason"]
    assert "90 minutes apart from ECG12" in told["reason_en"]
    earliest = datetime.fromisoformat(told["earliest"])
    assert earliest == first.ends_at + timedelta(minutes=90)
    legal = next(slot for slot in free if slot.starts_at >= earliest)
    booked = bus.ask(BookExam(item_id=scan.id, slot_id=legal.id))
    with pytest.raises(RuleRefuses):
        bus.ask(MoveExam(appointment_id=booked.id, slot_id=near.id))
    with pytest.raises(RuleRefuses):  # the first one may not be moved nearer either
        bus.ask(MoveExam(appointment_id=first.id, slot_id=slots(bus, "ECG12")[51].id))


def test_a_change_of_the_rules_is_in_force_at_once(bus: ActorBus):
    item = bus.ask(order(1, "USABD")).items[0]
    slot = slots(bus, "USABD")[3]
    bus.ask(LoadRules(rules=rules(rule(RuleKind.NOTICE, gap_minutes=100 * 1440))))
    with pytest.raises(RuleRefuses):
        bus.ask(BookExam(item_id=item.id, slot_id=slot.id))
    bus.ask(LoadRules(rules=rules()))
    assert bus.ask(BookExam(item_id=item.id, slot_id=slot.id)).slot_id == slot.id


def slots(bus: ActorBus, exam: str) -> list[Slot]:
    return list(bus.ask(FindSlots(exam_code=exam, days=3)).slots)
