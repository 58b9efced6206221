"""A small world for the tests of rules: proposals made of few parts, and what hypothesis draws of them."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from yiji.booking.hooks import Fact, Other, Place, Proposal, Traits
from yiji.booking.rules.compiled import Compiled, compile_rules
from yiji.core.contract.order import OrderBrief
from yiji.core.contract.patient import PatientBrief, Sex
from yiji.core.contract.rule import RuleKind, RuleSet, RuleSpec, Scope, Selector

SHANGHAI = "Asia/Shanghai"
ZONES = (SHANGHAI, "Europe/Berlin", "America/Sao_Paulo", "Australia/Lord_Howe")  # some of them change their clocks
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)  # 08:00 in Shanghai
HERE = Place("D1", "R1", "US", "A")
PLACES = (HERE, Place("D2", "R2", "US", "A"), Place("D3", "R3", "RAD", "A"), Place("D4", "R4", "RAD", "B"), Place("D5"))
PLAIN = Traits("CT1", "RAD", "CT", tags=frozenset(["ct", "plain"]))
CONTRAST = Traits("CT2", "RAD", "CT", tags=frozenset(["ct", "contrast.iodine"]))
BARIUM = Traits("XR9", "RAD", "RF", tags=frozenset(["barium"]))
EXAMS = (PLAIN, CONTRAST, BARIUM, Traits("US1", "US", "US", "ABD", frozenset(["fasting"]), "O"))


def rule(kind: RuleKind, **told: Any) -> RuleSpec:
    """A rule of a kind."""
    named = {"id": kind.value, "title": f"规则 {kind.value}", "title_en": f"rule {kind.value}", "source": "test"}
    return RuleSpec(**{**named, "kind": kind, **told})


def rules(*specs: RuleSpec) -> RuleSet:
    """A rule set."""
    return RuleSet(name="test", rules=specs)


def compiled(*specs: RuleSpec) -> Compiled:
    """Rules, ready to be asked."""
    return compile_rules(rules(*specs))


def order(exam: Traits = PLAIN, sex: Sex = Sex.FEMALE, born: date | None = date(1980, 5, 6)) -> OrderBrief:
    """An order for a patient."""
    return OrderBrief(
        order_id="ord-1",
        item_id="itm-1",
        accession_number="26030200000001",
        placer_number="N1",
        sender="HIS",
        patient=PatientBrief(id="pat-1", name="测试", sex=sex, birth_date=born),
        exam_code=exam.code,
        exam_name=exam.code,
        department=exam.department,
    )


def proposal(
    exam: Traits = PLAIN,
    start: datetime = MONDAY,
    lasts: int = 20,
    *,
    who: OrderBrief | None = None,
    now: datetime = MONDAY - timedelta(days=3),
    zone: str = SHANGHAI,
    place: Place = HERE,
    others: tuple[Other, ...] = (),
    facts: Mapping[str, Fact] | None = None,
    paid: bool = False,
) -> Proposal:
    """An examination that asks for a place."""
    end = start + timedelta(minutes=lasts)
    asked = who or order(exam)
    return Proposal(asked, exam, place, start, end, now, zone, others, facts or {}, paid)


def other(exam: Traits, start: datetime, lasts: int = 20, *, place: Place = HERE, live: bool = True) -> Other:
    """Another appointment."""
    return Other(f"apt-{exam.code}-{start:%d%H%M}", exam, place, start, start + timedelta(minutes=lasts), live)


def moments(days: int = 8) -> st.SearchStrategy[datetime]:
    """Moments around a change of Berlin's clock (29 March 2026), to five minutes."""
    first = datetime(2026, 3, 29, tzinfo=UTC) - timedelta(days=days // 2)
    return st.integers(0, days * 288).map(lambda steps: first + timedelta(minutes=5 * steps))


def others(most: int = 4, days: int = 8) -> st.SearchStrategy[tuple[Other, ...]]:
    """Other appointments of the patient; they may overlap one another, which rules do not mind."""
    one = st.builds(
        other,
        st.sampled_from(EXAMS),
        moments(days),
        st.sampled_from([5, 20, 60, 600]),
        place=st.sampled_from(PLACES),
        live=st.booleans(),
    )
    return st.lists(one, max_size=most).map(tuple)


def selectors() -> st.SearchStrategy[Selector]:
    """Selectors that mean some of `EXAMS`, or all."""
    tags = st.sampled_from(["ct", "plain", "contrast.iodine", "barium", "fasting"])
    few = st.lists(tags, max_size=2, unique=True).map(tuple)
    return st.builds(Selector, tags=few, not_tags=st.lists(tags, max_size=1).map(tuple))


def pair_rules() -> st.SearchStrategy[RuleSpec]:
    """Rules about two examinations."""
    kinds = st.sampled_from([RuleKind.EXCLUSIVE, RuleKind.SEQUENCE, RuleKind.INTERVAL, RuleKind.TRAVEL])
    return st.builds(
        rule,
        kinds,
        first=selectors(),
        second=selectors(),
        gap_minutes=st.sampled_from([0, 10, 90, 1440, 4000]),
        within_hours=st.sampled_from([0, 0, 1, 24, 72]),
        both_ways=st.booleans(),
        scope=st.sampled_from(Scope),
    )
