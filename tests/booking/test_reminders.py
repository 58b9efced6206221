"""Reminders: each falls due once, is claimed once, and nothing is said of an appointment that is no more."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from booking.histories import changes
from booking.reminding import HOUR, LONG_AGO, House
from builders import order

from yiji.booking.errors import ReminderStale, ReminderTaken, WrongState
from yiji.cli.main import run
from yiji.core import clock
from yiji.core.app import App
from yiji.core.bus import ActorBus
from yiji.core.contract.booking import BookExam, MoveExam
from yiji.core.contract.inventory import FindSlots
from yiji.core.contract.reminder import (
    ClaimReminder,
    ListReminders,
    ReminderState,
    SendReminders,
)
from yiji.core.errors import NotFound, NotPermitted, YijiError


@pytest.fixture
def house(app: App) -> Iterator[House]:
    return House(app)


def test_what_falls_due_is_told_once_with_all_that_a_notifier_needs(house: House):
    starts_at = house.book(1, 20)
    house.book(2, 30)  # not yet
    house.book(3, -1)  # over
    house.book(4, 20, state="cancelled")
    house.book(5, 20, state="checked_in")
    house.book(6, 20, state="held", expires_at=house.now + HOUR)
    assert (house.send(), house.send()) == (1, 0)
    (told,) = house.told()
    assert (told.appointment_id, told.hours, told.starts_at, told.order_id) == ("apt-1", 24, starts_at, "ord-1")
    assert (told.room_name, told.place, told.preparation) == ("ECG-1室", "门诊楼3层", "空腹8小时")
    assert (told.order.patient.phone, told.order.patient.name, told.order.exam_name) == (
        "13800001234",
        "张喆",
        "ECG12检查",
    )


def test_of_several_that_are_due_only_the_nearest_goes_out(house: House):
    house.book(1, 1)
    assert house.send() == 1
    assert house.due() == [("apt-1", 2)]
    assert house.send() == 0


def test_who_booked_after_the_moment_is_not_reminded_of_it(house: House):
    house.book(1, 20, booked=3)  # 23 hours before: the 24 hours' moment was over
    house.book(2, 1, booked=0.5)
    house.book(3, 1, booked=1.5)  # between the two moments: only the nearer one is of use
    assert house.send() == 1
    assert house.due() == [("apt-3", 2)]


def test_a_move_gives_new_reminders_and_the_old_one_cannot_be_claimed(house: House):
    was_at = house.book(1, 20)
    assert house.send() == 1
    later = house.now + 23 * HOUR
    moved = changes(("booked", "moved"), house.now - LONG_AGO)
    house.change(1, starts_at=later, ends_at=later + HOUR, changes=moved)
    with pytest.raises(ReminderStale):
        house.claim(1, was_at, 24)
    assert house.send() == 1
    assert house.claim(1, later, 24).state == "claimed"


def test_a_move_just_now_needs_no_reminder_of_a_moment_that_is_over(house: House):
    house.book(1, 20)
    moved = changes(("booked",), house.now - LONG_AGO) + changes(("moved",), house.now)
    house.change(1, changes=moved)
    assert house.send() == 0


@pytest.mark.parametrize("values", [{"state": "cancelled"}, {"state": "checked_in"}, {"state": "fulfilled"}])
def test_nothing_is_said_of_what_is_no_more(house: House, values: dict[str, str]):
    starts_at = house.book(1, 20)
    assert house.send() == 1
    house.change(1, **values)
    with pytest.raises(ReminderStale):
        house.claim(1, starts_at, 24)
    assert house.bus.ask(ListReminders()).reminders[0].state == "due"


def test_a_farther_reminder_that_waited_too_long_gives_way_to_the_nearer(house: House):
    starts_at = house.book(1, 20)
    assert house.send() == 1
    house.change(1, starts_at=starts_at)  # as it is: the notifier is just slow
    with house.app.store.begin() as tx:
        told = "INSERT INTO booking_reminder SELECT appointment_id, starts_at, 2, 'due', at, '' FROM booking_reminder"
        tx.db.exec_driver_sql(told)
    with pytest.raises(ReminderStale):
        house.claim(1, starts_at, 24)
    assert house.claim(1, starts_at, 2).state == "claimed"


def test_the_first_claim_wins_however_many_ask_at_once(house: House):
    starts_at = house.book(1, 20)
    house.send()

    def claim(_: int) -> str:
        try:
            return house.claim(1, starts_at, 24).state
        except YijiError as refusal:
            return refusal.code

    with ThreadPoolExecutor(8) as pool:
        outcomes = sorted(pool.map(claim, range(16)))
    assert outcomes == sorted(["claimed", *["booking.reminder_taken"] * 15])


def test_two_daemons_that_send_at_once_tell_each_reminder_once(house: House):
    for number in range(1, 41):
        house.book(number, 3 + number / 10)
    with ThreadPoolExecutor(4) as pool:
        counts = list(pool.map(lambda _: house.send(), range(8)))
    assert sum(counts) == 40
    assert sorted(house.due()) == sorted((f"apt-{number}", 24) for number in range(1, 41))


def test_more_than_the_limit_go_out_in_turns_the_earliest_first(house: House):
    for number in range(1, 6):
        house.book(number, 20 - number)
    assert [house.tending.ask(SendReminders(limit=2)).count for _ in range(4)] == [2, 2, 1, 0]
    assert {one for one, _ in house.due()[:2]} == {"apt-5", "apt-4"}


def test_a_claim_is_settled_once(house: House):
    starts_at = house.book(1, 20)
    house.send()
    with pytest.raises(WrongState):
        house.settle(1, starts_at, 24, sent=True)
    house.claim(1, starts_at, 24)
    assert house.settle(1, starts_at, 24, sent=True, detail="250 OK").state == "sent"
    with pytest.raises(WrongState):
        house.settle(1, starts_at, 24, sent=False)
    with pytest.raises(ReminderTaken):
        house.claim(1, starts_at, 24)
    with pytest.raises(NotFound):
        house.claim(2, starts_at, 24)


def test_one_that_failed_raises_an_alert_that_ends_after_a_quiet_day(house: House):
    starts_at = house.book(1, 20)
    house.send()
    house.claim(1, starts_at, 24)
    house.settle(1, starts_at, 24, sent=False, detail="554 no")

    assert house.alerts() == [("reminders that did not go out", "apt-1: 554 no")]
    house.send()
    assert house.alerts()
    with house.app.store.begin() as tx:
        tx.db.exec_driver_sql("UPDATE booking_reminder SET at = at - interval '25 hours'")
    house.send()
    assert house.alerts() == []


def test_the_hospital_decides_when_and_whether(house: House):
    house.book(1, 60)
    house.book(2, 20)
    house.parameters('{"reminder_hours": [72, 12]}')
    assert house.send() == 2
    assert sorted(house.due()) == [("apt-1", 72), ("apt-2", 72)]
    house.book(3, 5)
    house.parameters('{"reminders": false}')
    assert house.send() == 0


def test_the_site_speaks_its_own_language(house: House, monkeypatch: pytest.MonkeyPatch):
    house.book(1, 20)
    site = house.app.settings.raw["site"]
    monkeypatch.setitem(site, "lang", "en")
    house.send()
    (told,) = house.told()
    assert (told.room_name, told.place) == ("Room ECG-1", "Outpatients, 3rd floor")
    assert told.preparation == "Fast for 8 hours"


def test_the_list_shows_what_became_of_them(house: House, capfd: pytest.CaptureFixture[str]):
    starts_at = house.book(1, 20)
    house.book(2, 21)
    house.send()
    house.claim(1, starts_at, 24)
    listed = house.bus.ask(ListReminders()).reminders
    assert [(one.appointment_id, one.state) for one in listed] == [("apt-1", "claimed"), ("apt-2", "due")]
    claimed = house.bus.ask(ListReminders(state=ReminderState.CLAIMED)).reminders
    assert [one.appointment_id for one in claimed] == ["apt-1"]
    assert len(house.bus.ask(ListReminders(appointment_id="apt-2")).reminders) == 1
    assert run(["--site", str(house.app.settings.root), "reminder", "list", "--state", "claimed"]) == 0
    shown = capfd.readouterr().out
    assert "apt-1" in shown
    assert "apt-2" not in shown


def test_who_may(house: House):
    starts_at = house.book(1, 20)
    house.send()
    with pytest.raises(NotPermitted):
        house.bus.ask(SendReminders())
    with pytest.raises(NotPermitted):
        house.app.bus_as(house.app.token_for("desk", "dispatcher")).ask(
            ClaimReminder(appointment_id="apt-1", starts_at=starts_at, hours=24)
        )


def test_a_real_booking_moved_by_the_real_handler(app: App, bus: ActorBus, monkeypatch: pytest.MonkeyPatch):
    item = bus.ask(order(1)).items[0]
    slots = bus.ask(FindSlots(exam_code="ECG12", days=3, limit=300)).slots
    first, last = slots[140], slots[-1]  # late tomorrow, late on the day after
    booked = bus.ask(BookExam(item_id=item.id, slot_id=first.id))
    assert bus.ask(SendReminders()).count == 0  # it was only just booked
    monkeypatch.setattr(clock, "now", lambda: first.starts_at - timedelta(minutes=90))
    assert bus.ask(SendReminders()).count == 1
    moved = bus.ask(MoveExam(appointment_id=booked.id, slot_id=last.id))
    with pytest.raises(ReminderStale):
        bus.ask(ClaimReminder(appointment_id=booked.id, starts_at=first.starts_at, hours=2))
    assert bus.ask(SendReminders()).count == 0
    monkeypatch.setattr(clock, "now", lambda: moved.starts_at - timedelta(hours=1))
    assert bus.ask(SendReminders()).count == 1
    claimed = bus.ask(ClaimReminder(appointment_id=booked.id, starts_at=moved.starts_at, hours=2))
    assert claimed.state == "claimed"
