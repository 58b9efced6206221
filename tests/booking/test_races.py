"""Two at once on real transactions, and what the simulations and the storm found: each told as small as it gets."""

import threading
import time as process_time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import time, timedelta
from typing import Any

import pytest
from builders import order
from sqlalchemy import text

from yiji.booking.errors import WrongState
from yiji.booking.handlers import deciding
from yiji.booking.policies import on_order_revoked
from yiji.core import clock
from yiji.core.app import App
from yiji.core.bus import ActorBus, LocalBus
from yiji.core.contract.booking import (
    Backfill,
    BookExam,
    CancelExam,
    FulfilExam,
    JoinWaitlist,
    ListWaits,
    MoveExam,
    RecordPayment,
    ShowAppointment,
    VerifyBooking,
    WaitState,
)
from yiji.core.contract.catalogue import Calendar, Catalogue, Department, Device, Exam, LoadCatalogue, Room
from yiji.core.contract.inventory import FindSlots, OpenSlots, ResumeDevice, Slot, StopDevice
from yiji.core.contract.order import OrderRevoked, RevokeOrder, ShowOrder
from yiji.core.contract.queue import CheckIn
from yiji.core.errors import YijiError
from yiji.core.plug.manager import Plugins, plugins
from yiji.core.work import Worker

CLINIC = Catalogue(
    departments=(Department(code="D", name="科"),),
    rooms=(Room(code="R", name="室", department="D"),),
    devices=(Device(code="A", name="甲", room="R", modality="OT"),),
    exams=(
        Exam(code="SHORT", name="短", department="D", modality="OT", minutes=10, devices=("A",)),
        Exam(code="PAID", name="先缴费", department="D", modality="OT", minutes=10, devices=("A",), prepaid=True),
    ),
    calendars=(
        Calendar(
            device="A", weekdays=(1, 2, 3, 4, 5, 6, 7), opens=time(0), closes=time(0), slot_minutes=10, capacity=2
        ),
    ),
)


@pytest.fixture
def bus(app: App) -> ActorBus:
    """The operator's bus on a clinic that is open all day, today and tomorrow."""
    asking = app.bus_as(app.operator_token())
    asking.ask(LoadCatalogue(catalogue=CLINIC))
    asking.ask(OpenSlots(days=2), timeout=60)
    return asking


def _slots(bus: ActorBus, day: int = 0) -> list[Slot]:
    first = clock.today("Asia/Shanghai") + timedelta(days=day)
    found = bus.ask(FindSlots(exam_code="SHORT", first_day=first, days=2 - day, only_free=False, limit=500)).slots
    return [slot for slot in found if slot.starts_at > clock.now()]


def _item(bus: ActorBus, number: int, exam: str = "SHORT") -> str:
    return bus.ask(order(number, exam)).items[0].id


def _whole(bus: ActorBus) -> None:
    told = bus.ask(VerifyBooking(), timeout=60)
    assert told.found == 0, told.violations


class Meanwhile:
    """Asks in another thread just before what was decided is written; goes on when that is answered or waits for us."""

    def __init__(self, app: App, monkeypatch: pytest.MonkeyPatch, ask: Callable[[], Any]) -> None:
        self._app, self._ask, self._pool = app, ask, ThreadPoolExecutor(1)
        self._write = deciding.write
        self.told: Future[Any] | None = None
        monkeypatch.setattr(deciding, "write", self._before_writing)

    def _before_writing(self, *told: Any) -> None:
        if self.told is None:
            self.told = self._pool.submit(self._ask)
            self._wait(self.told)
        self._write(*told)

    def _wait(self, told: Future[Any]) -> None:
        ends = process_time.monotonic() + 30
        while not told.done() and process_time.monotonic() < ends:
            with self._app.store.begin() as tx:
                if tx.db.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar():
                    return
            threading.Event().wait(0.01)

    def outcome(self) -> Any:
        """What the other one was told in the end."""
        assert self.told is not None
        try:
            return self.told.result(60)
        except YijiError as refusal:
            return refusal


def test_who_is_checked_in_while_he_is_moved_is_not_lost(
    app: App, bus: ActorBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = _slots(bus)[:2]
    one = bus.ask(BookExam(item_id=_item(bus, 1), slot_id=here.id))
    meanwhile = Meanwhile(app, monkeypatch, lambda: bus.ask(CheckIn(appointment_id=one.id)))
    bus.ask(MoveExam(appointment_id=one.id, slot_id=there.id))
    meanwhile.outcome()
    _whole(bus)


def test_what_was_made_while_it_is_cancelled_is_one_of_both(
    app: App, bus: ActorBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = bus.ask(BookExam(item_id=_item(bus, 1), slot_id=_slots(bus)[0].id))
    bus.ask(CheckIn(appointment_id=one.id))
    meanwhile = Meanwhile(app, monkeypatch, lambda: bus.ask(FulfilExam(item_id=one.item_id)))
    bus.ask(CancelExam(appointment_id=one.id))
    meanwhile.outcome()
    _whole(bus)


def test_what_is_revoked_while_it_is_booked_keeps_no_place(
    app: App, bus: ActorBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = _item(bus, 1)
    revoke = RevokeOrder(sender="HIS", placer_numbers=("N1-0",))
    meanwhile = Meanwhile(app, monkeypatch, lambda: bus.ask(revoke))

    class Relayed:
        """The relay's hands: the event has been delivered before the booking is over, if it can be."""

        ask = bus.ask

    bus.ask(BookExam(item_id=item, slot_id=_slots(bus)[0].id))
    meanwhile.outcome()
    assert bus.ask(ShowOrder(id=item)).items[0].state == "revoked"
    on_order_revoked(OrderRevoked(order_id="", item_ids=(item,)), Relayed())  # type: ignore[arg-type]
    assert bus.ask(ShowAppointment(id=item)).state == "cancelled"
    with pytest.raises(WrongState):
        bus.ask(BookExam(item_id=item, slot_id=_slots(bus)[1].id))
    _whole(bus)


def test_a_revocation_that_a_booking_waited_for_is_seen(app: App, bus: ActorBus) -> None:
    """The booking waits for the revocation's lock: it must not go by what it could read before."""
    item = _item(bus, 1)
    with ThreadPoolExecutor(1) as pool, app.store.begin() as tx:
        tx.db.execute(text("SELECT id FROM booking_patient FOR UPDATE"))
        told = pool.submit(bus.ask, BookExam(item_id=item, slot_id=_slots(bus)[0].id))
        _until_somebody_waits(app)
        tx.db.execute(text("UPDATE booking_item SET state = 'revoked', stage = 'revoked'"))
        tx.db.commit()
        fault = told.exception(60)
    assert isinstance(fault, YijiError)
    assert fault.code == "booking.wrong_state"


def _until_somebody_waits(app: App) -> None:
    for _ in range(3000):
        with app.store.begin() as tx:
            if tx.db.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar():
                return
        threading.Event().wait(0.01)
    raise AssertionError("nobody waits")


def test_money_for_nothing_goes_back(bus: ActorBus) -> None:
    item, other = _item(bus, 1, "PAID"), _item(bus, 2, "PAID")

    def pay(of: str, number: str) -> bool:
        return bus.ask(RecordPayment(appointment_id=of, payment_number=number, amount=100)).accepted

    assert pay(item, "P1")
    assert not pay(item, "P2"), "it is paid already"
    bus.ask(RevokeOrder(sender="HIS", placer_numbers=("N2-0",)))
    assert not pay(other, "P3"), "nobody wants it any more"
    assert not pay(other, "P3"), "and the same number says the same again"
    _whole(bus)


def test_an_offer_that_is_declined_is_over(bus: ActorBus) -> None:
    wait = bus.ask(JoinWaitlist(item_id=_item(bus, 1), notice_minutes=0))
    slot = _slots(bus, 1)[0]
    served = bus.ask(Backfill(device="A", starts_at=slot.starts_at, ends_at=slot.ends_at)).served
    assert [one.state for one in served] == [WaitState.OFFERED]
    bus.ask(CancelExam(appointment_id=served[0].appointment_id))
    _whole(bus)
    assert bus.ask(ListWaits()).waits == ()
    assert bus.ask(JoinWaitlist(item_id=wait.item_id)).state == WaitState.WAITING, "he may wait again"


def test_the_end_of_a_stop_opens_nothing_that_another_keeps_closed(bus: ActorBus) -> None:
    slots = _slots(bus, 1)[:6]

    def stop(first: int, last: int) -> str:
        told = StopDevice(device="A", starts_at=slots[first].starts_at, ends_at=slots[last].ends_at, reason="停机")
        return bus.ask(told).id

    def closed() -> list[bool]:
        return [slot.closed for slot in _slots(bus, 1)[:6]]

    one, two = stop(0, 3), stop(2, 5)
    assert closed() == [True] * 6
    bus.ask(ResumeDevice(stop_id=one))
    assert closed() == [False, False, True, True, True, True]
    bus.ask(ResumeDevice(stop_id=two))
    assert closed() == [False] * 6


def test_hooks_are_made_known_once_though_all_threads_are_first() -> None:
    """A daemon that has just started: every writer asks for the rules of plugins at the same moment."""
    for _ in range(5):
        fresh = plugins.__wrapped__()
        gate = threading.Barrier(8)

        with ThreadPoolExecutor(8) as pool:
            asked = [pool.submit(_first, fresh, gate) for _ in range(8)]
            assert len({one.result(30) for one in asked}) == 1


def _first(fresh: Plugins, gate: threading.Barrier) -> int:
    gate.wait()
    return len(fresh.hook("booking_rules"))


def test_the_same_key_from_two_processes_books_once(app: App, bus: ActorBus) -> None:
    """Two buses on one database stand for two processes: both are told the same, and nothing is done twice."""
    other, token = LocalBus(app.store, app.routes, Worker(app.store)), app.operator_token()
    slots, gate = _slots(bus), threading.Barrier(2)

    def ask(of: LocalBus, book: BookExam, key: str) -> Any:
        gate.wait()
        return of.ask(book, token=token, key=key)

    with ThreadPoolExecutor(2) as pool:
        for number in range(8):
            book = BookExam(item_id=_item(bus, number), slot_id=slots[number].id)
            first, second = pool.map(ask, [app.bus, other], [book, book], [f"same-{number}"] * 2)
            assert first == second
    other.close()
    with app.store.begin() as tx:
        booked = "SELECT count(*) FROM core_event WHERE type = 'booking.ExamBooked'"
        assert tx.db.execute(text(booked)).scalar() == 8
        assert tx.db.execute(text("SELECT count(*) FROM booking_appointment")).scalar() == 8
    _whole(bus)
