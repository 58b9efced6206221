"""The rule set that ships is sound, and each of its kinds refuses and permits what it should."""

import re
import tomllib
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.booking.rules_world import SHANGHAI, order, other, proposal
from yiji.booking.hooks import Fact, Other, Place, Proposal, Traits
from yiji.booking.rules.catalogue import makers
from yiji.booking.rules.checking import problems
from yiji.booking.rules.compiled import compile_rules
from yiji.booking.rules.vetting.whole import check
from yiji.core.contract.catalogue import Catalogue
from yiji.core.contract.patient import Sex
from yiji.core.contract.rule import RuleKind, RuleSet

FOLDER = files("yiji.booking.examples")
RULES = RuleSet.model_validate(tomllib.loads(FOLDER.joinpath("rules.toml").read_text("utf-8")))
CATALOGUE = Catalogue.model_validate(tomllib.loads(FOLDER.joinpath("catalogue.toml").read_text("utf-8")))
COMPILED = compile_rules(RULES)
EXAMS = {exam.code: exam for exam in CATALOGUE.exams}
MAKERS = makers(CATALOGUE)
PLACES: dict[str, Place] = {}
for device in CATALOGUE.devices:
    room = next(room for room in CATALOGUE.rooms if room.code == device.room)
    campus = next(one.campus for one in CATALOGUE.departments if one.code == room.department)
    PLACES[device.code] = Place(device.code, room.code, room.department, campus)


def at(clock: str, day: int = 2) -> datetime:
    """A moment of March 2026 in Shanghai (the second is a Monday)."""
    hour, minute = map(int, clock.split(":"))
    return datetime(2026, 3, day, hour, minute, tzinfo=ZoneInfo(SHANGHAI)).astimezone(UTC)


def traits(code: str, visit_class: str = "") -> Traits:
    exam = EXAMS[code]
    return Traits(code, exam.department, exam.modality, "", frozenset(exam.tags), visit_class)


def asked(code: str, clock: str = "09:00", day: int = 2, **told: object) -> Proposal:
    """The examination for a healthy woman of 45, a week ahead, with what gates ask for."""
    fresh = at("08:00") - timedelta(days=1)
    ready = {
        code: Fact("yes", fresh) for code in ("anaesthesia.assessed", "infection.screened", "pregnancy_excluded")
    } | {"egfr": Fact("88", fresh), "glucose": Fact("5.6", fresh)}
    named = {
        "who": order(traits(code)),
        "now": at("08:00") - timedelta(days=7),
        "place": PLACES[MAKERS[code][0]],
        "paid": True,
        "facts": ready,
    }
    exam = traits(code, str(told.pop("visit_class", "")))
    facts = {**ready, **told.pop("known", {})}  # type: ignore[dict-item]
    return proposal(exam, at(clock, day), EXAMS[code].minutes, **{**named, "facts": facts, **told})  # type: ignore[arg-type]


def beside(code: str, clock: str = "09:00", day: int = 2, live: bool = True) -> tuple[Other, ...]:
    return (other(traits(code), at(clock, day), EXAMS[code].minutes, place=PLACES[MAKERS[code][0]], live=live),)


def refusing(one: Proposal) -> set[str]:
    return {rule for rule, _ in COMPILED.all(one)}


def known(**facts: str) -> dict[str, Fact]:
    return {code.replace("__", "."): Fact(value, at("08:00") - timedelta(days=1)) for code, value in facts.items()}


def man(code: str):
    return order(traits(code), sex=Sex.MALE)


def aged(code: str, years: int):
    born = (at("08:00") - timedelta(days=366 * years)).date()
    return order(traits(code), born=born)


def test_it_is_sound():
    assert check(RULES, CATALOGUE) == ()
    assert problems(CATALOGUE) == []


def test_it_is_complete():
    assert {spec.kind for spec in RULES.rules} == set(RuleKind)
    assert len(RULES.rules) >= 35
    assert len(CATALOGUE.exams) >= 40
    assert 8 <= len(CATALOGUE.departments) <= 10
    assert all(MAKERS.values())


def test_it_cites_nothing_that_is_not_at_hand():
    allowed = ("需临床确认", "已发表的医院案例", "需医院", "按本院实测修改")
    assert all(spec.source.startswith(allowed) for spec in RULES.rules)


def test_the_page_names_every_tag_and_fact():
    page = (Path(__file__).parents[2] / "docs" / "rules.md").read_text("utf-8")
    told = page[page.index("## Tags") :]
    cells = " ".join(line.split("|")[1] for line in told.splitlines() if line.startswith("|"))
    tags = {tag for spec in RULES.rules for side in (spec.first, spec.second) for tag in (*side.tags, *side.not_tags)}
    assert tags <= set(re.findall(r"[a-z_.]+", cells))
    assert not [spec.fact for spec in RULES.rules if spec.fact and f"`{spec.fact}`" not in told]


def test_every_examination_can_be_booked_on_a_good_day():
    men = {code for code, exam in EXAMS.items() if "male_only" in exam.tags}
    refused = {
        code: refusing(asked(code, "09:00", who=man(code) if code in men else order(traits(code)))) for code in EXAMS
    }
    assert {code: rules for code, rules in refused.items() if rules} == {}


# rule, what it refuses, and the same with what makes it legal
CASES: list[tuple[str, Proposal, Proposal]] = [
    (
        "excl.iodine-gadolinium",
        asked("MR-HEAD-C", "15:00", others=beside("CT-HEAD-C")),
        asked("MR-HEAD-C", "15:00", day=3, others=beside("CT-HEAD-C")),
    ),
    ("excl.stress-wearable", asked("STRESS", "15:00", others=beside("HOLTER")), asked("STRESS", "15:00")),
    ("excl.sedation-cooperation", asked("EEG", "15:00", others=beside("ES-GASTRO-S")), asked("EEG", "15:00")),
    (
        "excl.bronchoscopy-lungs",
        asked("PFT-SPIRO", "15:00", others=beside("ES-BRONCH")),
        asked("PFT-SPIRO", "15:00", day=3, others=beside("ES-BRONCH")),
    ),
    (
        "seq.plain-contrast-ct",
        asked("CT-HEAD", "11:00", others=beside("CT-CHEST-C")),
        asked("CT-HEAD", "08:30", others=beside("CT-CHEST-C")),
    ),
    (
        "seq.plain-contrast-mr",
        asked("MR-HEAD-C", "08:00", others=beside("MR-HEAD")),
        asked("MR-HEAD-C", "09:30", others=beside("MR-HEAD")),
    ),
    (
        "seq.contrast-barium",
        asked("CT-HEAD-C", "09:00", day=5, others=beside("RF-UGI")),
        asked("CT-HEAD-C", "09:00", day=10, others=beside("RF-UGI")),
    ),
    (
        "seq.ultrasound-barium",
        asked("RF-UGI", "08:00", others=beside("US-ABD")),
        asked("RF-UGI", "10:00", others=beside("US-ABD")),
    ),
    (
        "seq.thyroid-iodine",
        asked("NM-THY", day=20, others=beside("CT-HEAD-C", live=False)),
        asked("CT-HEAD-C", day=3, others=beside("NM-THY", live=False)),
    ),
    (
        "seq.abdomen-barium",
        asked("CT-ABD", day=4, others=beside("RF-UGI")),
        asked("CT-HEAD", day=4, others=beside("RF-UGI")),
    ),
    (
        "seq.ultrasound-gastroscopy",
        asked("US-ABD", "11:00", others=beside("ES-GASTRO")),
        asked("US-THY", "11:00", others=beside("ES-GASTRO")),
    ),
    (
        "seq.ecg-stress",
        asked("ECG12", "15:00", others=beside("STRESS")),
        asked("ECG12", "08:00", others=beside("STRESS")),
    ),
    (
        "seq.feno-spirometry",
        asked("PFT-FENO", "15:00", others=beside("PFT-SPIRO")),
        asked("PFT-FENO", "08:00", others=beside("PFT-SPIRO")),
    ),
    (
        "seq.assessment-sedation",
        asked("ANES-EVAL", day=3, others=beside("ES-COLON-S")),
        asked("ANES-EVAL", day=3, others=beside("ES-COLON")),
    ),
    (
        "int.iodine-iodine",
        asked("CTA-COR", day=4, others=beside("CT-HEAD-C", "15:00", live=False)),
        asked("CTA-COR", "15:30", day=4, others=beside("CT-HEAD-C", "15:00", live=False)),
    ),
    (
        "int.gadolinium-gadolinium",
        asked("MR-HEAD-C", day=8, others=beside("MR-ABD-C")),
        asked("MR-HEAD", day=8, others=beside("MR-ABD-C")),
    ),
    (
        "int.barium-endoscopy",
        asked("ES-GASTRO", day=4, others=beside("RF-UGI")),
        asked("ES-GASTRO", day=6, others=beside("RF-UGI")),
    ),
    (
        "int.colonoscopy-enema",
        asked("RF-ENEMA", day=8, others=beside("ES-COLON")),
        asked("RF-UGI", day=8, others=beside("ES-COLON")),
    ),
    (
        "int.radionuclide",
        asked("NM-BONE", day=3, others=beside("NM-THY")),
        asked("NM-BONE", day=5, others=beside("NM-THY")),
    ),
    (
        "int.capsule-mr",
        asked("MR-HEAD", day=15, others=beside("ES-CAPSULE")),
        asked("MR-HEAD", day=17, others=beside("ES-CAPSULE")),
    ),
    (
        "int.wearable-mr",
        asked("MR-HEAD", day=3, others=beside("HOLTER")),
        asked("MR-HEAD", "11:00", day=3, others=beside("HOLTER")),
    ),
    ("win.fasting", asked("US-ABD", "14:00"), asked("US-ABD", "11:45")),
    ("win.sedation", asked("ES-COLON-S", "15:30"), asked("ES-COLON-S", "15:20")),
    ("win.contrast", asked("CT-HEAD-C", "17:00", visit_class="O"), asked("CT-HEAD-C", "17:00", visit_class="E")),
    ("win.radionuclide", asked("NM-BONE", "13:30"), asked("NM-BONE", "10:00")),
    ("not.fasting", asked("US-ABD", now=at("02:00")), asked("US-ABD", now=at("01:00"))),
    ("not.full-bladder", asked("US-GYN", now=at("08:30")), asked("US-GYN", now=at("08:00"))),
    ("not.bowel", asked("ES-COLON", now=at("16:00", 1)), asked("ES-COLON", now=at("08:00", 1))),
    ("not.radionuclide", asked("NM-BONE", now=at("16:00", 1)), asked("NM-BONE", now=at("08:00", 1))),
    ("sex.female", asked("US-GYN", who=man("US-GYN")), asked("US-GYN")),
    ("sex.male", asked("US-PROST"), asked("US-PROST", who=man("US-PROST"))),
    ("age.mammography", asked("MG-BREAST", who=aged("MG-BREAST", 30)), asked("MG-BREAST", who=aged("MG-BREAST", 36))),
    ("age.bone-density", asked("BMD", who=aged("BMD", 17)), asked("BMD", who=aged("BMD", 19))),
    ("age.lungs", asked("PFT-SPIRO", who=aged("PFT-SPIRO", 5)), asked("PFT-SPIRO", who=aged("PFT-SPIRO", 7))),
    (
        "age.sedation",
        asked("ES-COLON-S", who=aged("ES-COLON-S", 81), visit_class="O"),
        asked("ES-COLON-S", who=aged("ES-COLON-S", 81), visit_class="I"),
    ),
    ("preg.ionising", asked("DX-CHEST", known=known(pregnant="yes")), asked("DX-CHEST", known=known(pregnant="no"))),
    ("preg.gadolinium", asked("MR-HEAD-C", known=known(pregnant="是")), asked("MR-HEAD", known=known(pregnant="是"))),
    (
        "preg.radionuclide",
        asked("NM-BONE", known=known(pregnant="yes")),
        asked("NM-BONE", known=known(pregnant="阴性")),
    ),
    ("lact.radionuclide", asked("NM-BONE", known=known(lactating="yes")), asked("NM-BONE")),
    (
        "mr.pacemaker",
        asked("MR-HEAD", known=known(implant__pacemaker="yes")),
        asked("MR-HEAD", known=known(implant__pacemaker="cleared")),
    ),
    (
        "mr.implant",
        asked("MR-HEAD", known=known(implant__stent="2020")),
        asked("CT-HEAD", known=known(implant__stent="2020")),
    ),
    ("mr.metal", asked("MR-HEAD", known=known(foreign_body__metal_eye="yes")), asked("MR-HEAD")),
    (
        "alg.iodine",
        asked("CT-HEAD-C", known=known(allergy__iodine="yes")),
        asked("CT-HEAD", known=known(allergy__iodine="yes")),
    ),
    ("alg.gadolinium", asked("MR-HEAD-C", known=known(allergy__gadolinium="yes")), asked("MR-HEAD-C")),
    ("thy.iodine", asked("CT-HEAD-C", known=known(hyperthyroidism="yes")), asked("CT-HEAD-C")),
    (
        "med.metformin",
        asked("CT-HEAD-C", known=known(medication__metformin="yes")),
        asked("CT-HEAD-C", known=known(medication__metformin="paused")),
    ),
    (
        "med.anticoagulant",
        asked("ES-GASTRO", known=known(medication__anticoagulant="warfarin")),
        asked("ES-GASTRO", known=known(medication__anticoagulant="已停药")),
    ),
    ("bowel.barium", asked("RF-UGI", known=known(bowel__obstruction="yes")), asked("RF-UGI")),
    (
        "egfr.iodine",
        asked("CT-HEAD-C", who=aged("CT-HEAD-C", 70), known=known(egfr="28.5")),
        asked("CT-HEAD-C", who=aged("CT-HEAD-C", 70), known=known(egfr=">90 mL/min")),
    ),
    (
        "egfr.gadolinium",
        asked("MR-HEAD-C", who=aged("MR-HEAD-C", 70), facts={}),
        asked("MR-HEAD-C", who=aged("MR-HEAD-C", 45), facts={}),
    ),
    ("glu.fdg", asked("PT-FDG", known=known(glucose="14.2")), asked("PT-FDG", known=known(glucose="11.1"))),
    (
        "gate.anaesthesia",
        asked("ES-GASTRO-S", known=known(anaesthesia__assessed="不通过")),
        asked("ES-GASTRO", known=known(anaesthesia__assessed="不通过")),
    ),
    ("gate.infection", asked("ES-GASTRO", known=known(infection__screened="pending")), asked("ES-GASTRO")),
    (
        "gate.pregnancy-excluded",
        asked("NM-BONE", known=known(pregnancy_excluded="unknown")),
        asked("NM-BONE", who=man("NM-BONE"), known=known(pregnancy_excluded="unknown")),
    ),
    ("gate.payment", asked("PT-FDG", visit_class="O", paid=False), asked("PT-FDG", visit_class="I", paid=False)),
    (
        "way.room",
        asked("CT-HEAD", "09:13", place=PLACES["CT-2"], others=beside("CT-CHEST")),
        asked("CT-HEAD", "09:15", place=PLACES["CT-2"], others=beside("CT-CHEST")),
    ),
    (
        "way.department",
        asked("ECG12", "09:20", others=beside("CT-CHEST")),
        asked("ECG12", "09:25", others=beside("CT-CHEST")),
    ),
    (
        "way.campus",
        asked("NM-BONE", "10:30", others=beside("CT-CHEST")),
        asked("NM-BONE", "10:40", others=beside("CT-CHEST")),
    ),
    (
        "day.all",
        asked("US-THY", "16:00", others=sum((beside("ECG12", f"{hour}:00") for hour in range(8, 14)), ())),
        asked("US-THY", "16:00", day=3, others=sum((beside("ECG12", f"{hour}:00") for hour in range(8, 14)), ())),
    ),
    (
        "day.ionising",
        asked("BMD", "16:00", others=sum((beside("DX-CHEST", f"{hour}:00") for hour in (8, 9, 10)), ())),
        asked("US-THY", "16:00", others=sum((beside("DX-CHEST", f"{hour}:00") for hour in (8, 9, 10)), ())),
    ),
]


def test_every_rule_has_a_case():
    assert [rule for rule, _, _ in CASES] == [spec.id for spec in RULES.rules]


@pytest.mark.parametrize(("rule", "refused", "allowed"), CASES, ids=[rule for rule, _, _ in CASES])
def test_it_refuses_and_permits(rule: str, refused: Proposal, allowed: Proposal):
    assert rule in refusing(refused)
    assert refusing(allowed) == set()


def test_what_may_be_set_aside():
    assert not COMPILED.overridable("mr.pacemaker")
    assert COMPILED.overridable("mr.implant")
    assert not COMPILED.overridable("no.such.rule")
    found = COMPILED.check(asked("MR-HEAD", known=known(implant__pacemaker="yes")))
    assert found
    assert found[0] == "mr.pacemaker"
    skipped = COMPILED.check(asked("MR-HEAD", known=known(implant__pacemaker="yes")), skip={"mr.pacemaker"})
    assert skipped
    assert skipped[0] == "mr.implant"
