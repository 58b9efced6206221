"""ShowGuide: whose sheet it is, by whatever number, and what stands on it."""

from datetime import date, timedelta
from itertools import count

import pytest

from tests.booking.queue_day import DAY, HOSPITAL, Day, at, open_hospital
from yiji.booking.errors import NotYours
from yiji.core import clock
from yiji.core.app import App
from yiji.core.contract.booking import CancelExam, HoldExam
from yiji.core.contract.catalogue import BodyPart
from yiji.core.contract.inventory import FindSlots
from yiji.core.contract.order import OrderedItem, RegisterOrder
from yiji.core.contract.patient import Identifier, MergePatients, PatientBrief, Sex
from yiji.core.contract.queue import CheckIn, ShowGuide
from yiji.core.errors import NotFound


@pytest.fixture
def day(app: App, monkeypatch: pytest.MonkeyPatch) -> Day:
    bus = app.bus_as(app.operator_token())
    made = Day(bus, at(7), count(1))
    monkeypatch.setattr(clock, "now", lambda: made.now)
    parts = (BodyPart(code="LIVER", name="肝", minutes=20, name_en="liver"),)
    exams = tuple(exam.model_copy(update={"body_parts": parts}) for exam in HOSPITAL.exams)
    open_hospital(bus, HOSPITAL.model_copy(update={"exams": exams}))
    made.now = at(9)
    return made


def test_a_sheet_holds_what_is_to_come_in_both_languages(day: Day):
    later = day.book(at(10), patient="P1", device="US-1", exam="USABD", born=date(2025, 3, 1), name="王喆")
    soon = day.book(at(9), patient="P1", born=date(2025, 3, 1), name="王喆")
    cancelled = day.book(at(12), patient="P1", born=date(2025, 3, 1), name="王喆")
    day.bus.ask(CancelExam(appointment_id=cancelled.id))
    day.bus.ask(CheckIn(appointment_id=soon.id))
    sheet = day.bus.ask(ShowGuide(patient_id="P1"))
    assert (sheet.patient_name, sheet.patient_sex, sheet.patient_age) == ("王喆", "female", "20m")
    assert (sheet.hospital, sheet.zone, sheet.printed_at) == ("示范医院", "Asia/Shanghai", day.now)
    assert [step.accession_number for step in sheet.steps] == [soon.accession_number, later.accession_number]
    first, second = sheet.steps
    assert (first.room_name, first.room_name_en, first.place, first.place_en) == (
        "心电图1室", "ECG room 1", "一层", "Floor 1",
    )  # fmt: skip
    assert (first.department, first.department_en, first.held_until) == ("心电图室", "ECG", None)
    assert (second.exam_name, second.exam_name_en) == ("腹部彩超", "Abdominal ultrasound")
    assert (second.preparation, second.preparation_en) == ("空腹 8 小时", "Fast for 8 hours")


def test_by_any_name_of_the_patient_or_an_examination(day: Day):
    booked = day.book(at(10), patient="P7")
    by_number = day.bus.ask(ShowGuide(patient_id="P7"))
    for name in (booked.patient_id, booked.accession_number, booked.id, "HIS:P7"):
        assert day.bus.ask(ShowGuide(patient_id=name)) == by_number
    with pytest.raises(NotFound):
        day.bus.ask(ShowGuide(patient_id="P8"))


def test_what_is_only_held_says_until_when_and_names_its_body_part(day: Day):
    who = PatientBrief(name="李四", sex=Sex.MALE, identifiers=(Identifier(system="HIS", value="H1"),))
    item = OrderedItem(placer_number="H1-1", exam_code="USABD", body_part="LIVER")
    order = day.bus.ask(RegisterOrder(sender="HIS", group_number="H1", patient=who, items=(item,)))
    slot = day.bus.ask(FindSlots(device="US-1", first_day=DAY, days=1)).slots[3]
    held = day.bus.ask(HoldExam(item_id=order.items[0].id, slot_id=slot.id, minutes=15))
    (step,) = day.bus.ask(ShowGuide(patient_id="H1")).steps
    assert step.held_until == held.expires_at == at(9, 15)
    assert (step.exam_name, step.exam_name_en) == ("腹部彩超（肝）", "Abdominal ultrasound (liver)")


def test_days(day: Day):
    today, tomorrow = day.book(at(9), patient="P1"), day.book(at(9, day=DAY + timedelta(days=1)), patient="P1")
    both = [today.accession_number, tomorrow.accession_number]
    numbers = lambda **asked: [  # noqa: E731
        step.accession_number for step in day.bus.ask(ShowGuide(patient_id="P1", **asked)).steps
    ]
    assert numbers() == both
    assert numbers(days=1) == both[:1]
    assert numbers(first_day=DAY + timedelta(days=1)) == both[1:]
    day.now = at(12)
    assert numbers() == both[1:]
    assert numbers(first_day=DAY) == both


def test_who_was_merged_gets_the_sheet_of_the_one_that_stands(day: Day):
    stays, goes = day.book(at(9), patient="P1"), day.book(at(11), patient="P2")
    day.bus.ask(MergePatients(patient_id=stays.patient_id, duplicate_id=goes.patient_id, reason="同一人"))
    sheet = day.bus.ask(ShowGuide(patient_id=goes.patient_id))
    assert sheet.patient_id == stays.patient_id
    assert len(sheet.steps) == 2


def test_a_patients_own_token_shows_his_own_sheet_only(app: App, day: Day):
    mine, other = day.book(at(9), patient="P1"), day.book(at(9), patient="P2")
    own = app.bus_as(_token(app, mine.patient_id))
    assert own.ask(ShowGuide(patient_id=mine.patient_id)).patient_id == mine.patient_id
    with pytest.raises(NotYours):
        own.ask(ShowGuide(patient_id=other.accession_number))


def _token(app: App, patient: str) -> str:
    from yiji.core.actor import Actor, sign

    actor = Actor(f"patient:{patient}", ("patient",), app.settings.site.id, "", patient)
    return sign(actor, app.settings.secret, 3600).token
