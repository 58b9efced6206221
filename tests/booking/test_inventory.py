"""Slots opened, edited and enlarged through the real bus on a real database."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from builders import SMALL, order
from sqlalchemy import text

from yiji.booking.errors import BadPools, BadRange, NoExtraPlaces, SlotClosed, SlotPast, StillNeeded
from yiji.core import clock, ids
from yiji.core.app import App
from yiji.core.bus import ActorBus
from yiji.core.contract.catalogue import (
    Calendar,
    Campus,
    Catalogue,
    Closure,
    Department,
    LoadCatalogue,
    Part,
    PoolShare,
    RemoveFromCatalogue,
    StaffGroup,
)
from yiji.core.contract.inventory import AddPlaces, EditSlots, EditSlotsResult, OpenSlots
from yiji.core.errors import InvalidMessage, NotFound, NotPermitted

ZONE = ZoneInfo("Asia/Shanghai")
SHARES = (PoolShare(pool="online", cap=2), PoolShare(pool="inpatient", reserve=1, release_minutes=120))
EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)


def _calendar(device: str = "ECG-1", **more: object) -> Calendar:
    told = {"device": device, "weekdays": EVERY_DAY, "opens": time(8), "closes": time(9), "slot_minutes": 20}
    return Calendar.model_validate({**told, "capacity": 3, **more})


def _tomorrow(days: int = 1) -> date:
    return clock.today("Asia/Shanghai") + timedelta(days=days)


def _at(hour: int, minute: int = 0, days: int = 1) -> datetime:
    return datetime.combine(_tomorrow(days), time(hour, minute), ZONE)


@pytest.fixture
def admin(app: App) -> ActorBus:
    """The operator's bus on a site whose one device works from 8 to 9."""
    bus = app.bus_as(app.operator_token())
    bus.ask(LoadCatalogue(catalogue=SMALL.model_copy(update={"calendars": (_calendar(extra=2, pools=SHARES),)})))
    return bus


def _load(bus: ActorBus, **parts: object) -> Catalogue:
    return bus.ask(LoadCatalogue(catalogue=Catalogue.model_validate(parts), replace=True))


def _open(bus: ActorBus, days: int = 1, **more: object) -> tuple[int, int]:
    found = bus.ask(OpenSlots.model_validate({"first_day": _tomorrow(), "days": days, **more}))
    return found.opened, found.kept


def _edit(bus: ActorBus, device: str = "ECG-1", **more: object) -> EditSlotsResult:
    told = {"device": device, "starts_at": _at(0), "ends_at": _at(0, days=2)}
    return bus.ask(EditSlots.model_validate({**told, **more}))


def _slots(app: App, device: str = "ECG-1") -> list[tuple[str, int]]:
    """Wall clock and capacity of the slots that are there."""
    query = text("SELECT starts_at, ends_at, capacity FROM booking_slot WHERE device = :device ORDER BY starts_at")
    with app.store.begin() as tx:
        rows = tx.db.execute(query, {"device": device}).all()
    return [(f"{a.astimezone(ZONE):%H:%M}-{b.astimezone(ZONE):%H:%M}", places) for a, b, places in rows]


def _slot_id(app: App, hour: int, minute: int = 0, device: str = "ECG-1") -> str:
    query = text("SELECT id FROM booking_slot WHERE starts_at = :at AND device = :device")
    with app.store.begin() as tx:
        return tx.db.execute(query, {"at": _at(hour, minute), "device": device}).scalar_one()


def _quotas(app: App, slot_id: str) -> dict[str, tuple[int | None, int, int]]:
    query = text("SELECT pool, cap, reserve, taken FROM booking_quota WHERE slot_id = :slot")
    with app.store.begin() as tx:
        return {pool: (cap, reserve, taken) for pool, cap, reserve, taken in tx.db.execute(query, {"slot": slot_id})}


def _occupy(app: App, bus: ActorBus, slot_id: str, number: int, pool: str, state: str = "booked") -> None:
    """Give a fresh order's examination a place, as booking would write it."""
    item = bus.ask(order(number)).items[0]
    apt = ids.new("apt")
    with app.store.begin() as tx:
        told = {"id": apt, "item": item.id, "slot": slot_id, "pool": pool, "state": state}
        tx.db.execute(
            text("""
                INSERT INTO booking_appointment (id, item_id, patient_id, slot_id, slots, device, starts_at, ends_at,
                    state, pool, revision, paid, plan_id, booked_at, changes)
                SELECT :id, :item, 'p', s.id, ARRAY[s.id], s.device, s.starts_at, s.ends_at, :state, :pool, 1, false,
                    '', now(), '[]' FROM booking_slot s WHERE s.id = :slot
            """),
            told,
        )
        if state == "booked":
            tx.db.execute(text("UPDATE booking_slot SET booked = booked + 1 WHERE id = :slot"), told)
            taken = "UPDATE booking_quota SET taken = taken + 1 WHERE slot_id = :slot AND pool = :pool"
            tx.db.execute(text(taken), told)


def test_opening_twice_opens_once(app: App, admin: ActorBus) -> None:
    assert _open(admin, 2) == (6, 0)
    assert _open(admin, 3) == (3, 6)
    assert _slots(app)[:3] == [("08:00-08:20", 3), ("08:20-08:40", 3), ("08:40-09:00", 3)]


def test_pools_come_with_their_time_of_release(app: App, admin: ActorBus) -> None:
    _open(admin)
    slot = _slot_id(app, 8)
    assert _quotas(app, slot) == {"online": (2, 0, 0), "inpatient": (None, 1, 0)}
    with app.store.begin() as tx:
        released = dict(
            tx.db.execute(text("SELECT pool, release_at FROM booking_quota WHERE slot_id = :s"), {"s": slot}).all()
        )
    assert released == {"online": None, "inpatient": _at(6)}


def test_another_template_makes_no_overlap(app: App, admin: ActorBus) -> None:
    _open(admin)
    _edit(admin, starts_at=_at(8, 20), ends_at=_at(8, 40), remove=True)
    _load(admin, calendars=[_calendar(slot_minutes=15, closes="10:00")])
    assert _open(admin) == (4, 4)
    starts = [told for told, _ in _slots(app)]
    assert starts == ["08:00-08:20", "08:40-09:00", "09:00-09:15", "09:15-09:30", "09:30-09:45", "09:45-10:00"]


def test_holidays_of_campus_and_device_are_kept(app: App, admin: ActorBus) -> None:
    east = (Campus(code="EAST", name="东院"),)
    departments = (Department(code="US", name="超声科", campus="EAST"), Department(code="ECG", name="心电图室"))
    closures = (
        Closure(first_day=_tomorrow(1), last_day=_tomorrow(1), name="检修", device="ECG-1"),
        Closure(first_day=_tomorrow(2), last_day=_tomorrow(2), name="院庆", campus="EAST"),
        Closure(first_day=_tomorrow(3), last_day=_tomorrow(3), name="元旦"),
    )
    calendars = (_calendar(), _calendar("US-1"))
    _load(admin, campuses=east, departments=departments, closures=closures, calendars=calendars)
    assert _open(admin, 4) == (12, 0)
    with app.store.begin() as tx:
        worked = tx.db.execute(
            text("SELECT DISTINCT device, (starts_at AT TIME ZONE 'Asia/Shanghai')::date FROM booking_slot")
        )
        found = {tuple(row) for row in worked}
    assert found == {("ECG-1", _tomorrow(2)), ("ECG-1", _tomorrow(4)), ("US-1", _tomorrow(1)), ("US-1", _tomorrow(4))}


def test_staff_groups_get_slots_too(app: App, admin: ActorBus) -> None:
    nurse = StaffGroup(code="NURSE", name="注射护士", department="US", capabilities=("contrast",))
    admin.ask(LoadCatalogue(catalogue=Catalogue(staff=(nurse,), calendars=(_calendar("NURSE", slot_minutes=30),))))
    assert _open(admin, devices=("NURSE",)) == (2, 0)
    assert _slots(app, "NURSE") == [("08:00-08:30", 3), ("08:30-09:00", 3)]
    assert _slots(app) == []
    with pytest.raises(StillNeeded):
        admin.ask(RemoveFromCatalogue(part=Part.STAFF, codes=("NURSE",)))
    kept = _occupied_edit(app, admin)
    assert (kept.device_name, kept.room, kept.department) == ("注射护士", "", "US")


def _occupied_edit(app: App, admin: ActorBus):
    with app.store.begin() as tx:
        tx.db.execute(
            text("UPDATE booking_slot SET booked = 1 WHERE id = :id"), {"id": _slot_id(app, 8, device="NURSE")}
        )
    [kept] = _edit(admin, "NURSE", capacity=0).kept
    return kept


def test_what_is_stopped_is_opened_after_the_stop(app: App, admin: ActorBus) -> None:
    told = {"id": ids.new("stp"), "first": _at(8, 30), "last": _at(12)}
    stop = """
        INSERT INTO booking_stop (id, device, starts_at, ends_at, reason, slots, at)
        VALUES (:id, 'ECG-1', :first, :last, '', '{}', now())
    """
    with app.store.begin() as tx:
        tx.db.execute(text(stop), told)
    assert _open(admin) == (1, 0)
    with app.store.begin() as tx:
        tx.db.execute(text("UPDATE booking_stop SET resumed_at = now()"))
    assert _open(admin) == (2, 1)


@pytest.mark.parametrize("days_off", [-1, -400, 5000])
def test_days_that_cannot_be_opened_are_refused(admin: ActorBus, days_off: int) -> None:
    with pytest.raises(BadRange):
        admin.ask(OpenSlots(first_day=_tomorrow() + timedelta(days=days_off - 1), days=1))
    with pytest.raises(BadRange):
        admin.ask(OpenSlots(first_day=date.max, days=366))
    with pytest.raises(NotFound):
        _open(admin, devices=("NO-1",))


def test_capacity_never_falls_below_what_is_taken(app: App, admin: ActorBus) -> None:
    _open(admin)
    slot = _slot_id(app, 8, 20)
    for number in (1, 2):
        _occupy(app, admin, slot, number, "online")
    changed = _edit(admin, capacity=1)
    assert changed.changed == 2
    [kept] = changed.kept
    assert (kept.id, kept.capacity, kept.booked, kept.device_name, kept.room) == (slot, 3, 2, "心电图机1", "ECG-R1")
    assert [(pool.pool, pool.taken, pool.free) for pool in kept.pools] == [("inpatient", 0, 1), ("online", 2, 0)]
    assert _slots(app) == [("08:00-08:20", 1), ("08:20-08:40", 3), ("08:40-09:00", 1)]
    assert _edit(admin, capacity=2).changed == 3


def test_pools_are_replaced_and_keep_what_is_taken(app: App, admin: ActorBus) -> None:
    _open(admin)
    first, second = _slot_id(app, 8), _slot_id(app, 8, 20)
    _occupy(app, admin, first, 1, "outpatient")
    _occupy(app, admin, first, 2, "online")
    _occupy(app, admin, second, 3, "outpatient")
    _occupy(app, admin, second, 4, "outpatient")
    _occupy(app, admin, second, 5, "outpatient", state="cancelled")
    told = _edit(admin, change_pools=True, pools=(PoolShare(pool="outpatient", cap=1), PoolShare(pool="online")))
    assert told.changed == 2
    assert [slot.id for slot in told.kept] == [second]
    assert _quotas(app, first) == {"outpatient": (1, 0, 1), "online": (None, 0, 1)}
    assert _quotas(app, second) == {"online": (2, 0, 0), "inpatient": (None, 1, 0)}
    assert _edit(admin, change_pools=True).changed == 3
    assert _quotas(app, first) == {}


def test_shares_that_do_not_fit_change_nothing(app: App, admin: ActorBus) -> None:
    _open(admin)
    with pytest.raises(BadPools):
        _edit(admin, change_pools=True, pools=(PoolShare(pool="online", reserve=4),))
    assert _edit(admin, capacity=4, change_pools=True, pools=(PoolShare(pool="online", reserve=4),)).changed == 3
    assert _quotas(app, _slot_id(app, 8)) == {"online": (None, 4, 0)}


def test_only_empty_slots_are_removed_and_history_keeps_its_own(app: App, admin: ActorBus) -> None:
    _open(admin)
    booked, named = _slot_id(app, 8), _slot_id(app, 8, 20)
    _occupy(app, admin, booked, 1, "online")
    _occupy(app, admin, named, 2, "online", state="cancelled")
    removed = _edit(admin, remove=True)
    assert (removed.changed, [slot.id for slot in removed.kept]) == (2, [booked])
    assert _slots(app) == [("08:00-08:20", 3), ("08:20-08:40", 0)]
    assert _open(admin) == (2, 1)
    assert _slot_id(app, 8, 20) == named
    assert _slots(app) == [("08:00-08:20", 3), ("08:20-08:40", 3), ("08:40-09:00", 3)]
    assert _quotas(app, named) == {"online": (2, 0, 0), "inpatient": (None, 1, 0)}


def test_an_edit_that_makes_no_sense_is_refused(admin: ActorBus) -> None:
    with pytest.raises(NotFound):
        _edit(admin, capacity=1)
    _open(admin)
    for nonsense in ({}, {"remove": True, "capacity": 2}, {"capacity": 2, "ends_at": _at(0)}):
        with pytest.raises(InvalidMessage):
            _edit(admin, **nonsense)


def test_places_are_added_within_the_budget(app: App, admin: ActorBus) -> None:
    _open(admin)
    slot = _slot_id(app, 8)
    added = admin.ask(AddPlaces(slot_id=slot, places=2, reason="急诊加号"))
    assert (added.capacity, added.extra, added.free) == (5, 0, 5)
    assert [(pool.pool, pool.free) for pool in added.pools] == [("inpatient", 5), ("online", 2)]
    with pytest.raises(NoExtraPlaces) as refusal:
        admin.ask(AddPlaces(slot_id=slot, reason="再加"))
    assert refusal.value.params == {"slot": slot, "extra": "0", "places": "1"}
    with pytest.raises(NotFound):
        admin.ask(AddPlaces(slot_id="slt-none", reason="加号"))


def test_no_places_in_what_is_over_or_closed(app: App, admin: ActorBus) -> None:
    _open(admin)
    over, shut = _slot_id(app, 8), _slot_id(app, 8, 20)
    with app.store.begin() as tx:
        told = {"over": over, "shut": shut}
        tx.db.execute(text("UPDATE booking_slot SET closed = true WHERE id = :shut"), told)
        back = (
            "UPDATE booking_slot SET starts_at = starts_at - interval '2 days', ends_at = ends_at - interval '2 days'"
        )
        tx.db.execute(text(f"{back} WHERE id = :over"), told)
    with pytest.raises(SlotPast):
        admin.ask(AddPlaces(slot_id=over, reason="加号"))
    with pytest.raises(SlotClosed):
        admin.ask(AddPlaces(slot_id=shut, reason="加号"))


def test_who_may_do_what(app: App, admin: ActorBus) -> None:
    _open(admin)
    slot = _slot_id(app, 8)
    dispatcher = app.bus_as(app.token_for("liu", "dispatcher"))
    assert _open(dispatcher) == (0, 3)
    with pytest.raises(NotPermitted):
        dispatcher.ask(AddPlaces(slot_id=slot, reason="加号"))
    assert app.bus_as(app.token_for("chen", "chief")).ask(AddPlaces(slot_id=slot, reason="加号")).extra == 1
    doctor = app.bus_as(app.token_for("wang", "doctor"))
    with pytest.raises(NotPermitted):
        _open(doctor)
    with pytest.raises(NotPermitted):
        _edit(doctor, capacity=1)


def test_two_who_open_at_once_open_once(app: App, admin: ActorBus) -> None:
    with ThreadPoolExecutor(4) as crowd:
        opened = list(crowd.map(lambda _: _open(admin, 5), range(4)))
    assert sorted(opened) == [(0, 15), (0, 15), (0, 15), (15, 0)]
    assert len(_slots(app)) == 15
