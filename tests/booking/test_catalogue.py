"""Master data through the real bus: editions, checks, protection, permission."""

import hashlib
import json
from datetime import date, time, timedelta

import pytest
from builders import SMALL, order
from sqlalchemy import text

from yiji.booking.errors import BadCatalogue, StillNeeded, UnknownExam
from yiji.core import clock
from yiji.core.app import App
from yiji.core.bus import ActorBus
from yiji.core.contract.catalogue import (
    Calendar,
    Campus,
    Catalogue,
    Closure,
    CopyCalendars,
    Department,
    Device,
    Exam,
    ListEditions,
    LoadCatalogue,
    Parameters,
    Part,
    RemoveFromCatalogue,
    Room,
    ShowCatalogue,
    StaffGroup,
)
from yiji.core.contract.inventory import EditSlots, OpenSlots
from yiji.core.contract.order import RevokeOrder
from yiji.core.errors import NotFound, NotPermitted

MORNING = Calendar(
    device="ECG-1", weekdays=(1, 2, 3, 4, 5), opens=time(8), closes=time(12), slot_minutes=10, capacity=2
)


@pytest.fixture
def admin(app: App) -> ActorBus:
    """The operator's bus on an empty site."""
    return app.bus_as(app.operator_token())


def _load(bus: ActorBus, **parts: object) -> Catalogue:
    return bus.ask(LoadCatalogue(catalogue=Catalogue.model_validate(parts)))


def _makers(app: App, code: str) -> list[str]:
    with app.store.begin() as tx:
        return tx.db.execute(text("SELECT makers FROM booking_exam WHERE code = :code"), {"code": code}).scalar_one()


def test_what_is_loaded_is_shown_and_the_same_again_makes_no_edition(admin: ActorBus) -> None:
    loaded = admin.ask(LoadCatalogue(catalogue=SMALL, note="first"))
    assert loaded == admin.ask(ShowCatalogue())
    assert {entry.code for entry in loaded.exams} == {"ECG12", "USABD"}
    assert loaded.parameters == Parameters()
    upside_down = SMALL.model_copy(update={"devices": SMALL.devices[::-1]})
    assert admin.ask(LoadCatalogue(catalogue=upside_down, note="again")) == loaded
    assert admin.ask(LoadCatalogue(catalogue=loaded, replace=True)) == loaded
    [edition] = admin.ask(ListEditions()).editions
    assert (edition.number, edition.note) == (1, "first")
    told = json.dumps(loaded.model_dump(mode="json"), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert edition.sha256 == hashlib.sha256(told.encode()).hexdigest()


def test_every_change_is_an_edition_that_can_be_seen_again(app: App, admin: ActorBus) -> None:
    first = admin.ask(LoadCatalogue(catalogue=SMALL))
    chief = app.bus_as(app.token_for("chen", "chief"))
    renamed = Department(code="ECG", name="心电生理科", name_en="ECG")
    second = chief.ask(LoadCatalogue(catalogue=Catalogue(departments=(renamed,)), note="新名称"))
    assert second.departments[0].name == "心电生理科"
    assert second.rooms == first.rooms
    newest, oldest = chief.ask(ListEditions()).editions
    assert (newest.number, newest.actor, newest.note, oldest.number) == (2, "chen", "新名称", 1)
    assert newest.sha256 != oldest.sha256
    assert chief.ask(ShowCatalogue(edition=1)) == first
    assert chief.ask(ShowCatalogue(edition=2)) == second == chief.ask(ShowCatalogue())
    with pytest.raises(NotFound):
        chief.ask(ShowCatalogue(edition=3))


def test_changes_and_refusals_are_audited(app: App, admin: ActorBus) -> None:
    admin.ask(LoadCatalogue(catalogue=SMALL))
    nurse = app.bus_as(app.token_for("liu", "dispatcher"))
    with pytest.raises(NotPermitted):
        nurse.ask(LoadCatalogue(catalogue=SMALL))
    with pytest.raises(NotPermitted):
        nurse.ask(RemoveFromCatalogue(part=Part.EXAMS, codes=("ECG12",)))
    with pytest.raises(NotPermitted):
        nurse.ask(CopyCalendars(device="ECG-1", to=("US-1",)))
    with pytest.raises(BadCatalogue):
        _load(admin, rooms=[{"code": "R9", "name": "九室", "department": "NO"}])
    assert nurse.ask(ShowCatalogue()).rooms == SMALL.rooms
    app.close()  # the gate notes its refusals beside the answer: wait for them
    with app.store.begin() as tx:
        leaves = tx.db.execute(text("SELECT actor, outcome FROM core_audit WHERE message = 'catalogue.LoadCatalogue'"))
        found = sorted(tuple(row) for row in leaves)
    assert {outcome for _, outcome in found} == {"ok", "core.not_permitted", "booking.bad_catalogue"}
    assert ("liu", "core.not_permitted") in found


def test_all_faults_are_told_at_once_and_nothing_is_written(admin: ActorBus) -> None:
    wrong = Catalogue(
        departments=(Department(code="CT", name="CT 室", campus="EAST"),),
        rooms=(Room(code="CT-R1", name="CT1室", department="CTX"),),
        devices=(Device(code="CT-1", name="CT", room="CT-R9", modality="CT"),),
        staff=(StaffGroup(code="CT-1", name="护士", department="CT"),),
        exams=(Exam(code="CTC", name="增强", department="CT", modality="CT", minutes=10, needs=("contrast",)),),
        calendars=(
            MORNING.model_copy(update={"device": "CT-7", "weekdays": (0, 8)}),
            MORNING.model_copy(update={"device": "CT-1", "closes": time(7)}),
        ),
        closures=(Closure(first_day=date(2026, 5, 5), last_day=date(2026, 5, 1), name="劳动节"),),
    )
    with pytest.raises(BadCatalogue) as refusal:
        admin.ask(LoadCatalogue(catalogue=wrong))
    told = refusal.value.params["problems"]
    for fault in (
        "departments CT campus: missing EAST",
        "rooms CT-R1 department: missing CTX",
        "devices CT-1 room: missing CT-R9",
        "staff CT-1 code: duplicate devices CT-1",
        "exams CTC needs: missing contrast",
        "calendars CT-7/08:00/08 device: missing CT-7",
        "calendars CT-7/08:00/08 weekdays: range",
        "calendars CT-1/08:00/12345 closes: range 08:00 >= 07:00",
        "closures 2026-05-05..2026-05-01 last_day: range",
    ):
        assert fault in told
    assert refusal.value.params["count"] == "9"
    assert admin.ask(ShowCatalogue()) == Catalogue(parameters=Parameters())
    assert admin.ask(ListEditions()).editions == ()


def test_only_the_first_twenty_faults_are_told(admin: ActorBus) -> None:
    rooms = tuple(Room(code=f"R{number}", name="室", department="NO") for number in range(50))
    with pytest.raises(BadCatalogue) as refusal:
        admin.ask(LoadCatalogue(catalogue=Catalogue(rooms=rooms)))
    assert refusal.value.params["count"] == "50"
    assert refusal.value.params["problems"].count("missing") == 20
    assert refusal.value.params["problems"].endswith("... +30")


@pytest.mark.parametrize(
    ("pools", "fault"),
    [
        ([{"pool": "online", "cap": 3}], "online cap 3 > capacity 2"),
        ([{"pool": "online", "cap": 1, "reserve": 2}], "online reserve 2 > cap 1"),
        ([{"pool": "online", "reserve": 1}, {"pool": "inpatient", "reserve": 2}], "reserve 3 > capacity 2"),
        ([{"pool": "online"}, {"pool": "online"}], "duplicate online"),
    ],
)
def test_shares_must_fit_the_capacity(admin: ActorBus, pools: list[dict[str, object]], fault: str) -> None:
    admin.ask(LoadCatalogue(catalogue=SMALL.model_copy(update={"calendars": ()})))
    with pytest.raises(BadCatalogue) as refusal:
        _load(admin, calendars=[{**MORNING.model_dump(), "pools": pools}])
    assert fault in refusal.value.params["problems"]


def test_where_the_hospital_tells_its_pools_others_are_unknown(admin: ActorBus) -> None:
    admin.ask(LoadCatalogue(catalogue=SMALL.model_copy(update={"calendars": ()})))
    _load(admin, dictionaries=[{"code": "pools", "name": "号源池", "entries": [{"code": "online", "name": "线上"}]}])
    _load(admin, calendars=[{**MORNING.model_dump(), "pools": [{"pool": "online", "cap": 1}]}])
    with pytest.raises(BadCatalogue) as refusal:
        _load(admin, calendars=[{**MORNING.model_dump(), "pools": [{"pool": "onlin", "cap": 1}]}])
    assert "pools: missing onlin" in refusal.value.params["problems"]


def test_two_calendars_of_a_device_may_not_overlap(admin: ActorBus) -> None:
    admin.ask(LoadCatalogue(catalogue=SMALL.model_copy(update={"calendars": (MORNING,)})))
    longer = MORNING.model_copy(update={"weekdays": (5, 6), "opens": time(11)})
    with pytest.raises(BadCatalogue) as refusal:
        admin.ask(LoadCatalogue(catalogue=Catalogue(calendars=(longer,))))
    assert "overlaps" in refusal.value.params["problems"]
    ended = MORNING.model_copy(update={"last_day": date(2026, 3, 1)})
    follows = MORNING.model_copy(update={"first_day": date(2026, 3, 2), "slot_minutes": 15})
    calendars = admin.ask(LoadCatalogue(catalogue=Catalogue(calendars=(ended, follows)))).calendars
    assert calendars == (ended, follows)


def test_makers_are_worked_out_from_capabilities(app: App, admin: ActorBus) -> None:
    devices = [
        {"code": "CT-1", "name": "CT1", "room": "R1", "modality": "CT", "capabilities": ["contrast", "cardiac"]},
        {"code": "CT-2", "name": "CT2", "room": "R1", "modality": "CT", "capabilities": ["contrast"]},
        {"code": "DX-1", "name": "DR", "room": "R1", "modality": "DX", "capabilities": ["contrast"]},
    ]
    exams = [
        {"code": "PLAIN", "name": "平扫", "department": "RAD", "modality": "CT", "minutes": 5},
        {**_exam("CE"), "capabilities": ["contrast"]},
        {**_exam("CTA"), "capabilities": ["contrast", "cardiac"]},
        {**_exam("OWN"), "devices": ["CT-2"], "capabilities": ["cardiac"]},
    ]
    rooms = [{"code": "R1", "name": "一室", "department": "RAD"}]
    _load(admin, departments=[{"code": "RAD", "name": "放射科"}], rooms=rooms, devices=devices[:1], exams=exams[:3])
    assert _makers(app, "CE") == ["CT-1"]
    _load(admin, devices=devices, exams=exams)
    assert [_makers(app, code) for code in ("PLAIN", "CE", "CTA", "OWN")] == [
        ["CT-1", "CT-2"],
        ["CT-1", "CT-2"],
        ["CT-1"],
        ["CT-2"],
    ]


def _exam(code: str) -> dict[str, object]:
    return {"code": code, "name": code, "department": "RAD", "modality": "CT", "minutes": 10}


def test_replace_takes_out_what_is_not_told_in_the_parts_that_are(admin: ActorBus) -> None:
    admin.ask(LoadCatalogue(catalogue=SMALL))
    ecg_only = SMALL.calendars[0]
    replaced = admin.ask(LoadCatalogue(catalogue=Catalogue(calendars=(ecg_only,)), replace=True))
    assert replaced.calendars == (ecg_only,)
    assert replaced.exams == tuple(sorted(SMALL.exams, key=lambda exam: exam.code))
    with pytest.raises(BadCatalogue) as refusal:
        admin.ask(LoadCatalogue(catalogue=Catalogue(devices=SMALL.devices[:1]), replace=True))
    assert "exams USABD devices: missing US-1" in refusal.value.params["problems"]


def test_what_is_needed_cannot_be_removed(admin: ActorBus) -> None:
    admin.ask(LoadCatalogue(catalogue=SMALL))
    with pytest.raises(StillNeeded) as refusal:
        admin.ask(RemoveFromCatalogue(part=Part.DEVICES, codes=("US-1",)))
    assert "exams USABD devices: missing US-1" in refusal.value.params["needs"]
    assert "calendars US-1/00:00/1234567 device: missing US-1" in refusal.value.params["needs"]
    with pytest.raises(NotFound):
        admin.ask(RemoveFromCatalogue(part=Part.DEVICES, codes=("US-9",)))


def test_slots_to_come_keep_their_device(admin: ActorBus) -> None:
    admin.ask(LoadCatalogue(catalogue=SMALL))
    admin.ask(OpenSlots(devices=("US-1",), days=2))
    admin.ask(RemoveFromCatalogue(part=Part.EXAMS, codes=("USABD",)))
    admin.ask(RemoveFromCatalogue(part=Part.CALENDARS, codes=("US-1/00:00/1234567",)))
    with pytest.raises(StillNeeded) as refusal:
        admin.ask(RemoveFromCatalogue(part=Part.DEVICES, codes=("US-1",)))
    assert "devices US-1: slots" in refusal.value.params["needs"]
    now = clock.now() - timedelta(days=1)
    admin.ask(EditSlots(device="US-1", starts_at=now, ends_at=now + timedelta(days=9), remove=True))
    left = admin.ask(RemoveFromCatalogue(part=Part.DEVICES, codes=("US-1",), note="报废"))
    assert [device.code for device in left.devices] == ["ECG-1"]


def test_an_ordered_examination_stays_and_a_retired_one_comes_back(app: App, admin: ActorBus) -> None:
    admin.ask(LoadCatalogue(catalogue=SMALL))
    placed = admin.ask(order(1, "USABD"))
    with pytest.raises(StillNeeded) as refusal:
        admin.ask(RemoveFromCatalogue(part=Part.EXAMS, codes=("USABD",)))
    assert "exams USABD: orders 1" in refusal.value.params["needs"]
    admin.ask(RevokeOrder(sender="HIS", placer_numbers=(placed.items[0].placer_number,)))
    left = admin.ask(RemoveFromCatalogue(part=Part.EXAMS, codes=("USABD",)))
    assert [exam.code for exam in left.exams] == ["ECG12"]
    assert admin.ask(ShowCatalogue()) == left
    assert _makers(app, "USABD") == []
    with pytest.raises(UnknownExam):
        admin.ask(order(2, "USABD"))
    back = admin.ask(LoadCatalogue(catalogue=Catalogue(exams=SMALL.exams)))
    assert [exam.code for exam in back.exams] == ["ECG12", "USABD"]
    assert _makers(app, "USABD") == ["US-1"]


def test_closures_and_campuses_come_and_go(admin: ActorBus) -> None:
    admin.ask(LoadCatalogue(catalogue=SMALL))
    east = Campus(code="EAST", name="东院")
    holiday = Closure(first_day=date(2026, 10, 1), last_day=date(2026, 10, 7), name="国庆节", campus="EAST")
    repair = Closure(first_day=date(2026, 10, 8), last_day=date(2026, 10, 8), name="维修", device="US-1")
    told = admin.ask(LoadCatalogue(catalogue=Catalogue(campuses=(east,), closures=(holiday, repair))))
    assert told.closures == (holiday, repair)
    with pytest.raises(StillNeeded):
        admin.ask(RemoveFromCatalogue(part=Part.CAMPUSES, codes=("EAST",)))
    codes = ("2026-10-01..2026-10-07/EAST", "2026-10-08..2026-10-08//US-1")
    assert admin.ask(RemoveFromCatalogue(part=Part.CLOSURES, codes=codes)).closures == ()
    assert admin.ask(RemoveFromCatalogue(part=Part.CAMPUSES, codes=("EAST",))).campuses == ()


def test_calendars_are_copied_in_place_of_others(admin: ActorBus) -> None:
    admin.ask(LoadCatalogue(catalogue=SMALL.model_copy(update={"calendars": (*SMALL.calendars[1:], MORNING)})))
    copied = admin.ask(CopyCalendars(device="ECG-1", to=("US-1",), note="同心电图"))
    assert copied.calendars == (MORNING, MORNING.model_copy(update={"device": "US-1"}))
    with pytest.raises(BadCatalogue):
        admin.ask(CopyCalendars(device="ECG-1", to=("NO-1",)))
    with pytest.raises(NotFound):
        admin.ask(CopyCalendars(device="NO-1", to=("US-1",)))


def test_parameters_change_whole(admin: ActorBus) -> None:
    _load(admin, parameters={"hold_minutes": 5})
    assert admin.ask(ShowCatalogue()).parameters == Parameters(hold_minutes=5)
    admin.ask(LoadCatalogue(catalogue=SMALL))
    assert admin.ask(ShowCatalogue()).parameters == Parameters(hold_minutes=5)
