"""Patients through the real bus on a real database: register, find, show, note; orders that bring them."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from booking.people import NI, furnish, identity, put_number, put_patient, register
from pydantic import ValidationError

from yiji.booking.errors import AmbiguousNumber, BadIdentityNumber, IdentityConflict, TwoPatients
from yiji.booking.loading.blocks import blocked
from yiji.core import clock
from yiji.core.actor import Actor, sign
from yiji.core.app import App
from yiji.core.bus import ActorBus
from yiji.core.contract.order import OrderedItem, RegisterOrder
from yiji.core.contract.patient import (
    FindPatients,
    Identifier,
    NoteFacts,
    PatientBrief,
    PatientFact,
    RegisterPatient,
    Sex,
    ShowPatient,
)
from yiji.core.errors import InvalidMessage, NotFound, NotPermitted, YijiError
from yiji.core.testing import Sites

BORN = date(1980, 2, 29)  # the day in NI


@pytest.fixture
def bus(app: App) -> ActorBus:
    """The operator's bus on a site with one examination."""
    furnish(app)
    return app.bus_as(app.operator_token())


def _as(app: App, role: str, patient: str = "") -> ActorBus:
    actor = Actor(role, (role,), app.settings.site.id, patient=patient)
    return app.bus_as(sign(actor, app.settings.secret, 60).token)


def _names(bus: ActorBus, text: str, limit: int = 20) -> list[str]:
    return [patient.name for patient in bus.ask(FindPatients(text=text, limit=limit)).patients]


def test_a_known_number_is_the_same_patient(bus: ActorBus) -> None:
    first = bus.ask(register("张三", "P1", phone="138 0013 8000"))
    again = bus.ask(register("张三", "P1", "P2", birth_date=BORN, sex=Sex.MALE))
    assert again.id == first.id
    assert (again.phone, again.birth_date, again.sex) == ("13800138000", BORN, Sex.MALE)
    assert [one.value for one in again.identifiers] == ["P1", "P2"]
    assert bus.ask(register("张三", "P2")) == again  # nothing that is known is blanked


def test_a_name_may_change_and_a_person_may_not(bus: ActorBus) -> None:
    known = bus.ask(register("张三", "P1", birth_date=BORN))
    assert bus.ask(register("张珊", "P1", birth_date=BORN)).name == "张珊"
    assert bus.ask(register("张珊", "P1", birth_date=BORN + timedelta(1))).birth_date == BORN + timedelta(1)
    with pytest.raises(IdentityConflict) as refused:
        bus.ask(register("李四", "P1", birth_date=BORN))
    assert refused.value.params == {"number": "P1", "patient": known.id, "differs": "name, birth_date"}
    assert _names(bus, "张三") == []  # and the index followed the name
    assert _names(bus, "zhangshan") == ["张珊"]


def test_an_identity_number_tells_birth_date_and_sex(bus: ActorBus) -> None:
    known = bus.ask(register("张三", ni="330102800229001"))
    assert (known.birth_date, known.sex) == (BORN, Sex.MALE)
    assert known.identifiers == (Identifier(system="CN", value=NI, type="NI"),)
    other_system = Identifier(system="APP", value=NI.lower(), type="NNCHN")
    again = bus.ask(RegisterPatient(patient=PatientBrief(name="张三", identifiers=(other_system,))))
    assert again.id == known.id


def test_what_contradicts_an_identity_number_is_refused(bus: ActorBus) -> None:
    known = bus.ask(register("张三", "P1", ni=NI))
    for told, differs in (
        (register("李四", ni=NI), "name"),
        (register("张三", ni=NI, birth_date=BORN - timedelta(1)), "birth_date"),
        (register("张三", ni=NI, sex=Sex.FEMALE), "sex"),
        (register("张三", "P1", ni=identity(BORN, "003")), "identity_number"),
    ):
        with pytest.raises(IdentityConflict) as refused:
            bus.ask(told)
        assert refused.value.params["differs"] == differs
        assert NI not in str(refused.value)
    assert bus.ask(ShowPatient(id=NI)) == known


def test_what_cannot_be_registered(bus: ActorBus) -> None:
    refusals: list[tuple[RegisterPatient, type[YijiError]]] = [
        (register("张三", ni="330102198002290016"), BadIdentityNumber),
        (register("  "), InvalidMessage),
        (register("张三", birth_date=date(9999, 1, 1)), InvalidMessage),
        (RegisterPatient(patient=PatientBrief(id="pat-nobody", name="张三")), NotFound),
    ]
    for told, error in refusals:
        with pytest.raises(error):
            bus.ask(told)
    assert _names(bus, "张三") == []


def test_numbers_of_two_records_are_refused(bus: ActorBus) -> None:
    one, other = bus.ask(register("张三", "P1")), bus.ask(register("张三", "P2"))
    with pytest.raises(TwoPatients) as refused:
        bus.ask(register("张三", "P1", "P2"))
    assert refused.value.params == {"patient": one.id, "other": other.id}


def test_a_record_is_corrected_by_its_id(bus: ActorBus) -> None:
    known = bus.ask(register("张三", ni=NI))
    corrected = bus.ask(RegisterPatient(patient=PatientBrief(id=known.id, name="章三")))
    assert (corrected.id, corrected.name) == (known.id, "章三")


def test_many_register_the_same_patient_at_once(bus: ActorBus) -> None:
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(bus.ask, [register("张三", "P1", f"Q{number}") for number in range(24)]))
    assert len({patient.id for patient in told}) == 1
    assert len(bus.ask(ShowPatient(id="P1")).identifiers) == 25


def test_orders_and_registrations_at_once_make_one_patient(bus: ActorBus) -> None:
    def ask(number: int) -> str:
        if number % 2:
            return bus.ask(register("张三", "P1")).id
        return bus.ask(_order(f"N{number}", register("张三", "P1").patient)).patient.id

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(ask, range(16)))) == 1


def _order(placer: str, patient: PatientBrief) -> RegisterOrder:
    items = (OrderedItem(placer_number=placer, exam_code="ECG12"),)
    return RegisterOrder(sender="HIS", group_number=placer, patient=patient, items=items)


def test_an_order_is_lenient_with_identity_numbers(bus: ActorBus) -> None:
    wrong = bus.ask(_order("N1", register("张三", "P1", ni="330102198002290016", sex=Sex.FEMALE).patient))
    assert [one.value for one in wrong.patient.identifiers] == ["P1"]
    contradicting = bus.ask(_order("N2", register("张三", "P1", ni=NI, sex=Sex.FEMALE).patient))
    assert [one.value for one in contradicting.patient.identifiers] == ["P1"]
    right = bus.ask(_order("N3", register("张三", "P3", ni=NI).patient))
    assert (right.patient.birth_date, right.patient.id != wrong.patient.id) == (BORN, True)
    renamed = bus.ask(_order("N4", register("章三", "P3", ni=NI).patient))
    assert (renamed.patient.id, renamed.patient.name) == (right.patient.id, "章三")


def test_an_order_for_somebody_else_is_refused(bus: ActorBus) -> None:
    bus.ask(register("张三", "P1", ni=NI))
    with pytest.raises(IdentityConflict):
        bus.ask(_order("N1", register("李四", "P1", birth_date=date(1990, 1, 1)).patient))
    with pytest.raises(IdentityConflict):
        bus.ask(_order("N2", register("李四", "P9", ni=NI).patient))
    assert bus.ask(_order("N3", register("张三", "P9", ni=NI).patient)).patient.name == "张三"


def test_an_order_brings_a_patient_who_can_be_found(bus: ActorBus) -> None:
    bus.ask(_order("N1", register("单小红", "P1").patient))
    assert _names(bus, "shanxiaohong") == _names(bus, "sxh") == _names(bus, "小红") == ["单小红"]


@pytest.fixture(scope="module")
def crowd(sites: Sites, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ActorBus]:
    """Some patients to look for; nobody changes them."""
    with sites.open(tmp_path_factory.mktemp("crowd") / "site") as app:
        bus = app.bus_as(app.operator_token())
        _fill(bus)
        yield bus


def _fill(bus: ActorBus) -> None:
    for number, (name, phone) in enumerate(
        [
            ("张三", "13800138000"),
            ("张三丰", "13900001234"),
            ("张珊", ""),
            ("李建国", "010-12345678"),
            ("王建国庆", "13800131234"),
            ("阿依古丽·买买提", ""),
            ("𠮷田", ""),
            ("㐀𠀀明", ""),
            ("John Smith", ""),
            ("吕布", ""),
            ("张%", ""),
        ]
    ):
        bus.ask(register(name, f"P{number:03d}", f"ZY2026{number:04d}", phone=phone))
    bus.ask(register("单田芳", "P900", ni=NI))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("张三", ["张三", "张三丰"]),
        ("张", ["张%", "张三", "张三丰", "张珊"]),
        ("建国", ["李建国", "王建国庆"]),
        ("三丰", ["张三丰"]),
        ("买买提", ["阿依古丽·买买提"]),
        ("阿依古丽•买买提", ["阿依古丽·买买提"]),
        ("古丽 买买", ["阿依古丽·买买提"]),
        ("𠮷", ["𠮷田"]),
        ("𠀀明", ["㐀𠀀明"]),
        ("zhangsan", ["张三", "张三丰"]),
        ("Zhang San", ["张三", "张三丰"]),
        ("zs", ["张三", "张珊", "张三丰"]),
        ("shantian", ["单田芳"]),
        ("dantian", []),
        ("stf", ["单田芳"]),
        ("lvb", ["吕布"]),
        ("lübu", ["吕布"]),
        ("smith", ["John Smith"]),
        ("john", ["John Smith"]),
        ("张san", ["张三"]),
        ("P000", ["张三"]),
        ("HIS:P000", ["张三"]),
        ("LIS:P000", []),
        ("ZY2026000", None),
        (NI, ["单田芳"]),
        ("330102800229001", []),
        (NI[:10], ["单田芳"]),
        ("8000", ["张三"]),
        ("1234", ["张三丰", "王建国庆"]),
        ("138-0013-8000", ["张三"]),
        ("+86 13800138000", ["张三"]),
        ("12345678", ["李建国"]),
        ("张%", ["张%"]),
        ("%", []),
        ("_", []),
        ("' OR 1=1 --", []),
        ("没有这个人", []),
    ],
)
def test_the_ways_to_find_somebody(crowd: ActorBus, text: str, names: list[str] | None) -> None:
    found = _names(crowd, text)
    if names is None:
        assert len(found) == 10
    else:
        assert sorted(found) == sorted(names)
        assert found[:1] == names[:1] or text == "1234"


def test_a_misspelt_name_is_found_by_its_sound(crowd: ActorBus) -> None:
    assert _names(crowd, "章三") == ["张三"]


def test_no_more_than_the_limit(crowd: ActorBus) -> None:
    assert _names(crowd, "张", limit=2) == ["张%", "张三"]
    with pytest.raises(ValidationError):
        FindPatients(text="x" * 101)


def test_show_by_id_and_number(bus: ActorBus) -> None:
    known = bus.ask(register("张三", "P1", ni=NI))
    for named in (known.id, "P1", "HIS:P1", NI, NI.lower()):
        assert bus.ask(ShowPatient(id=named)) == known
    for named in ("P2", "LIS:P1", "pat-nobody", "", "张三"):
        with pytest.raises(NotFound):
            bus.ask(ShowPatient(id=named))


def test_a_number_of_two_patients_needs_its_system(app: App, bus: ActorBus) -> None:
    known = bus.ask(register("张三", "P1"))
    put_patient(app, "pat-other", "李四")
    put_number(app, "pat-other", "LIS", "P1", "MR")
    with pytest.raises(AmbiguousNumber) as refused:
        bus.ask(ShowPatient(id="P1"))
    assert refused.value.params["systems"] == "HIS, LIS"
    assert bus.ask(ShowPatient(id="HIS:P1")) == known


def test_the_newest_fact_of_a_code_counts(bus: ActorBus) -> None:
    known, now = bus.ask(register("张三", "P1")), clock.now()
    old, new = now - timedelta(days=9), now - timedelta(days=1)
    bus.ask(NoteFacts(patient_id=known.id, facts=(PatientFact(code="egfr", value="35", at=new, source="LIS"),)))
    facts = (PatientFact(code="egfr", value="90", at=old), PatientFact(code="implant.pacemaker", at=old))
    told = bus.ask(NoteFacts(patient_id=known.id, facts=facts))
    assert [(fact.code, fact.value) for fact in told.facts] == [("egfr", "35"), ("implant.pacemaker", "yes")]
    bus.ask(NoteFacts(patient_id=known.id, facts=(PatientFact(code="egfr", value="36", at=new),)))
    assert bus.ask(ShowPatient(id="P1")).facts[0].value == "36"


def test_facts_that_cannot_be_kept(bus: ActorBus) -> None:
    known, now = bus.ask(register("张三", "P1")), clock.now()
    for fact in (
        PatientFact(code=" ", at=now),
        PatientFact(code="egfr", at=now.replace(tzinfo=None)),
        PatientFact(code="egfr", at=now + timedelta(days=1)),
    ):
        with pytest.raises(InvalidMessage):
            bus.ask(NoteFacts(patient_id=known.id, facts=(PatientFact(code="pregnant", at=now), fact)))
    with pytest.raises(InvalidMessage):
        bus.ask(NoteFacts(patient_id=known.id, facts=()))
    with pytest.raises(NotFound):
        bus.ask(NoteFacts(patient_id="pat-nobody", facts=(PatientFact(code="egfr", at=now),)))
    assert bus.ask(ShowPatient(id=known.id)).facts == ()


def test_who_may(app: App, bus: ActorBus) -> None:
    known = bus.ask(register("张三", "P1"))
    assert _as(app, "app").ask(register("张三", "P1")).id == known.id
    with pytest.raises(NotPermitted):
        _as(app, "app").ask(FindPatients(text="张"))
    with pytest.raises(NotPermitted):
        _as(app, "patient", known.id).ask(ShowPatient(id=known.id))
    with pytest.raises(NotPermitted):
        _as(app, "technician").ask(register("李四"))


def test_nobody_is_blocked_at_first(app: App, bus: ActorBus) -> None:
    known = bus.ask(register("张三", "P1"))
    with app.store.begin() as tx:
        assert blocked(tx.db, [known.id, "pat-nobody"]) == {}
        assert blocked(tx.db, []) == {}
