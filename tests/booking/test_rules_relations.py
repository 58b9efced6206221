"""`gaps` and `check` say the same of every pair; both agree with the rules written out plainly."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.booking.rules_world import (
    BARIUM,
    CONTRAST,
    EXAMS,
    HERE,
    MONDAY,
    PLACES,
    PLAIN,
    ZONES,
    compiled,
    moments,
    other,
    pair_rules,
    proposal,
    rule,
)
from yiji.booking.hooks import Other, Proposal, Traits
from yiji.booking.rules.relations import NO_GAP, Daily, Gap, gaps
from yiji.core.contract.rule import RuleKind, RuleSpec, Selector

QUIET = settings(max_examples=400, deadline=None, derandomize=True)
lasting = st.sampled_from([5, 20, 60, 600])


def means(selector: Selector, exam: Traits) -> bool:
    wanted, unwanted = set(selector.tags), set(selector.not_tags)
    return (not wanted or bool(wanted & exam.tags)) and not unwanted & exam.tags


def broken(spec: RuleSpec, asked: Proposal, one: Other) -> bool:
    """The rule, said once more in plain words."""
    for first, second, roles in (("asked", "one", 1), ("one", "asked", 2)):
        a, b = (asked, one) if roles == 1 else (one, asked)
        if not (means(spec.first, a.exam) and means(spec.second, b.exam)):
            continue
        assert first != second
        if _breaks(spec, a, b, asked.zone, made=not one.live):
            return True
    return False


def _breaks(spec: RuleSpec, a: Proposal | Other, b: Proposal | Other, zone: str, made: bool) -> bool:
    between = (b.starts_at - a.ends_at) if b.starts_at >= a.ends_at else (a.starts_at - b.ends_at)
    overlap = between < timedelta(0)
    a_first = b.starts_at >= a.ends_at
    match spec.kind:
        case RuleKind.EXCLUSIVE if spec.within_hours == 0:
            return overlap or local(a.starts_at, zone).date() == local(b.starts_at, zone).date()
        case RuleKind.EXCLUSIVE:
            return overlap or between < timedelta(hours=spec.within_hours)
        case RuleKind.SEQUENCE if spec.within_hours == 0:
            return not made and not a_first
        case RuleKind.SEQUENCE:
            return overlap or (not a_first and between < timedelta(hours=spec.within_hours))
        case RuleKind.INTERVAL:
            return overlap or ((a_first or spec.both_ways) and between < timedelta(minutes=spec.gap_minutes))
        case _:
            known = bool(a.place.room and b.place.room)
            far = known and getattr(a.place, spec.scope.value) != getattr(b.place, spec.scope.value)
            return far and (overlap or between < timedelta(minutes=spec.gap_minutes))


def local(moment: datetime, zone: str) -> datetime:
    return moment.astimezone(ZoneInfo(zone))


@QUIET
@given(
    st.lists(pair_rules(), min_size=1, max_size=4),
    st.sampled_from(EXAMS),
    st.sampled_from(EXAMS),
    st.sampled_from(PLACES),
    st.sampled_from(PLACES),
    moments(),
    moments(),
    lasting,
    lasting,
    st.booleans(),
    st.sampled_from(ZONES),
)
def test_gaps_and_check_agree(specs, a, b, a_place, b_place, a_start, b_start, a_lasts, b_lasts, live, zone):
    ready = compiled(*(spec.model_copy(update={"id": f"r{index}"}) for index, spec in enumerate(specs)))
    one = other(b, b_start, b_lasts, place=b_place, live=live)
    asked = proposal(a, a_start, a_lasts, place=a_place, others=(one,), zone=zone)
    gap = gaps(ready, a, b, a_place, b_place, made=not live)
    allowed = gap.allows((asked.starts_at, asked.ends_at), (one.starts_at, one.ends_at), zone)
    assert (ready.check(asked) is None) == allowed
    assert allowed == (not any(broken(spec, asked, one) for spec in specs))
    assert gaps(ready, b, a, b_place, a_place, made=not live).turned() == gap
    assert {rule_id for rule_id, _ in ready.all(asked)} <= set(gap.rules)


def test_the_tightest_of_all_rules_counts():
    washout = rule(
        RuleKind.INTERVAL, id="washout", first={"tags": ["barium"]}, second={"tags": ["ct"]}, gap_minutes=4320
    )
    order_of = rule(RuleKind.SEQUENCE, id="first", first={"tags": ["ct"]}, second={"tags": ["barium"]}, within_hours=96)
    walk = rule(RuleKind.TRAVEL, id="walk", gap_minutes=15)
    apart = rule(RuleKind.EXCLUSIVE, id="apart", first={"tags": ["plain"]}, second={"tags": ["barium"]})
    ready = compiled(washout, order_of, walk, apart)
    assert gaps(ready, PLAIN, BARIUM, HERE, PLACES[2]) == Gap(("washout", "first", "walk", "apart"), 15, 5760, True)
    assert gaps(ready, CONTRAST, BARIUM, HERE, HERE) == Gap(("washout", "first"), 0, 5760, False)
    assert gaps(ready, CONTRAST, CONTRAST, HERE, HERE) == NO_GAP
    assert ready.reach == timedelta(minutes=4320) + timedelta(days=2)


def test_an_order_without_a_window_binds_only_what_is_to_come():
    spec = rule(RuleKind.SEQUENCE, first={"tags": ["plain"]}, second={"tags": ["contrast.iodine"]})
    ready = compiled(spec)
    assert gaps(ready, PLAIN, CONTRAST, HERE, HERE) == Gap(("sequence",), 0, None)
    assert gaps(ready, CONTRAST, PLAIN, HERE, HERE) == Gap(("sequence",), None, 0)
    assert gaps(ready, PLAIN, CONTRAST, HERE, HERE, made=True) == NO_GAP
    made = other(CONTRAST, MONDAY - timedelta(days=1), live=False)
    assert ready.check(proposal(PLAIN, others=(made,))) is None


def test_limits_of_a_day():
    ready = compiled(
        rule(RuleKind.DAILY, id="ct", first={"modalities": ["CT"]}, limit=2), rule(RuleKind.DAILY, id="all", limit=4)
    )
    assert ready.daily(CONTRAST) == (Daily("ct", 2), Daily("all", 4))
    assert ready.daily(BARIUM) == (Daily("all", 4),)


def test_reach():
    assert compiled().reach == timedelta(0)
    assert compiled(rule(RuleKind.SEX, sexes=("male",))).reach == timedelta(0)
    assert compiled(rule(RuleKind.TRAVEL, gap_minutes=10)).reach >= timedelta(days=1)
    assert compiled(rule(RuleKind.INTERVAL, gap_minutes=10**9)).reach < timedelta(days=4000)
