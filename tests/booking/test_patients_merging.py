"""Duplicates: suggested, merged, taken apart again."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from booking.people import NI, everything, furnish, identity, put, put_number, put_patient, put_visit, register
from sqlalchemy import text

from yiji.booking.errors import MergeOverlaps, NotMerged, PatientMergedAway
from yiji.core.actor import Actor, sign
from yiji.core.app import App
from yiji.core.bus import ActorBus
from yiji.core.contract.order import OrderedItem, RegisterOrder
from yiji.core.contract.patient import (
    BlockPatient,
    FindPatients,
    MergePatients,
    NoteFacts,
    Patient,
    PatientFact,
    Sex,
    ShowPatient,
    SuggestMerges,
    UnmergePatients,
)
from yiji.core.errors import InvalidMessage, NotFound, NotPermitted

BORN = date(1980, 1, 2)
NINE = datetime(2030, 1, 1, 9, tzinfo=UTC)
OLD = datetime(2025, 1, 1, tzinfo=UTC)


@pytest.fixture
def bus(app: App) -> ActorBus:
    """The operator's bus on a site with one examination."""
    furnish(app)
    return app.bus_as(app.operator_token())


@pytest.fixture
def pair(app: App, bus: ActorBus) -> tuple[Patient, Patient]:
    """Two records of one person, each with all that a record may have."""
    one = bus.ask(register("张三", "P1"))
    other = bus.ask(register("张三", "P2", birth_date=BORN, sex=Sex.MALE, phone="13800138000"))
    put_visit(app, "A", one.id, NINE)
    put_visit(app, "B", other.id, NINE + timedelta(hours=1))
    put_visit(app, "C", other.id, NINE, state="cancelled")
    both, newer = (
        PatientFact(code="egfr", value="30", at=OLD),
        PatientFact(code="egfr", value="60", at=NINE.replace(2026, 1)),
    )
    bus.ask(NoteFacts(patient_id=one.id, facts=(both,)))
    bus.ask(NoteFacts(patient_id=other.id, facts=(both, newer)))
    bus.ask(BlockPatient(patient_id=other.id, reason="爽约三次"))
    return one, other


def _merge(bus: ActorBus, one: Patient, other: Patient) -> Patient:
    return bus.ask(MergePatients(patient_id=one.id, duplicate_id=other.id, reason="同一人"))


def _unmerge(bus: ActorBus, other: Patient) -> Patient:
    return bus.ask(UnmergePatients(duplicate_id=other.id, reason="并错了"))


def _owners(app: App, table: str) -> set[str]:
    with app.store.begin() as tx:
        return set(tx.db.execute(text(f"SELECT DISTINCT patient_id FROM booking_{table}")).scalars())


def _events(app: App) -> list[str]:
    with app.store.begin() as tx:
        return list(tx.db.execute(text("SELECT type FROM core_event ORDER BY id")).scalars())


def test_one_record_stands_for_both(app: App, bus: ActorBus, pair: tuple[Patient, Patient]) -> None:
    one, other = pair
    merged = _merge(bus, one, other)
    assert [number.value for number in merged.identifiers] == ["P1", "P2"]
    assert (merged.birth_date, merged.sex, merged.phone) == (BORN, Sex.MALE, "13800138000")
    assert [(fact.code, fact.value) for fact in merged.facts] == [("egfr", "60")]
    assert merged.blocked_until is not None
    for table in ("patient_number", "order", "appointment", "wait", "block"):
        assert _owners(app, table) == {one.id}, table
    assert bus.ask(ShowPatient(id="P2")) == merged
    assert bus.ask(ShowPatient(id=other.id)).merged_into == one.id
    assert [found.id for found in bus.ask(FindPatients(text="张三")).patients] == [one.id]
    assert _events(app).count("patient.PatientMerged") == 1


def test_taken_apart_all_is_as_it_was(app: App, bus: ActorBus, pair: tuple[Patient, Patient]) -> None:
    one, other = pair
    before = everything(app)
    _merge(bus, one, other)
    assert everything(app) != before
    back = _unmerge(bus, other)
    assert everything(app) == before
    assert (back.id, back.merged_into) == (other.id, "")
    assert _events(app).count("patient.PatientUnmerged") == 1
    _merge(bus, other, one)  # and the other way round
    _unmerge(bus, one)
    assert everything(app) == before


def test_what_changed_since_stays(app: App, bus: ActorBus, pair: tuple[Patient, Patient]) -> None:
    one, other = pair
    _merge(bus, one, other)
    bus.ask(register("张三", "P1", phone="13900139000"))
    facts = (PatientFact(code="egfr", value="61", at=NINE.replace(2026, 1)), PatientFact(code="pregnant", at=OLD))
    bus.ask(NoteFacts(patient_id=other.id, facts=facts))  # the merged id leads to who stands
    put_visit(app, "D", one.id, NINE + timedelta(hours=2))
    _unmerge(bus, other)
    stays, back = bus.ask(ShowPatient(id=one.id)), bus.ask(ShowPatient(id=other.id))
    assert (stays.phone, stays.birth_date) == ("13900139000", None)
    assert [(fact.code, fact.value) for fact in stays.facts] == [("egfr", "61"), ("pregnant", "yes")]
    assert [(fact.code, fact.value) for fact in back.facts] == [("egfr", "30")]
    with app.store.begin() as tx:
        owners = dict(tx.db.execute(text("SELECT id, patient_id FROM booking_appointment")).all())
    assert owners == {"apt-A": one.id, "apt-B": other.id, "apt-C": other.id, "apt-D": one.id}


def test_an_appointment_made_since_follows_its_order(app: App, bus: ActorBus, pair: tuple[Patient, Patient]) -> None:
    one, other = pair
    _merge(bus, one, other)
    row = {"id": "slt-E", "device": "E", "starts_at": NINE, "ends_at": NINE, "capacity": 1, "held": 0, "booked": 0}
    put(app, "booking_slot", {**row, "extra": 0, "closed": False, "has_quotas": False})
    with app.store.begin() as tx:
        tx.db.execute(
            text("""INSERT INTO booking_appointment SELECT 'apt-E', item_id, patient_id, 'slt-E', slots, device,
                starts_at, ends_at, state, pool, revision, expires_at, paid, plan_id, booked_at, changes
                FROM booking_appointment WHERE id = 'apt-C'""")
        )
    _unmerge(bus, other)
    with app.store.begin() as tx:
        query = "SELECT patient_id FROM booking_appointment WHERE id = 'apt-E'"
        assert tx.db.execute(text(query)).scalar() == other.id


def test_overlapping_appointments_refuse_a_merge(app: App, bus: ActorBus, pair: tuple[Patient, Patient]) -> None:
    one, other = pair
    put_visit(app, "E", other.id, NINE + timedelta(minutes=5), state="checked_in")
    before = everything(app)
    with pytest.raises(MergeOverlaps) as refused:
        _merge(bus, one, other)
    assert (refused.value.params["appointment"], refused.value.params["other"]) == ("apt-A", "apt-E")
    assert refused.value.params["starts_at"] == "2030-01-01T17:05+08:00"
    assert everything(app) == before


def test_merges_in_a_chain_are_taken_back_in_turn(app: App, bus: ActorBus) -> None:
    one, two, three = (bus.ask(register("张三", f"P{number}")) for number in range(3))
    before = everything(app)
    _merge(bus, two, three)
    between = everything(app)
    _merge(bus, one, two)
    assert bus.ask(ShowPatient(id="P2")).id == one.id
    assert bus.ask(NoteFacts(patient_id=three.id, facts=(PatientFact(code="pregnant", at=OLD),))).id == one.id
    with pytest.raises(PatientMergedAway) as refused:
        _unmerge(bus, three)
    assert refused.value.params == {"patient": two.id, "into": one.id}
    for stays, goes in ((one, two), (two, one), (three, one), (one, three)):
        with pytest.raises(PatientMergedAway):
            _merge(bus, stays, goes)
    _unmerge(bus, two)
    with app.store.begin() as tx:
        tx.db.execute(text("DELETE FROM booking_fact"))
    assert everything(app) == between
    _unmerge(bus, three)
    assert everything(app) == before


def test_what_cannot_be_merged(bus: ActorBus) -> None:
    known = bus.ask(register("张三", "P1"))
    with pytest.raises(InvalidMessage):
        _merge(bus, known, known)
    with pytest.raises(NotFound):
        bus.ask(MergePatients(patient_id=known.id, duplicate_id="pat-nobody", reason="x"))
    for nobody in (known.id, "pat-nobody"):
        with pytest.raises(NotMerged):
            bus.ask(UnmergePatients(duplicate_id=nobody, reason="x"))


def test_two_merges_at_once_have_one_winner(bus: ActorBus) -> None:
    one, other = bus.ask(register("张三", "P1")), bus.ask(register("张三", "P2"))

    def ask(stays: Patient) -> str:
        goes = other if stays is one else one
        try:
            return _merge(bus, stays, goes).id
        except PatientMergedAway:
            return ""

    with ThreadPoolExecutor(2) as pool:
        won = [winner for winner in pool.map(ask, (one, other)) if winner]
    assert len(won) == 1
    assert bus.ask(ShowPatient(id="P1")).id == bus.ask(ShowPatient(id="P2")).id == won[0]


def test_orders_of_a_merged_number_go_to_who_stands(app: App, bus: ActorBus) -> None:
    one, other = bus.ask(register("张三", "P1")), bus.ask(register("张三", "P2"))

    def order(number: int) -> str:
        items = (OrderedItem(placer_number=f"N{number}", exam_code="ECG12"),)
        patient = register("张三", "P2").patient
        return bus.ask(RegisterOrder(sender="HIS", group_number=f"G{number}", patient=patient, items=items)).id

    with ThreadPoolExecutor(8) as pool:  # while orders come in, the records are merged
        orders = [pool.submit(order, number) for number in range(40)]
        _merge(bus, one, other)
        assert len({one.result() for one in orders}) == 40
    assert _owners(app, "order") == {one.id}


def test_who_may_merge(app: App, bus: ActorBus, pair: tuple[Patient, Patient]) -> None:
    actor = Actor("desk", ("dispatcher",), app.settings.site.id)
    desk = app.bus_as(sign(actor, app.settings.secret, 60).token)
    for ask in (lambda: _merge(desk, *pair), lambda: desk.ask(SuggestMerges())):
        with pytest.raises(NotPermitted):
            ask()


def _suggested(bus: ActorBus, patient_id: str = "") -> list[tuple[str, str, tuple[str, ...]]]:
    pairs = bus.ask(SuggestMerges(patient_id=patient_id)).pairs
    return [(pair.patient.id, pair.other.id, pair.reasons) for pair in pairs]


def test_duplicates_are_suggested(app: App, bus: ActorBus) -> None:
    swapped = BORN.replace(month=BORN.day, day=BORN.month)
    for patient_id, name, known in (
        ("pat-1", "张三丰", {"birth_date": BORN, "phone": "1380000"}),
        ("pat-2", "张三丰", {"birth_date": BORN, "phone": "1380000"}),
        ("pat-3", "张叁丰", {"birth_date": BORN}),
        ("pat-4", "张三丰", {"birth_date": swapped}),
        ("pat-5", "张三丰", {"birth_date": date(1981, 1, 2)}),
        ("pat-6", "张三丰", {"birth_date": date(1991, 7, 9)}),
        ("pat-7", "李四光", {"birth_date": BORN, "phone": "1380000"}),
        ("pat-8", "张三峰", {"phone": "1380000"}),
    ):
        put_patient(app, patient_id, name, **known)
    found = _suggested(bus, "pat-1")
    assert found[0] == ("pat-1", "pat-2", ("name", "birth_date", "phone"))
    assert {other: reasons for _, other, reasons in found[1:]} == {
        "pat-3": ("name_sound", "birth_date"),
        "pat-4": ("name", "birth_date_swapped"),
        "pat-5": ("name", "birth_date_typing"),
        "pat-8": ("name_sound", "phone"),
    }
    lately = _suggested(bus)
    assert found[0] in lately
    assert len(lately) == len(set(lately)) > len(found)
    bus.ask(MergePatients(patient_id="pat-1", duplicate_id="pat-2", reason="同一人"))
    assert "pat-2" not in {one for pair in _suggested(bus, "pat-2") for one in pair[:2]}


def test_equal_identity_numbers_are_suggested_in_either_form(app: App, bus: ActorBus) -> None:
    put_patient(app, "pat-1", "张三")
    put_patient(app, "pat-2", "完全不同")
    put_number(app, "pat-1", "A", NI)
    put_number(app, "pat-2", "B", NI[:6] + NI[8:17], "NNCHN")
    assert _suggested(bus) == _suggested(bus, "pat-2") == [("pat-1", "pat-2", ("identity_number",))]


def test_different_identity_numbers_are_not_suggested(bus: ActorBus) -> None:
    bus.ask(register("张三", ni=identity(BORN, "001"), phone="13800138000"))
    known = bus.ask(register("张三", ni=identity(BORN, "003"), phone="13800138000"))
    assert _suggested(bus) == _suggested(bus, known.id) == []
    with pytest.raises(NotFound):
        bus.ask(SuggestMerges(patient_id="pat-nobody"))
