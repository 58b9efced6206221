"""FindSlots reads page by page: the same slots in the same order as reading all at once, however uneven the devices."""

import random
from datetime import date, datetime, time, timedelta

import pytest
from sqlalchemy import text

from tests.booking.batching import together
from yiji.booking.errors import UnknownExam
from yiji.core import clock
from yiji.core.app import App, open_app
from yiji.core.contract.catalogue import Calendar, Catalogue, Department, Device, Exam, LoadCatalogue, Room
from yiji.core.contract.inventory import FindSlots, OpenSlots
from yiji.core.faces import Bus

DEVICES = 7
_NAIVE = text("""
    SELECT id FROM booking_slot WHERE NOT closed AND held + booked < capacity AND starts_at >= :first
      AND starts_at < :last AND device = ANY(:devices)
    ORDER BY starts_at, capacity - held - booked DESC, device LIMIT :limit
""")


def _catalogue(name: str = "设备") -> Catalogue:
    codes = [f"E{number}" for number in range(DEVICES)]
    return Catalogue(
        departments=(Department(code="D", name="科室"),),
        rooms=(Room(code="R", name="诊室", department="D"),),
        devices=tuple(Device(code=code, name=f"{name}{code}", room="R", modality="ECG") for code in codes),
        exams=(
            Exam(code="ECG12", name="心电图", department="D", modality="ECG", minutes=10, devices=tuple(codes)),
            Exam(code="LONG", name="长程", department="D", modality="ECG", minutes=25, devices=tuple(codes[:3])),
        ),
        calendars=tuple(
            Calendar(
                device=code, weekdays=(1, 2, 3, 4, 5, 6, 7), opens=time(8), closes=time(9 + number), slot_minutes=10,
                capacity=1 + number % 3,
            )
            for number, code in enumerate(codes)
        ),
    )  # fmt: skip


@pytest.fixture
def bus(app: App) -> Bus:
    """The operator's bus."""
    return app.bus_as(app.operator_token())


@pytest.fixture
def uneven(app: App, bus: Bus) -> date:
    """Devices of different lengths of day, half of whose places are taken; the day after today."""
    bus.ask(LoadCatalogue(catalogue=_catalogue()))
    bus.ask(OpenSlots(days=6))
    pick = random.Random(7)
    with app.store.begin() as tx:
        for row in tx.db.execute(text("SELECT id, capacity FROM booking_slot ORDER BY id")).all():
            taken = pick.choice((0, 0, row.capacity, row.capacity - 1))
            tx.db.execute(text("UPDATE booking_slot SET booked = :n WHERE id = :id"), {"n": taken, "id": row.id})
        tx.db.execute(text("UPDATE booking_slot SET booked = capacity WHERE device = 'E2'"))  # one has nothing left
    return clock.today("Asia/Shanghai") + timedelta(days=1)


@pytest.mark.parametrize("limit", [1, 3, 8, 50, 1000])
@pytest.mark.parametrize("days", [1, 5])
def test_pages_give_what_one_reading_gives(app: App, bus: Bus, uneven: date, limit: int, days: int):
    start = datetime.combine(uneven, time(), clock.now().tzinfo) - timedelta(hours=8)
    span = {"first": start, "last": start + timedelta(days=days), "limit": limit}
    with app.store.begin() as tx:
        naive = tx.db.execute(_NAIVE, {**span, "devices": [f"E{number}" for number in range(DEVICES)]}).scalars().all()
    found = bus.ask(FindSlots(exam_code="ECG12", first_day=uneven, days=days, limit=limit)).slots
    assert [slot.id for slot in found] == list(naive)
    assert all(slot.free > 0 for slot in found)


def test_a_long_examination_is_found_where_its_slots_follow(bus: Bus, uneven: date):
    found = bus.ask(FindSlots(exam_code="LONG", first_day=uneven, days=5, limit=1000)).slots
    free = {(slot.device, slot.starts_at) for slot in bus.ask(FindSlots(days=6, limit=5000)).slots}
    assert found
    for slot in found:
        assert {(slot.device, slot.starts_at + timedelta(minutes=10 * number)) for number in range(3)} <= free


def test_a_changed_catalogue_is_told_at_once(app: App, bus: Bus, uneven: date):
    query = FindSlots(exam_code="ECG12", first_day=uneven, days=1, limit=5)
    assert {slot.device_name[:2] for slot in bus.ask(query).slots} == {"设备"}
    with open_app(app.settings.root) as elsewhere:  # another process changes what this one remembers
        elsewhere.bus_as(elsewhere.operator_token()).ask(LoadCatalogue(catalogue=_catalogue("新机")))
    assert {slot.device_name[:2] for slot in bus.ask(query).slots} == {"新机"}


def test_questions_of_a_batch_are_answered_as_if_each_were_asked_alone(app: App, bus: Bus, uneven: date) -> None:
    questions = [
        FindSlots(exam_code="ECG12", first_day=uneven, days=1, limit=50),
        FindSlots(exam_code="LONG", first_day=uneven, days=3, limit=7),
        FindSlots(device="E5", first_day=uneven, days=2, only_free=False, limit=300),
        FindSlots(exam_code="XRAY", first_day=uneven),
        FindSlots(device="E2", first_day=uneven, days=2),  # nothing left
        FindSlots(exam_code="ECG12", first_day=uneven, days=1, limit=50),
        FindSlots(exam_code="ECG12", first_day=uneven + timedelta(days=1), days=4, limit=200),
    ]
    alone = [bus.ask(question) for question in questions if question.exam_code != "XRAY"]
    answers = together(app, *questions)
    unknown = answers.pop(3)
    assert isinstance(unknown, UnknownExam)
    assert answers == alone
    assert [len(answer.slots) for answer in answers][:2] == [50, 7]
    assert answers[3].slots == ()
