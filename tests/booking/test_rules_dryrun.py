"""A rule set replayed over what was booked: what stood then counts, what came later does not."""

from datetime import datetime, timedelta

import pytest
from builders import order
from sqlalchemy import select

from tests.booking.rules_world import HERE, MONDAY, PLAIN, SHANGHAI, compiled, rule, rules
from tests.booking.rules_world import order as brief
from yiji.booking.rules.history import History, Kept, Stay
from yiji.booking.rules.history import replay as replayed
from yiji.booking.tables import AppointmentRow, FactRow, ItemRow, PatientRow
from yiji.core import clock
from yiji.core.app import App
from yiji.core.bus import ActorBus
from yiji.core.contract.booking import Appointment, BookExam, CancelExam, MoveExam
from yiji.core.contract.inventory import FindSlots, Slot
from yiji.core.contract.patient import NoteFacts, PatientFact
from yiji.core.contract.rule import DryRun, DryRunRules, LoadRules, RuleKind, RuleSpec
from yiji.core.store.bulk import insert_rows

APPOINTMENT, FACT = AppointmentRow.table(), FactRow.table()
ITEM, PATIENT = ItemRow.table(), PatientRow.table()
WALK = timedelta(minutes=10)  # the demonstration hospital's own rule is in force in tests
APART = rule(RuleKind.INTERVAL, id="apart", first={"exams": ["ECG12"]}, second={"exams": ["USABD"]}, gap_minutes=120)


def slots(bus: ActorBus, exam: str) -> list[Slot]:
    return list(bus.ask(FindSlots(exam_code=exam, days=3)).slots)


def replay(bus: ActorBus, *specs: RuleSpec, **told: int) -> DryRun:
    return bus.ask(DryRunRules(rules=rules(*specs), **told), timeout=60)


def both(bus: ActorBus, number: int = 1) -> tuple[Appointment, Appointment]:
    """An ECG and an ultrasound right after it."""
    ecg, scan = bus.ask(order(number, "ECG12", "USABD")).items
    first = bus.ask(BookExam(item_id=ecg.id, slot_id=slots(bus, "ECG12")[20 + number].id))
    near = next(slot for slot in slots(bus, "USABD") if slot.starts_at >= first.ends_at + WALK)
    return first, bus.ask(BookExam(item_id=scan.id, slot_id=near.id))


def test_nothing_booked(bus: ActorBus):
    assert replay(bus, APART).looked_at == 0


def test_what_would_have_been_refused(bus: ActorBus):
    first, second = both(bus)
    found = replay(bus, APART)
    assert (found.looked_at, found.by_rule) == (2, {"apart": 1})
    (refused,) = found.refused
    assert (refused.appointment_id, refused.conflict, refused.rule) == (second.id, first.id, "apart")
    assert refused.accession_number == second.accession_number
    assert (refused.patient_name, refused.exam_name) == ("测试1", "腹部彩超")
    assert refused.earliest == first.ends_at + timedelta(minutes=120)
    assert "合并后的患者" in found.limits
    assert "override" in found.limits
    assert replay(bus).refused == ()


def test_the_later_booking_is_the_one_refused_whichever_comes_first(bus: ActorBus):
    ecg, scan = bus.ask(order(1, "ECG12", "USABD")).items
    later = bus.ask(BookExam(item_id=scan.id, slot_id=slots(bus, "USABD")[30].id))
    before = [slot for slot in slots(bus, "ECG12") if slot.ends_at + WALK <= later.starts_at][-1]
    earlier = bus.ask(BookExam(item_id=ecg.id, slot_id=before.id))
    (refused,) = replay(bus, APART).refused
    assert (refused.appointment_id, refused.conflict) == (earlier.id, later.id)


def test_what_was_cancelled_before_does_not_count(bus: ActorBus):
    ecg, scan = bus.ask(order(1, "ECG12", "USABD")).items
    first = bus.ask(BookExam(item_id=ecg.id, slot_id=slots(bus, "ECG12")[20].id))
    bus.ask(CancelExam(appointment_id=first.id, reason="患者要求"))
    near = next(slot for slot in slots(bus, "USABD") if slot.starts_at >= first.ends_at + WALK)
    second = bus.ask(BookExam(item_id=scan.id, slot_id=near.id))
    assert replay(bus, APART).refused == ()
    bus.ask(CancelExam(appointment_id=second.id, reason="患者要求"))
    assert replay(bus, APART).looked_at == 2  # they were booked, though they are no more


def test_a_moved_one_counts_where_it_stood(bus: ActorBus):
    first, second = both(bus)
    far = [slot for slot in slots(bus, "ECG12") if slot.starts_at >= second.ends_at + WALK][-1]
    bus.ask(MoveExam(appointment_id=first.id, slot_id=far.id, reason="患者要求"))
    found = replay(bus, APART)
    assert [one.appointment_id for one in found.refused] == [second.id]  # booked while the ECG still stood before it
    assert found.refused[0].earliest == first.ends_at + timedelta(minutes=120)
    assert found.looked_at == 2


def test_facts_count_from_their_moment(bus: ActorBus):
    pregnant = rule(RuleKind.FACT, fact="pregnant")
    item = bus.ask(order(1, "ECG12")).items[0]
    first = bus.ask(BookExam(item_id=item.id, slot_id=slots(bus, "ECG12")[0].id))
    noted = PatientFact(code="pregnant", at=clock.now())
    bus.ask(NoteFacts(patient_id=first.patient_id, facts=(noted,)))
    assert replay(bus, pregnant).refused == ()
    early = noted.model_copy(update={"at": noted.at - timedelta(days=9)})
    bus.ask(NoteFacts(patient_id=first.patient_id, facts=(early,)))
    assert [one.rule for one in replay(bus, pregnant).refused] == ["fact"]


def test_the_list_is_cut_and_the_count_is_not(bus: ActorBus):
    for number in range(3):
        both(bus, number)
    found = replay(bus, APART, limit=2)
    assert (len(found.refused), found.by_rule) == (2, {"apart": 3})


def test_only_what_was_booked_lately(app: App, bus: ActorBus):
    """Rows of a year ago are looked at as others of what was booked lately, and not themselves."""
    first, second = both(bus)
    old = clock.now() - timedelta(days=20)
    with app.store.begin() as tx:
        row = dict(tx.db.execute(APPOINTMENT.select().where(APPOINTMENT.c.id == first.id)).mappings().one())
        link = {**row["changes"][0], "at": old.isoformat()}
        tx.db.execute(APPOINTMENT.update().where(APPOINTMENT.c.id == first.id).values(booked_at=old, changes=[link]))
    found = replay(bus, APART, days=10)
    assert found.looked_at == 1
    assert [one.appointment_id for one in found.refused] == [second.id]
    assert replay(bus, APART, days=30).looked_at == 2


def many_like(app: App, one: Appointment, count: int) -> None:
    """Give as many other patients the same appointment; every third is pregnant."""
    now = clock.now()
    names = [f"{number:06}" for number in range(count)]
    own = {"name": "某", "sex": "female", "phone": "", "pinyin": "", "initials": "", "merged_into": "", "added_at": now}
    noted = {"code": "pregnant", "at": now - timedelta(days=1), "value": "yes", "source": ""}
    with app.store.begin() as tx:
        kept = [column for column in APPOINTMENT.c if column.computed is None]
        pattern = tx.db.execute(select(*kept).where(APPOINTMENT.c.id == one.id)).mappings().one()
        item = tx.db.execute(select(ITEM).where(ITEM.c.id == one.item_id)).mappings().one()
        insert_rows(tx.db, PATIENT, [{**own, "id": f"pat-{name}", "birth_date": None} for name in names])
        numbers = [{"id": f"itm-{name}", "placer_number": f"X{name}", "accession_number": f"X{name}"} for name in names]
        insert_rows(tx.db, ITEM, [{**item, **number} for number in numbers])
        ids = [{"id": f"apt-{name}", "item_id": f"itm-{name}", "patient_id": f"pat-{name}"} for name in names]
        insert_rows(tx.db, APPOINTMENT, [{**pattern, **own_ids} for own_ids in ids])
        insert_rows(tx.db, FACT, [{**noted, "patient_id": f"pat-{name}"} for name in names[::3]])


def test_many_patients_are_streamed(app: App, bus: ActorBus):
    """More rows than are read at once; every patient's are together, and none is lost."""
    _, second = both(bus)
    many_like(app, second, 4500)
    found = replay(bus, APART, rule(RuleKind.FACT, fact="pregnant"), limit=10)
    assert found.looked_at == 4502
    assert found.by_rule == {"fact": 1500, "apart": 1}
    assert len(found.refused) == 10


def test_a_set_may_be_tried_that_could_not_be_loaded(bus: ActorBus):
    both(bus)
    never = rule(RuleKind.WINDOW, opens="12:00", closes="07:00")
    assert replay(bus, never).by_rule == {"window": 2}


@pytest.mark.parametrize("days", [0, 4000])
def test_a_bad_range(bus: ActorBus, days: int):
    with pytest.raises(ValueError, match="days"):
        replay(bus, days=days)


def test_rules_in_force_do_not_matter_to_it(bus: ActorBus):
    both(bus)
    bus.ask(LoadRules(rules=rules(APART)))
    assert replay(bus).refused == ()


def test_what_was_decided_at_one_moment_is_in_the_order_of_its_ids():
    """A plan is booked in one transaction: of a pair that a rule forbids, the later one is refused, and only it."""
    spec = rule(RuleKind.EXCLUSIVE)
    moment = MONDAY - timedelta(days=3)

    def kept(name: str, hour: int, since: datetime = moment) -> Kept:
        start = MONDAY + timedelta(hours=hour)
        return Kept(
            name, brief(), PLAIN, (Stay(since, None, start, start + timedelta(minutes=10), HERE),), False, False
        )

    history = History([kept("apt-2", 1), kept("apt-1", 2), kept("apt-0", 30, moment + timedelta(minutes=1))])
    told = {one.id: found and found[1].conflict for one, found in replayed(compiled(spec), history, moment, SHANGHAI)}
    assert told == {"apt-1": None, "apt-2": "apt-1", "apt-0": None}
