"""A refusal's earliest time is legal, not before the proposed one, and nothing earlier is legal, for every kind."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.booking.rules_world import (
    CONTRAST,
    EXAMS,
    MONDAY,
    PLACES,
    PLAIN,
    SHANGHAI,
    ZONES,
    compiled,
    moments,
    order,
    other,
    others,
    pair_rules,
    proposal,
    rule,
    selectors,
)
from yiji.booking.hooks import Fact, Proposal, Refusal
from yiji.booking.rules.moments import day_of
from yiji.booking.rules.selecting import matcher
from yiji.core.contract.patient import Sex
from yiji.core.contract.rule import RuleKind, RuleSpec, Selector

QUIET = settings(max_examples=120, deadline=None, derandomize=True)
clocks = st.builds(time, st.integers(0, 23), st.sampled_from([0, 30]))


def moved(to: Proposal, start: datetime) -> Proposal:
    """The same proposal at another time."""
    lasts = int((to.ends_at - to.starts_at) / timedelta(minutes=1))
    return proposal(
        to.exam,
        start.astimezone(UTC),
        lasts,
        who=to.order,
        now=to.now,
        zone=to.zone,
        place=to.place,
        others=to.others,
        facts=to.facts,
        paid=to.paid,
    )


def holds(spec: RuleSpec, asked: Proposal, step: int = 0) -> Refusal | None:
    """Check what a refusal promises; `step` minutes: look at the times before `earliest` as well."""
    ready = compiled(spec)
    found = ready.check(asked)
    if found is None:
        return None
    assert found[0] == spec.id
    refusal = found[1]
    assert refusal.reason.startswith(spec.title)
    assert refusal.reason_en.startswith(spec.title_en)
    end = refusal.earliest or asked.starts_at + timedelta(days=12)
    if refusal.earliest:
        assert refusal.earliest >= asked.starts_at
        assert ready.check(moved(asked, refusal.earliest)) is None
    at = asked.starts_at
    while step and at < end:
        assert ready.check(moved(asked, at)) is not None, f"{at} is legal, but {end} is told"
        at += timedelta(minutes=step)
    return refusal


@QUIET
@given(pair_rules(), st.sampled_from(EXAMS), moments(), others(), st.sampled_from(PLACES), st.sampled_from(ZONES))
def test_pairs(spec, exam, start, around, place, zone):
    holds(spec, proposal(exam, start, zone=zone, place=place, others=around), step=35)


@QUIET
@given(
    st.just(Selector()) | selectors(),
    st.integers(1, 3),
    st.sampled_from(EXAMS),
    moments(2),
    others(9, 3),
    st.sampled_from(ZONES),
)
def test_a_daily_limit(first, limit, exam, start, around, zone):
    asked = proposal(exam, start, zone=zone, others=around)
    refusal = holds(rule(RuleKind.DAILY, first=first, limit=limit), asked, step=35)
    today = [one for one in around if day_of(one.starts_at, zone) == day_of(start, zone) and matcher(first)(one.exam)]
    assert (refusal is not None) == (matcher(first)(exam) and len(today) >= limit)


@QUIET
@given(st.none() | clocks, st.none() | clocks, moments(), st.sampled_from(ZONES))
@example(time(2), time(3), datetime(2026, 3, 29, 0, 30, tzinfo=UTC), "Europe/Berlin")  # an hour that is left out
def test_a_window(opens, closes, start, zone):
    refusal = holds(rule(RuleKind.WINDOW, opens=opens, closes=closes), proposal(start=start, zone=zone), step=5)
    if refusal and refusal.earliest is None:
        assert opens is not None or closes == time(0)
        assert closes is not None
        assert closes <= (opens or time(0))  # a window that never opens


@QUIET
@given(st.integers(0, 20_000), moments(), st.integers(0, 10_000))
def test_notice(gap, start, before):
    now = start - timedelta(minutes=before)
    refusal = holds(rule(RuleKind.NOTICE, gap_minutes=gap), proposal(start=start, now=now))
    assert (refusal is None) == (before >= gap)
    if refusal:
        assert refusal.earliest == now + timedelta(minutes=gap)


@QUIET
@given(
    st.none() | st.dates(date(1920, 1, 1), date(2026, 1, 1)),
    st.none() | st.integers(-2, 120),
    st.none() | st.integers(-2, 120),
    moments(),
)
@example(date(2012, 2, 29), 14, None, MONDAY - timedelta(days=1, hours=9))
@example(date(2012, 2, 29), 15, 15, MONDAY)
def test_age(born, least, most, start):
    refusal = holds(
        rule(RuleKind.AGE, min_age=least, max_age=most), proposal(start=start, who=order(born=born)), step=0
    )
    if refusal and refusal.earliest:
        assert least is not None
        a_moment_before = proposal(start=refusal.earliest - timedelta(minutes=1), who=order(born=born))
        assert compiled(rule(RuleKind.AGE, min_age=least, max_age=most)).check(a_moment_before) is not None


facts = st.dictionaries(
    st.sampled_from(["pregnant", "implant.pacemaker", "implant.stent", "egfr", "anaesthesia.assessed"]),
    st.builds(Fact, st.sampled_from(["yes", "no", "45", ">90", "<30", "无", "unknown", ""]), moments()),
)


@QUIET
@given(
    st.sampled_from([RuleKind.FACT, RuleKind.MEASURE, RuleKind.GATE]),
    st.sampled_from(["pregnant", "implant.*", "egfr", "anaesthesia.assessed", "payment", "*", ""]),
    st.none() | st.integers(0, 5),
    st.sampled_from(Sex),
    facts,
    moments(),
    st.booleans(),
)
def test_what_is_known(kind, fact, fresh, sex, known, start, paid):
    spec = rule(kind, fact=fact, fresh_days=fresh, only_for=("female",), minimum=30)
    asked = proposal(start=start, who=order(sex=sex), facts=known, paid=paid)
    refusal = holds(spec, asked, step=180 if kind is RuleKind.FACT else 0)
    if sex is Sex.MALE:
        assert refusal is None
    if refusal and kind is not RuleKind.FACT:
        assert refusal.earliest is None


@QUIET
@given(st.integers(1, 5), st.integers(0, 6 * 1440), st.sampled_from(["pregnant", "preg*", "*"]), moments())
@example(3, 3 * 1440, "pregnant", MONDAY)  # lapses at this very moment
@example(3, 3 * 1440 - 1, "pregnant", MONDAY)
def test_a_fact_lapses(fresh, age, code, start):
    noted = start - timedelta(minutes=age)
    spec = rule(RuleKind.FACT, fact=code, fresh_days=fresh)
    refusal = holds(spec, proposal(start=start, facts={"pregnant": Fact("yes", noted)}), step=240)
    assert (refusal is None) == (age >= fresh * 1440)
    if refusal:
        assert refusal.earliest == noted + timedelta(days=fresh)


@QUIET
@given(st.sampled_from([RuleKind.GATE, RuleKind.MEASURE]), st.integers(1, 5), st.integers(0, 6 * 1440), moments())
def test_what_must_be_there_lapses_too(kind, fresh, age, start):
    spec = rule(kind, fact="egfr", minimum=30, fresh_days=fresh)
    facts = {"egfr": Fact("45", start - timedelta(minutes=age))}
    refusal = holds(spec, proposal(start=start, facts=facts))
    assert (refusal is not None) == (age >= fresh * 1440)


def test_no_time_helps_against_sex():
    refusal = holds(rule(RuleKind.SEX, sexes=("male",)), proposal())
    assert refusal
    assert refusal.earliest is None


def test_what_has_to_come_first_has_no_later_time():
    contrast = other(CONTRAST, MONDAY)
    spec = rule(
        RuleKind.SEQUENCE,
        first={"tags": ["plain"]},
        second={"tags": ["contrast.iodine"]},
    )
    late = proposal(PLAIN, MONDAY + timedelta(hours=1), others=(contrast,))
    refusal = holds(spec, late, step=60)
    assert refusal
    assert (refusal.conflict, refusal.earliest) == (contrast.id, None)
    assert "须在 2026-03-02 08:00 的 CT2 之前" in refusal.reason
    assert "before CT2 at 2026-03-02 08:00" in refusal.reason_en
    assert compiled(spec).check(moved(late, MONDAY - timedelta(hours=1))) is None


def test_the_earliest_time_is_on_the_hospitals_clock():
    spec = rule(RuleKind.INTERVAL, gap_minutes=60, both_ways=True)
    refusal = holds(spec, proposal(others=(other(CONTRAST, MONDAY - timedelta(minutes=30)),)))
    assert refusal
    assert refusal.earliest
    assert refusal.earliest.isoformat() == "2026-03-02T08:50:00+08:00"
    assert str(refusal.earliest.tzinfo) == SHANGHAI


@pytest.mark.parametrize(
    ("day", "legal"),
    [("2026-03-01", False), ("2026-03-02", True), ("2027-03-01", True), ("2027-03-02", False)],
)
def test_age_is_of_the_day_of_the_examination(day, legal):
    """Who was born on 2 March 2010 is 16 from 2 March 2026 to 1 March 2027, on the hospital's clock."""
    spec = rule(RuleKind.AGE, min_age=16, max_age=17)
    for clock in ("00:00", "23:59"):
        start = datetime.fromisoformat(f"{day}T{clock}:00+08:00")
        refusal = holds(spec, proposal(start=start, who=order(born=date(2010, 3, 2))))
        assert (refusal is None) == legal
        if day == "2026-03-01":
            assert refusal
            assert refusal.earliest == datetime.fromisoformat("2026-03-02T00:00:00+08:00")
