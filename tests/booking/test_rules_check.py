"""What a check of a rule set finds: every code, and nothing in a sound set."""

from datetime import time

import pytest

from tests.booking.rules_world import rule, rules
from yiji.booking.rules.vetting.findings import CODES
from yiji.booking.rules.vetting.whole import check
from yiji.core.contract.catalogue import BodyPart, Calendar, Catalogue, Department, Device, Exam, Room
from yiji.core.contract.rule import RuleKind, RuleSpec, Selector


def exam(code: str, *tags: str, modality: str = "CT") -> Exam:
    return Exam(code=code, name=code, department="RAD", modality=modality, minutes=10, tags=tags)


def calendar(device: str, opens: time, closes: time) -> Calendar:
    return Calendar(device=device, weekdays=(1,), opens=opens, closes=closes, slot_minutes=30, capacity=1)


HOSPITAL = Catalogue(
    departments=(Department(code="RAD", name="放射科"),),
    rooms=(Room(code="R1", name="1", department="RAD"),),
    devices=(
        Device(code="CT-1", name="CT", room="R1", modality="CT"),
        Device(code="RF-1", name="RF", room="R1", modality="RF"),
    ),
    exams=(
        exam("A", "a", "x"),
        exam("B", "b", "x"),
        exam("C", "c").model_copy(update={"body_parts": (BodyPart(code="HEAD", name="头", minutes=10),)}),
        exam("D", "d", modality="RF"),
    ),
    calendars=(calendar("CT-1", time(8), time(12)),),
)


def tagged(*tags: str) -> Selector:
    return Selector(tags=tags)


def pair(kind: RuleKind, first: str, second: str, **told: object) -> RuleSpec:
    named = {"id": f"{kind.value}-{first}{second}", "first": tagged(first), "second": tagged(second)}
    return rule(kind, **{**named, **told})


def window(opens: time | None, closes: time | None, tag: str = "a", **told: object) -> RuleSpec:
    return rule(RuleKind.WINDOW, **{"first": tagged(tag), "opens": opens, "closes": closes, **told})


SEQUENCE, INTERVAL, EXCLUSIVE = RuleKind.SEQUENCE, RuleKind.INTERVAL, RuleKind.EXCLUSIVE
WRONG: list[tuple[str, tuple[RuleSpec, ...]]] = [
    ("duplicate_id", (window(time(8), None), window(None, time(9), tag="b"))),
    ("no_title", (window(time(8), None, title_en=" "),)),
    ("no_source", (window(time(8), None, source=""),)),
    ("no_effect", (window(None, None),)),
    ("no_effect", (rule(RuleKind.SEX),)),
    ("no_effect", (rule(RuleKind.FACT),)),
    ("no_effect", (rule(RuleKind.GATE),)),
    ("no_effect", (rule(RuleKind.MEASURE, fact="egfr"),)),
    ("no_effect", (rule(RuleKind.AGE),)),
    ("no_effect", (rule(RuleKind.TRAVEL),)),
    ("unused_field", (window(time(8), None, gap_minutes=10),)),
    ("unused_field", (rule(RuleKind.NOTICE, gap_minutes=10, second=tagged("a")),)),
    ("impossible_range", (window(time(12), time(8)),)),
    ("impossible_range", (window(time(8), time(8)),)),
    ("impossible_range", (rule(RuleKind.AGE, min_age=18, max_age=18),)),
    ("impossible_range", (rule(RuleKind.MEASURE, fact="egfr", minimum=90, maximum=30),)),
    ("bad_value", (rule(RuleKind.AGE, min_age=-1),)),
    ("bad_value", (rule(RuleKind.AGE, max_age=400),)),
    ("bad_value", (rule(RuleKind.FACT, fact="pregnant", fresh_days=0),)),
    ("bad_value", (rule(RuleKind.MEASURE, fact="egfr", minimum=float("nan")),)),
    ("bad_value", (rule(RuleKind.SEX, sexes=("women",)),)),
    ("bad_value", (rule(RuleKind.FACT, fact="payment"),)),
    ("too_long", (rule(RuleKind.NOTICE, gap_minutes=10**6),)),
    ("too_long", (pair(EXCLUSIVE, "a", "b", within_hours=10**4),)),
    ("very_long", (rule(RuleKind.NOTICE, gap_minutes=60 * 1440),)),
    ("every_fact", (rule(RuleKind.FACT, fact="*"),)),
    ("means_all", (rule(INTERVAL, first=tagged("a"), gap_minutes=10),)),
    ("unknown_exam", (window(time(8), None, first=Selector(exams=("A", "CT9"))),)),
    ("unknown_department", (window(time(8), None, first=Selector(departments=("ECG",))),)),
    ("unknown_tag", (window(time(8), None, tag="barium"),)),
    ("unknown_tag", (window(time(8), None, first=Selector(not_tags=("barium",))),)),
    ("unknown_modality", (window(time(8), None, first=Selector(modalities=("PT",))),)),
    ("unknown_body_part", (window(time(8), None, first=Selector(body_parts=("FOOT",))),)),
    ("matches_nothing", (window(time(8), None, first=Selector(tags=("a",), modalities=("RF",))),)),
    (
        "matches_nothing",
        (pair(INTERVAL, "a", "b", gap_minutes=5).model_copy(update={"second": Selector(exams=("A",), tags=("b",))}),),
    ),
    ("sequence_with_itself", (pair(SEQUENCE, "x", "a", within_hours=5),)),
    ("sequence_cycle", (pair(SEQUENCE, "a", "b", within_hours=5), pair(SEQUENCE, "b", "a", within_hours=5))),
    (
        "sequence_cycle",
        (
            pair(SEQUENCE, "a", "b", within_hours=5),
            pair(SEQUENCE, "b", "c", within_hours=5),
            pair(SEQUENCE, "c", "a", within_hours=5),
        ),
    ),
    ("impossible_pair", (pair(SEQUENCE, "a", "b"), pair(SEQUENCE, "b", "a"))),
    ("order_defeated", (pair(SEQUENCE, "a", "b", within_hours=24), pair(INTERVAL, "a", "b", gap_minutes=1440))),
    ("order_defeated", (pair(SEQUENCE, "b", "a", within_hours=24), pair(EXCLUSIVE, "a", "b", within_hours=30))),
    ("exclusive_with_itself", (pair(EXCLUSIVE, "x", "a"),)),
    ("windows_apart", (window(time(8), time(9)), window(time(10), time(11), id="later"))),
    ("window_unmet", (window(time(12), time(14)),)),
    ("window_unmet", (window(time(11, 31), None),)),
    ("shadowed", (window(time(8), time(12)), window(time(9), time(12), id="narrow"))),
    ("shadowed", (pair(INTERVAL, "a", "b", gap_minutes=60), pair(INTERVAL, "x", "x", gap_minutes=90))),
    (
        "shadowed",
        (rule(RuleKind.TRAVEL, id="far", gap_minutes=5, scope="campus"), rule(RuleKind.TRAVEL, gap_minutes=5)),
    ),
    ("shadowed", (rule(RuleKind.SEX, sexes=("male", "female")), rule(RuleKind.SEX, id="men", sexes=("male",)))),
    ("shadowed", (rule(RuleKind.DAILY, limit=3), rule(RuleKind.DAILY, id="two", limit=2))),
]


@pytest.mark.parametrize(("code", "specs"), WRONG, ids=[f"{index}-{code}" for index, (code, _) in enumerate(WRONG)])
def test_what_is_wrong_is_found(code: str, specs: tuple[RuleSpec, ...]):
    found = [one for one in check(rules(*specs), HOSPITAL) if one.code == code]
    assert found
    assert found[0].severity in ("error", "warning")
    assert set(found[0].rules) <= {spec.id for spec in specs}
    assert found[0].rules
    assert "{" not in found[0].text + found[0].text_en


def test_every_code_has_a_case():
    assert {code for code, _ in WRONG} | {"no_catalogue"} == set(CODES)


def test_an_empty_catalogue_is_told():
    assert [one.code for one in check(rules(window(time(8), None)), Catalogue())] == ["no_catalogue"]


def test_errors_come_first():
    found = check(rules(window(time(8), None, tag="barium"), window(time(9), time(8), id="never")), HOSPITAL)
    assert [one.severity for one in found] == sorted((one.severity for one in found), key=["error", "warning"].index)
    assert {one.severity for one in found} == {"error", "warning"}


SOUND: list[tuple[RuleSpec, ...]] = [
    (pair(SEQUENCE, "a", "b", within_hours=24), pair(INTERVAL, "a", "b", gap_minutes=60)),
    (pair(SEQUENCE, "a", "b", within_hours=24), pair(SEQUENCE, "b", "c", within_hours=24)),
    (pair(INTERVAL, "a", "b", gap_minutes=60), pair(INTERVAL, "b", "a", gap_minutes=30)),
    (window(time(8), time(10)), window(time(9), time(12), id="second")),
    (window(time(13), time(14), tag="d"),),  # no calendar yet
    (rule(RuleKind.TRAVEL, gap_minutes=5, scope="room"), rule(RuleKind.TRAVEL, id="far", gap_minutes=20)),
    # what cannot be set aside stands beside a wider rule that can
    (
        rule(RuleKind.FACT, id="hard", fact="pregnant", first=tagged("a"), overridable=False),
        rule(RuleKind.FACT, id="soft", fact="pregnant", first=tagged("a", "b")),
    ),
    (window(time(8), None, first=Selector(body_parts=("HEAD",), visit_classes=("O",))),),
]


@pytest.mark.parametrize("specs", SOUND)
def test_a_sound_set_is_clean(specs: tuple[RuleSpec, ...]):
    assert check(rules(*specs), HOSPITAL) == ()


def test_thousands_of_examinations_are_a_few_groups():
    many = HOSPITAL.model_copy(
        update={"exams": tuple(exam(f"E{number}", "abc"[number % 3], "x") for number in range(3000))}
    )
    specs = (pair(SEQUENCE, "a", "b", within_hours=5), pair(SEQUENCE, "b", "a", within_hours=5))
    found = check(rules(*specs), many)
    assert [(one.code, one.rules) for one in found] == [("sequence_cycle", ("sequence-ab", "sequence-ba"))]
