"""Places: pools 号源池, examinations longer than a slot, companions, a patient's own token, overrides, whole plans."""

from datetime import time, timedelta

import pytest
from builders import SMALL, order

from yiji.booking.errors import (
    CancelLimit,
    NoCompanion,
    NotYours,
    OverrideNeedsReason,
    PatientBlocked,
    PatientBusy,
    SlotFull,
    SlotTooShort,
    TooLate,
    TooShortNotice,
)
from yiji.core import clock
from yiji.core.actor import Actor, sign
from yiji.core.app import App
from yiji.core.bus import ActorBus
from yiji.core.contract.booking import (
    BookExam,
    BookPlan,
    CancelExam,
    Choice,
    ConfirmPlan,
    HoldExam,
    ListAppointments,
    MoveExam,
    SettleNoShows,
    ShowAppointment,
)
from yiji.core.contract.catalogue import Calendar, Catalogue, Exam, LoadCatalogue, PoolShare, StaffGroup
from yiji.core.contract.inventory import FindSlots, OpenSlots, Slot
from yiji.core.contract.order import Order, RegisterOrder
from yiji.core.contract.patient import ListBlocks
from yiji.core.errors import NotFound, NotPermitted

DAY = tuple(range(1, 8))


def hospital(**changes: object) -> Catalogue:
    """The small hospital with a pool, an examination of 25 minutes and one that needs a nurse."""
    calendars = tuple(
        one.model_copy(
            update={
                "pools": (
                    PoolShare(pool="inpatient", reserve=1, release_minutes=60),
                    PoolShare(pool="online", cap=1),
                )
            }
        )
        if one.device == "US-1"
        else one
        for one in SMALL.calendars
    )
    nurse = Calendar(device="NURSE", weekdays=DAY, opens=time(8), closes=time(9), slot_minutes=30, capacity=1)
    exams = (
        *SMALL.exams,
        Exam(code="LONG", name="长程", department="ECG", modality="ECG", minutes=25, devices=("ECG-1",)),
        Exam(code="CON", name="造影", department="ECG", modality="ECG", minutes=20, devices=("ECG-1",), needs=("iv",)),
        Exam(
            code="PREP", name="肠镜", department="ECG", modality="ECG", minutes=10, devices=("ECG-1",),
            preparation_minutes=4 * 24 * 60,
        ),
    )  # fmt: skip
    staff = (StaffGroup(code="NURSE", name="护士", department="ECG", capabilities=("iv",)),)
    return SMALL.model_copy(update={"calendars": (*calendars, nurse), "exams": exams, "staff": staff, **changes})


@pytest.fixture
def bus(app: App) -> ActorBus:
    asking = app.bus_as(app.operator_token())
    asking.ask(LoadCatalogue(catalogue=hospital()))
    tomorrow = clock.today(app.settings.site.zone) + timedelta(days=1)
    asking.ask(OpenSlots(first_day=tomorrow, days=2), timeout=60)
    return asking


def slots_of(bus: ActorBus, exam: str, pool: str = "") -> list[Slot]:
    return list(bus.ask(FindSlots(exam_code=exam, days=3, pool=pool, limit=1000)).slots)


def inpatient(number: int, exam: str = "USABD") -> RegisterOrder:
    wanted = order(number, exam)
    return wanted.model_copy(update={"patient": wanted.patient.model_copy(update={"visit_class": "I"})})


def patient_bus(app: App, patient_id: str) -> ActorBus:
    actor = Actor(f"patient:{patient_id}", ("patient",), app.settings.site.id, patient=patient_id)
    return app.bus_as(sign(actor, app.settings.secret, 600).token)


def first_item(placed: Order) -> str:
    return placed.items[0].id


def test_a_reserved_place_is_for_its_pool_only(bus: ActorBus) -> None:
    slot = slots_of(bus, "USABD")[0]
    bus.ask(BookExam(item_id=first_item(bus.ask(order(1, "USABD"))), slot_id=slot.id))
    with pytest.raises(SlotFull) as full:
        bus.ask(BookExam(item_id=first_item(bus.ask(order(2, "USABD"))), slot_id=slot.id))
    assert full.value.params["pool"] == "outpatient"
    bus.ask(BookExam(item_id=first_item(bus.ask(inpatient(3))), slot_id=slot.id))
    shown = next(one for one in bus.ask(FindSlots(only_free=False, days=3, device="US-1")).slots if one.id == slot.id)
    assert (shown.booked, {pool.pool: pool.taken for pool in shown.pools}) == (2, {"inpatient": 1, "online": 0})


def test_a_pools_cap_holds_and_moves_count_it(bus: ActorBus) -> None:
    first, second = slots_of(bus, "USABD")[0:8:4]
    booked = bus.ask(BookExam(item_id=first_item(bus.ask(order(1, "USABD"))), slot_id=first.id, pool="online"))
    other = first_item(bus.ask(order(2, "USABD")))
    with pytest.raises(SlotFull):
        bus.ask(BookExam(item_id=other, slot_id=first.id, pool="online"))
    bus.ask(MoveExam(appointment_id=booked.id, slot_id=second.id))
    bus.ask(BookExam(item_id=first_item(bus.ask(order(3, "USABD"))), slot_id=first.id, pool="online"))
    bus.ask(CancelExam(appointment_id=booked.id))
    pools = {slot.id: {pool.pool: pool.taken for pool in slot.pools} for slot in slots_of(bus, "USABD")}
    assert (pools.get(first.id, {"online": 1})["online"], pools[second.id]["online"]) == (1, 0)


def test_a_released_reserve_is_for_all(bus: ActorBus, monkeypatch: pytest.MonkeyPatch) -> None:
    slot = slots_of(bus, "USABD")[0]
    real = clock.now
    before = slot.starts_at - real() - timedelta(minutes=45)
    monkeypatch.setattr(clock, "now", lambda: real() + before)
    for number in (1, 2):
        bus.ask(BookExam(item_id=first_item(bus.ask(order(number, "USABD"))), slot_id=slot.id))


def test_a_long_examination_takes_the_slots_that_follow(bus: ActorBus) -> None:
    slots = slots_of(bus, "LONG")
    booked = bus.ask(BookExam(item_id=first_item(bus.ask(order(1, "LONG"))), slot_id=slots[0].id))
    assert booked.ends_at == slots[2].ends_at
    assert [slot.booked for slot in slots_of(bus, "LONG")[:4]] == [1, 1, 1, 0]
    moved = bus.ask(MoveExam(appointment_id=booked.id, slot_id=slots[1].id))
    assert moved.starts_at == slots[1].starts_at
    assert [slot.booked for slot in slots_of(bus, "LONG")[:5]] == [0, 1, 1, 1, 0]
    all_slots = bus.ask(FindSlots(device="ECG-1", days=3, limit=1000)).slots
    starts = {slot.starts_at for slot in all_slots}
    broken = next(slot for slot in all_slots if slot.ends_at not in starts)  # the last of its day
    with pytest.raises(SlotTooShort):
        bus.ask(BookExam(item_id=first_item(bus.ask(order(2, "LONG"))), slot_id=broken.id))
    assert broken.id not in {slot.id for slot in slots}


def test_a_companion_is_needed_and_counted(bus: ActorBus) -> None:
    slots = slots_of(bus, "CON")
    at_eight = next(slot for slot in slots if clock.local(slot.starts_at, "Asia/Shanghai").hour == 8)
    at_ten = next(slot for slot in slots if clock.local(slot.starts_at, "Asia/Shanghai").hour == 10)
    with pytest.raises(NoCompanion):
        bus.ask(BookExam(item_id=first_item(bus.ask(order(1, "CON"))), slot_id=at_ten.id))
    booked = bus.ask(BookExam(item_id=first_item(bus.ask(order(2, "CON"))), slot_id=at_eight.id))
    with pytest.raises(NoCompanion):
        bus.ask(BookExam(item_id=first_item(bus.ask(order(3, "CON"))), slot_id=at_eight.id))
    bus.ask(CancelExam(appointment_id=booked.id))
    bus.ask(BookExam(item_id=first_item(bus.ask(order(4, "CON"))), slot_id=at_eight.id))


def test_preparation_needs_notice_and_an_override_needs_a_reason(bus: ActorBus, app: App) -> None:
    item, slot = first_item(bus.ask(order(1, "PREP"))), slots_of(bus, "PREP")[0]
    with pytest.raises(TooShortNotice) as refusal:
        bus.ask(BookExam(item_id=item, slot_id=slot.id))
    rule = refusal.value.params["rule"]
    with pytest.raises(OverrideNeedsReason):
        bus.ask(BookExam(item_id=item, slot_id=slot.id, overrides=(rule,)))
    desk = app.bus_as(app.token_for("desk", "dispatcher"))
    with pytest.raises(NotPermitted):
        desk.ask(BookExam(item_id=item, slot_id=slot.id, overrides=(rule,), reason="急"))
    assert bus.ask(BookExam(item_id=item, slot_id=slot.id, overrides=(rule,), reason="急诊")).state == "booked"


def test_a_patients_token_is_for_his_own(bus: ActorBus, app: App) -> None:
    mine, others = bus.ask(order(1)), bus.ask(order(2))
    slot = slots_of(bus, "ECG12")[0]
    me = patient_bus(app, mine.patient.id)
    with pytest.raises(NotYours):
        me.ask(BookExam(item_id=first_item(others), slot_id=slot.id))
    booked = me.ask(BookExam(item_id=first_item(mine), slot_id=slot.id))
    assert booked.pool == "online"
    third = bus.ask(order(3, patient=1))
    for refused in (
        BookExam(item_id=first_item(third), slot_id=slot.id, pool="inpatient"),
        HoldExam(item_id=first_item(third), slot_id=slot.id, pool="emergency"),
    ):
        with pytest.raises(NotPermitted):
            me.ask(refused)
    held = me.ask(HoldExam(item_id=first_item(third), slot_id=slots_of(bus, "ECG12")[9].id, minutes=1440))
    assert held.expires_at is not None
    assert held.expires_at < clock.now() + timedelta(minutes=11)
    me.ask(CancelExam(appointment_id=held.id))
    theirs = bus.ask(BookExam(item_id=first_item(others), slot_id=slot.id))
    for refused in (CancelExam(appointment_id=theirs.id), MoveExam(appointment_id=theirs.id, slot_id=slot.id)):
        with pytest.raises(NotYours):
            me.ask(refused)
    with pytest.raises(NotFound):
        me.ask(ShowAppointment(id=theirs.id))
    assert [one.id for one in me.ask(ListAppointments(states=("booked",))).appointments] == [booked.id]
    with pytest.raises(NotPermitted):
        me.ask(SettleNoShows())


def test_a_patients_own_cancellations_are_limited(bus: ActorBus, app: App) -> None:
    placed = bus.ask(order(1))
    me, slots = patient_bus(app, placed.patient.id), slots_of(bus, "ECG12")
    far = [slot for slot in slots if slot.starts_at > clock.now() + timedelta(hours=12)]
    for slot in far[:3]:
        me.ask(CancelExam(appointment_id=me.ask(BookExam(item_id=first_item(placed), slot_id=slot.id)).id))
    booked = me.ask(BookExam(item_id=first_item(placed), slot_id=far[3].id))
    with pytest.raises(CancelLimit):
        me.ask(CancelExam(appointment_id=booked.id))
    bus.ask(CancelExam(appointment_id=booked.id))


def test_close_to_the_examination_the_staff_must_be_asked(
    bus: ActorBus, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    placed, slot = bus.ask(order(1)), slots_of(bus, "ECG12")[0]
    me = patient_bus(app, placed.patient.id)
    booked = me.ask(BookExam(item_id=first_item(placed), slot_id=slot.id))
    real, wait = clock.now, slot.starts_at - clock.now() - timedelta(minutes=60)
    monkeypatch.setattr(clock, "now", lambda: real() + wait)
    with pytest.raises(TooLate):
        me.ask(CancelExam(appointment_id=booked.id))


def test_no_shows_close_booking_by_oneself(bus: ActorBus, app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    slots = slots_of(bus, "ECG12")
    placed = [bus.ask(order(number, patient=1)) for number in range(3)]
    for one, slot in zip(placed, slots, strict=False):
        bus.ask(BookExam(item_id=first_item(one), slot_id=slot.id))
    real, wait = clock.now, slots[5].ends_at - clock.now() + timedelta(minutes=61)
    monkeypatch.setattr(clock, "now", lambda: real() + wait)
    assert bus.ask(SettleNoShows()).count == 3
    assert bus.ask(SettleNoShows()).count == 0
    blocks = bus.ask(ListBlocks(patient_id=placed[0].patient.id)).blocks
    assert len(blocks) == 1
    fourth = first_item(bus.ask(order(4, patient=1)))
    free = slots_of(bus, "ECG12")[30]
    with pytest.raises(PatientBlocked):
        patient_bus(app, placed[0].patient.id).ask(BookExam(item_id=fourth, slot_id=free.id))
    bus.ask(BookExam(item_id=fourth, slot_id=free.id))


def test_a_plan_is_booked_whole_or_not_at_all(bus: ActorBus) -> None:
    placed = bus.ask(order(1, "ECG12", "USABD", "LONG"))
    ecg, us = slots_of(bus, "ECG12"), slots_of(bus, "USABD")
    items = [item.id for item in placed.items]

    def choices(*slots: Slot) -> tuple[Choice, ...]:
        return tuple(Choice(item_id=item, slot_id=slot.id) for item, slot in zip(items, slots, strict=True))

    with pytest.raises(PatientBusy):
        bus.ask(BookPlan(choices=choices(ecg[0], us[0], ecg[9])))
    assert _taken(bus) == 0
    held = bus.ask(BookPlan(choices=choices(ecg[0], us[30], ecg[9]), hold=True))
    assert {one.state for one in held.appointments} == {"held"}
    booked = bus.ask(ConfirmPlan(plan_id=held.plan_id))
    assert {one.state for one in booked.appointments} == {"booked"}
    assert _taken(bus) == 1 + 2 + 3


def _taken(bus: ActorBus) -> int:
    return sum(slot.held + slot.booked for slot in bus.ask(FindSlots(only_free=False, days=4, limit=2000)).slots)


def test_holds_of_one_slot_never_pass_its_capacity(bus: ActorBus) -> None:
    slot = slots_of(bus, "ECG12")[0]
    got, refused = 0, 0
    for number in range(6):
        try:
            bus.ask(HoldExam(item_id=first_item(bus.ask(order(number))), slot_id=slot.id))
            got += 1
        except SlotFull:
            refused += 1
    assert (got, refused) == (2, 4)


def test_one_slot_asked_for_is_one_found(bus: ActorBus) -> None:
    """An examination longer than a slot is looked at with the slots that follow, however few are asked for."""
    many = slots_of(bus, "LONG")
    assert [slot.id for slot in bus.ask(FindSlots(exam_code="LONG", days=3, limit=1)).slots] == [many[0].id]
    few = bus.ask(FindSlots(days=3, limit=5)).slots
    assert [slot.starts_at for slot in few] == sorted(slot.starts_at for slot in few)
