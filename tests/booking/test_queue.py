"""The day of the examination, through the real bus on a real database."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import text

from tests.booking.batching import together
from tests.booking.queue_day import DAY, Day, at, open_hospital
from yiji.booking.errors import NobodyDue, NotToday, QueueEmpty, RecallsSpent, WrongRoom, WrongState
from yiji.core import clock
from yiji.core.app import App
from yiji.core.contract.booking import CancelExam, FulfilExam, ShowAppointment
from yiji.core.contract.inventory import StopDevice
from yiji.core.contract.order import Priority, ShowOrder
from yiji.core.contract.queue import (
    CallPatient,
    CheckIn,
    Rank,
    RequeuePatient,
    ShowQueue,
    SkipPatient,
    StartExam,
    Ticket,
    TransferPatient,
    TriagePatient,
    WatchQueue,
)
from yiji.core.errors import InvalidMessage, NotFound, NotPermitted, YijiError


@pytest.fixture
def day(app: App, monkeypatch: pytest.MonkeyPatch) -> Day:
    bus = app.bus_as(app.operator_token())
    made = Day(bus, at(7), count(1))
    monkeypatch.setattr(clock, "now", lambda: made.now)
    open_hospital(bus)
    made.now = at(9)
    return made


def events(app: App, kind: str) -> list[dict[str, Any]]:
    with app.store.begin() as tx:
        rows = tx.db.execute(text("SELECT body FROM core_event WHERE type = :kind ORDER BY at, id"), {"kind": kind})
        return [body if isinstance(body, dict) else json.loads(body) for body in rows.scalars()]


def numbers(tickets: tuple[Ticket, ...]) -> list[str]:
    return [ticket.number for ticket in tickets]


def test_who_comes_together_is_checked_in_together(app: App, day: Day):
    waits = day.come(at(9))
    booked = [day.book(at(9)), day.book(at(9), device="ECG-2"), day.book(at(10), visit="E")]
    coming = [CheckIn(appointment_id=one.id) for one in (*booked, booked[0])]
    first, elsewhere, urgent, twice, unknown = together(app, *coming, CheckIn(appointment_id="apt-none"))
    assert [(one.number, one.room, one.ahead) for one in (first, elsewhere, urgent)] == [
        ("A002", "ECG-R1", 2),
        ("A001", "ECG-R2", 0),
        ("A003", "ECG-R1", 0),
    ]
    assert isinstance(twice, WrongState)
    assert isinstance(unknown, NotFound)
    assert [one.id for one in day.queue()] == [urgent.id, waits.id, first.id]
    told = events(app, "queue.PatientCheckedIn")[-3:]
    assert {one["ticket"]["id"] for one in told} == {first.id, elsewhere.id, urgent.id}


def test_check_in_gives_a_number_a_rank_and_a_place(day: Day):
    first = day.come(at(9))
    assert (first.number, first.state, first.rank, first.ahead, first.wait_minutes) == (
        "A001",
        "ready",
        "ordinary",
        0,
        0,
    )
    second = day.come(at(9))
    assert (second.number, second.ahead, second.wait_minutes, second.calls) == ("A002", 1, 10, 0)
    other = day.come(at(9), device="ECG-2")
    assert (other.number, other.room) == ("A001", "ECG-R2")
    assert day.bus.ask(ShowAppointment(id=first.appointment_id)).state == "checked_in"


def test_the_rank_is_the_nurses_word_else_told_by_order_and_patient(day: Day):
    assert day.come(at(9), priority=Priority.STAT).rank is Rank.EMERGENCY
    assert day.come(at(9), visit="E").rank is Rank.EMERGENCY
    assert day.come(at(9), priority=Priority.URGENT).rank is Rank.URGENT
    assert day.come(at(9), born=date(1951, 11, 23)).rank is Rank.ELDERLY
    assert day.come(at(9), born=date(1951, 11, 24), visit="I").rank is Rank.INPATIENT
    assert day.come(at(9), rank=Rank.URGENT).rank is Rank.URGENT
    ranks = [ticket.rank for ticket in day.queue()]
    assert ranks == ["emergency", "emergency", "urgent", "urgent", "elderly", "inpatient"]


def test_only_a_booked_appointment_of_today_can_be_checked_in(day: Day):
    tomorrow = day.book(at(9, day=DAY + timedelta(days=1)))
    with pytest.raises(NotToday) as refused:
        day.bus.ask(CheckIn(appointment_id=tomorrow.id))
    assert refused.value.params == {"what": "appointment", "id": tomorrow.id, "day": "2026-11-24"}
    later_today = day.book(at(18))
    assert day.bus.ask(CheckIn(appointment_id=later_today.id)).starts_at == at(18)
    with pytest.raises(WrongState):
        day.bus.ask(CheckIn(appointment_id=later_today.id))
    cancelled = day.book(at(10))
    day.bus.ask(CancelExam(appointment_id=cancelled.id))
    with pytest.raises(WrongState):
        day.bus.ask(CheckIn(appointment_id=cancelled.id))
    with pytest.raises(NotFound):
        day.bus.ask(CheckIn(appointment_id="apt-none"))


def test_around_midnight_nobody_is_sent_away_or_lost(day: Day):
    soon = day.book(at(0, day=DAY + timedelta(days=1)))
    waits = day.book(at(23, 20))
    day.now = at(23, 45)
    assert day.bus.ask(CheckIn(appointment_id=soon.id)).starts_at == soon.starts_at
    ticket = day.bus.ask(CheckIn(appointment_id=waits.id))
    day.pass_minutes(20)
    assert day.queue()[0].id == ticket.id
    assert day.bus.ask(CallPatient(room="ECG-R1")).id == ticket.id


def test_calling_goes_by_rank_then_appointment_then_coming(day: Day):
    late_slot, early_slot = day.come(at(9, 20)), day.come(at(9))
    old = day.come(at(9, 20), born=date(1940, 1, 1))
    stat = day.come(at(9, 20), priority=Priority.STAT)
    expected = [stat.id, old.id, early_slot.id, late_slot.id]
    assert [ticket.id for ticket in day.queue()] == expected
    assert [day.bus.ask(CallPatient(room="ECG-R1")).id for _ in expected] == expected
    with pytest.raises(QueueEmpty):
        day.bus.ask(CallPatient(room="ECG-R1"))


def test_who_is_early_waits_for_the_window_unless_called_by_name(day: Day):
    early = day.come(at(10))
    assert early.wait_minutes == 30
    with pytest.raises(NobodyDue) as told:
        day.bus.ask(CallPatient(room="ECG-R1"))
    assert told.value.params == {
        "room": "ECG-R1", "number": "A001", "ticket": early.id, "opens": "2026-11-23T09:30+08:00",
    }  # fmt: skip
    day.pass_minutes(30)
    assert day.bus.ask(CallPatient(room="ECG-R1")).id == early.id
    other = day.come(at(12))
    assert day.bus.ask(CallPatient(ticket_id=other.id)).state == "called"


def test_recall_until_there_is_nothing_left_but_to_skip(day: Day):
    ticket = day.come(at(9))
    called = day.bus.ask(CallPatient(room="ECG-R1"))
    day.pass_minutes(2)
    for calls in (2, 3):
        again = day.bus.ask(CallPatient(ticket_id=ticket.id))
        assert (again.calls, again.called_at) == (calls, called.called_at)
    with pytest.raises(RecallsSpent) as told:
        day.bus.ask(CallPatient(ticket_id=ticket.id))
    assert told.value.params == {"number": "A001", "calls": "3"}
    assert day.bus.ask(SkipPatient(ticket_id=ticket.id)).state == "skipped"
    with pytest.raises(WrongState):
        day.bus.ask(CallPatient(ticket_id=ticket.id))


def test_a_skipped_patient_comes_back_behind_three(day: Day):
    first = day.come(at(9))
    for _ in range(4):
        day.come(at(9))
    day.bus.ask(CallPatient(room="ECG-R1"))
    day.bus.ask(SkipPatient(ticket_id=first.id))
    assert numbers(day.queue()) == ["A002", "A003", "A004", "A005", "A001"]
    back = day.bus.ask(RequeuePatient(ticket_id=first.id))
    assert (back.state, back.ahead, back.calls, back.called_at) == ("ready", 3, 0, None)
    assert numbers(day.queue()) == ["A002", "A003", "A004", "A001", "A005"]
    with pytest.raises(WrongState):
        day.bus.ask(RequeuePatient(ticket_id=first.id))


def test_start_and_done(app: App, day: Day):
    ticket = day.come(at(9))
    with pytest.raises(WrongState):
        day.bus.ask(StartExam(ticket_id=ticket.id))
    day.bus.ask(CallPatient(room="ECG-R1"))
    assert day.bus.ask(StartExam(ticket_id=ticket.id)).state == "in_progress"
    waiting = day.come(at(9))
    assert (waiting.ahead, waiting.wait_minutes) == (0, 10)
    day.pass_minutes(4)
    assert [one.wait_minutes for one in day.queue()] == [None, 6]
    day.bus.ask(FulfilExam(item_id=ticket.item_id))
    assert [one.id for one in day.queue()] == [waiting.id]
    assert day.bus.ask(ShowAppointment(id=ticket.appointment_id)).state == "fulfilled"
    whats = [(event["ticket_id"], event["what"]) for event in events(app, "queue.QueueChanged")]
    assert whats == [(ticket.id, "started"), (ticket.id, "done")]


def test_the_rooms_real_pace_is_what_is_told(day: Day):
    """Three examinations of ten minutes took a quarter of an hour each."""
    for ticket in [day.come(at(9)) for _ in range(3)]:
        day.bus.ask(CallPatient(ticket_id=ticket.id))
        day.pass_minutes(15)
        day.bus.ask(FulfilExam(item_id=ticket.item_id))
    waits = [day.come(at(10)).wait_minutes for _ in range(3)]
    assert waits == [0, 15, 30]


def test_two_devices_halve_the_wait_and_a_stopped_one_does_not_count(day: Day):
    waits = [day.come(at(9), device="US-1", exam="USABD").wait_minutes for _ in range(4)]
    assert waits == [0, 0, 20, 20]
    wish = StopDevice(device="US-2", starts_at=at(8, 40), ends_at=at(12), reason="停机", replan=False)
    day.bus.ask(wish, timeout=60)
    assert [ticket.wait_minutes for ticket in day.queue("US-R1")] == [0, 20, 40, 60]


def test_transfer_to_another_room_keeps_the_standing_and_gives_a_new_number(app: App, day: Day):
    for _ in range(2):
        day.come(at(9, 20), device="ECG-2")
    ticket = day.come(at(9), born=date(1940, 1, 1))
    moved = day.bus.ask(TransferPatient(ticket_id=ticket.id, room="ECG-R2", reason="设备故障"))
    assert (moved.room, moved.number, moved.rank, moved.ahead) == ("ECG-R2", "A003", "elderly", 0)
    assert moved.note == "设备故障"
    assert day.bus.ask(ShowAppointment(id=ticket.appointment_id)).device == "ECG-1"
    assert day.queue("ECG-R1") == ()
    changed = [(event["room"], event["what"]) for event in events(app, "queue.QueueChanged")]
    assert sorted(changed) == [("ECG-R1", "transferred"), ("ECG-R2", "transferred")]
    with pytest.raises(WrongRoom) as told:
        day.bus.ask(TransferPatient(ticket_id=ticket.id, room="US-R1"))
    assert told.value.params == {"room": "US-R1", "exam": "十二导联心电图", "rooms": "ECG-R1"}
    with pytest.raises(WrongRoom):
        day.bus.ask(TransferPatient(ticket_id=ticket.id, room="ECG-R2"))
    with pytest.raises(NotFound):
        day.bus.ask(TransferPatient(ticket_id=ticket.id, room="NOPE"))


def test_triage_changes_the_order_at_once(day: Day):
    for _ in range(3):
        day.come(at(9))
    last = day.queue()[-1]
    raised = day.bus.ask(TriagePatient(ticket_id=last.id, rank=Rank.EMERGENCY, note="胸痛"))
    assert (raised.ahead, raised.note) == (0, "胸痛")
    lowered = day.bus.ask(TriagePatient(ticket_id=last.id, rank=Rank.ORDINARY))
    assert (lowered.ahead, lowered.note) == (2, "胸痛")
    day.bus.ask(CallPatient(ticket_id=last.id))
    with pytest.raises(WrongState):
        day.bus.ask(TriagePatient(ticket_id=last.id, rank=Rank.URGENT))


def test_who_cancels_leaves_the_queue(day: Day):
    first, second = day.come(at(9)), day.come(at(9))
    day.bus.ask(CancelExam(appointment_id=first.appointment_id, reason="离院"))
    assert [ticket.id for ticket in day.queue()] == [second.id]
    with pytest.raises(WrongState):
        day.bus.ask(CallPatient(ticket_id=first.id))


def test_yesterdays_tickets_are_not_called_today(day: Day):
    ticket = day.come(at(9))
    day.now += timedelta(days=1)
    with pytest.raises(NotToday):
        day.bus.ask(CallPatient(ticket_id=ticket.id))
    with pytest.raises(QueueEmpty):
        day.bus.ask(CallPatient(room="ECG-R1"))
    assert day.queue() == ()
    yesterday = day.bus.ask(ShowQueue(day=DAY)).tickets
    assert [(one.id, one.wait_minutes) for one in yesterday] == [(ticket.id, None)]


def test_bad_calls(day: Day):
    with pytest.raises(InvalidMessage):
        day.bus.ask(CallPatient())
    for wish in (CallPatient(room="NOPE"), CallPatient(ticket_id="tkt-none"), SkipPatient(ticket_id="tkt-none")):
        with pytest.raises(NotFound):
            day.bus.ask(wish)


def test_many_desks_calling_at_once_never_call_the_same_patient(app: App, day: Day):
    people = [day.come(at(9)).id for _ in range(12)]

    def call(_: int) -> str:
        try:
            return day.bus.ask(CallPatient(room="ECG-R1")).id
        except YijiError as refusal:
            return refusal.code

    with ThreadPoolExecutor(16) as pool:
        called = list(pool.map(call, range(16)))
    assert sorted(called) == sorted([*people, *["booking.queue_empty"] * 4])
    assert len(events(app, "queue.PatientCalled")) == 12


def test_many_check_ins_at_once_draw_different_numbers(day: Day):
    booked = [day.book(at(9)).id for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        drawn = list(pool.map(lambda one: day.bus.ask(CheckIn(appointment_id=one)).number, booked))
    assert sorted(drawn) == [f"A{number:03d}" for number in range(1, 9)]


def test_calling_transferring_and_cancelling_at_once_leave_every_ticket_in_one_place(day: Day):
    """Desks of both rooms work against one another: each ticket ends once, and no command dies of a deadlock."""
    tickets = [day.come(at(9), device=f"ECG-{1 + number % 2}") for number in range(16)]

    def stir(number: int) -> str:
        ticket = tickets[number % 16]
        other = "ECG-R2" if ticket.room == "ECG-R1" else "ECG-R1"
        wishes = (
            TransferPatient(ticket_id=ticket.id, room=other),
            CallPatient(room=ticket.room),
            CancelExam(appointment_id=ticket.appointment_id),
        )
        try:
            day.bus.ask(wishes[number // 16])
        except YijiError as refusal:
            return refusal.code
        return "ok"

    with ThreadPoolExecutor(8) as pool:
        outcomes = set(pool.map(stir, [(number * 7) % 48 for number in range(48)]))
    assert outcomes <= {"ok", "booking.wrong_state", "booking.queue_empty", "booking.wrong_room"}
    shown = [*day.queue("ECG-R1"), *day.queue("ECG-R2")]
    assert len({ticket.id for ticket in shown}) == len(shown)
    for ticket in tickets:
        state = day.bus.ask(ShowAppointment(id=ticket.appointment_id)).state
        assert (state == "checked_in") == any(one.id == ticket.id for one in shown)


def test_boards_by_department_and_masked_names(app: App, day: Day):
    day.come(at(9), name="张三")
    day.come(at(9), device="ECG-2", name="欧阳若琳")
    day.come(at(9), device="US-1", exam="USABD", name="王小明")
    assert {ticket.room for ticket in day.bus.ask(ShowQueue(department="ECG")).tickets} == {"ECG-R1", "ECG-R2"}
    assert [ticket.patient_name for ticket in day.bus.ask(ShowQueue()).tickets] == ["张三", "欧阳若琳", "王小明"]
    screen = app.bus_as(app.token_for("wall", "screen"))
    masked = ["张*", "欧**琳", "王*明"]
    assert [ticket.patient_name for ticket in screen.ask(ShowQueue()).tickets] == masked
    assert [ticket.patient_name for ticket in screen.ask(WatchQueue()).tickets] == masked
    with pytest.raises(NotPermitted):
        screen.ask(WatchQueue(masked=False))
    named = day.bus.ask(WatchQueue(masked=False))
    assert [ticket.patient_name for ticket in named.tickets] == ["张三", "欧阳若琳", "王小明"]
    assert named == day.bus.ask(WatchQueue(masked=False))


def test_the_stage_follows_and_events_tell(app: App, day: Day):
    ticket = day.come(at(9))
    stage = lambda: events_stage(app, ticket.item_id)  # noqa: E731
    assert stage() == "checked_in"
    day.bus.ask(CallPatient(room="ECG-R1"))
    assert stage() == "called"
    day.bus.ask(SkipPatient(ticket_id=ticket.id))
    assert stage() == "checked_in"
    (checked_in,) = events(app, "queue.PatientCheckedIn")
    (called,) = events(app, "queue.PatientCalled")
    assert checked_in["ticket"]["id"] == called["ticket"]["id"] == ticket.id
    assert called["order_id"] == day.bus.ask(ShowOrder(id=ticket.accession_number)).id


def events_stage(app: App, item: str) -> str:
    with app.store.begin() as tx:
        return tx.db.execute(text("SELECT stage FROM booking_item WHERE id = :id"), {"id": item}).scalar_one()
