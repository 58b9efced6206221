"""The planner: as good as trying everything, legal in every alternative, honest where nothing fits."""

from dataclasses import replace
from datetime import timedelta
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.booking.planning_cases import MONDAY, NOW, ZONE, best, legal_in_time_order, small
from yiji.booking.hooks import Proposal, Refusal, Rule
from yiji.booking.planning import search
from yiji.booking.planning.alternatives import Kind, options
from yiji.booking.planning.answer import answer
from yiji.booking.planning.ground import Ground
from yiji.booking.planning.problem import Free, Problem, Score, Spot, days, minute
from yiji.booking.planning.runs import Resource
from yiji.booking.planning.scoring import score
from yiji.booking.planning.search import Search
from yiji.booking.planning.solving import Clock
from yiji.core.contract.booking import AppointmentState

SEEDS = st.integers(0, 2**32 - 1)


def walk(proposal: Proposal) -> Refusal | None:
    """Ten minutes between any two examinations: a distance, told in code."""
    pause = timedelta(minutes=10)
    for other in proposal.others:
        if other.live and proposal.starts_at < other.ends_at + pause and other.starts_at < proposal.ends_at + pause:
            return Refusal("walk", other.id)
    return None


def one_a_morning(proposal: Proposal) -> Refusal | None:
    """No two examinations before ten o'clock there: no distance, so only cuts can tell."""
    early = [one for one in proposal.others if one.live and one.starts_at.hour < 2]
    return Refusal("early") if early and proposal.starts_at.hour < 2 else None


def planned(problem: Problem) -> Score | None:
    found = Search(Ground(problem), Clock(20)).fewest()
    assert found is None or found.proved
    return score(problem, found.spots) if found else None


@settings(max_examples=220, deadline=None, derandomize=True)
@given(SEEDS)
def test_no_plan_is_better(seed: int):
    problem = small(seed)
    assert planned(problem) == best(problem)


@pytest.mark.parametrize("many", [0, 1000], ids=["asked-at-once", "one-by-one"])
@settings(max_examples=60, deadline=None, derandomize=True)
@given(seed=SEEDS)
def test_no_plan_is_better_over_more_days(many: int, seed: int):
    problem = small(seed, span=5)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "_MANY", many)
        assert planned(problem) == best(problem)


@pytest.mark.parametrize("rule", [walk, one_a_morning])
@settings(max_examples=40, deadline=None, derandomize=True)
@given(seed=SEEDS)
def test_no_plan_is_better_under_rules_in_code(rule, seed: int):
    problem = small(seed, own=(Rule("own", rule),))
    assert planned(problem) == best(problem)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(SEEDS)
def test_every_alternative_is_legal_and_another(seed: int):
    found = options(small(seed, own=(Rule("own", walk),)))
    for option in found.offered:
        assert legal_in_time_order(found.problem, option.spots)
        assert option.score == score(found.problem, option.spots)
        assert option.proved
    assert len({tuple(spot.start for spot in option.spots) for option in found.offered}) == len(found.offered)
    assert [option.kind for option in found.offered[:1]] in ([], [Kind.BEST])


@settings(max_examples=60, deadline=None, derandomize=True)
@given(SEEDS)
def test_an_alternative_is_of_its_kind_and_never_better_than_the_best(seed: int):
    found = options(small(seed))
    problem = found.problem
    for option in found.offered[1:]:
        first = found.offered[0]
        assert option.score >= first.score or option.kind is Kind.SOONER
        used = {problem.day_of(spot.start) for spot in option.spots}
        if option.kind is Kind.OTHER_DAYS:
            assert used.isdisjoint(problem.day_of(spot.start) for spot in first.spots)
        if option.kind is Kind.MORNING:
            assert all(spot.start < problem.days[problem.day_of(spot.start)].noon for spot in option.spots)
        if option.kind is Kind.SOONER:
            assert max(used) < max(problem.day_of(spot.start) for spot in first.spots)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(SEEDS)
def test_what_cannot_be_placed_is_told_and_as_little_as_can_be(seed: int):
    problem = small(seed)
    found = options(problem)
    assert bool(found.unplaced) == (best(problem) is None) == bool(found.why_not)
    if found.unplaced and found.offered:
        kept = len(problem.items) - len(found.unplaced)
        assert len(found.offered[0].spots) == kept
        assert all(
            best(replace(problem, items=tuple(item for index, item in enumerate(problem.items) if index not in lost)))
            is None
            for lost in _sets(len(problem.items), len(found.unplaced) - 1)
        )


def _sets(items: int, size: int) -> list[tuple[int, ...]]:
    return list(combinations(range(items), size)) if size else []


def test_the_figures_are_counted_as_they_are_told():
    problem = replace(small(1), appointments=(), days=tuple(days(MONDAY, 2, ZONE)))
    monday = problem.days[0].begins
    spots = [
        Spot(monday + 480, monday + 500, 1, "A", "a"),
        Spot(monday + 530, monday + 540, 0, "B", "b"),
        Spot(monday + 1440 + 480, monday + 1440 + 490, 1, "A", "c"),
    ]
    assert score(problem, spots) == Score(2, monday + 1440 + 490, 30, 2)


def test_a_day_on_which_the_patient_comes_anyway_is_no_visit_and_its_gaps_are_waiting():
    seed = next(one for one in range(100) if [a for a in small(one).appointments if a.is_live])
    problem = small(seed)
    there = problem.appointments[0]
    begin = minute(there.ends_at) + 25
    spot = Spot(begin, begin + 10, 0, there.device, "s")
    assert score(problem, [spot]) == Score(0, begin + 10, 25, 0)


def _run(*rooms: int) -> list[Free]:
    return [Free(f"s{index}", "A", 10 * index, 10 * index + 10, room) for index, room in enumerate(rooms)]


def test_a_place_that_leaves_a_gap_too_short_to_use_is_a_fragment():
    resource = Resource(_run(1, 1, 1, 1, 1), usual=20)
    found = {spot.start: spot.fragment for spot in resource.spots(20, 0, 1000)}
    assert found == {0: 0, 10: 1, 20: 1, 30: 0}


def test_a_slot_with_room_left_is_not_used_up():
    resource = Resource(_run(1, 2, 2, 1), usual=20)
    assert {spot.start: spot.fragment for spot in resource.spots(20, 0, 1000)} == {0: 0, 10: 0, 20: 0}


def test_an_examination_takes_slots_that_follow_one_another():
    slots = [*_run(1, 1), Free("s9", "A", 30, 40, 1)]
    assert [spot.slot_id for spot in Resource(slots, 10).spots(20, 0, 1000)] == ["s0"]
    assert Resource(slots, 10).spots(30, 0, 1000) == []


def test_nothing_in_the_past_is_offered():
    problem = small(3)
    late = replace(problem, now=NOW + timedelta(hours=30))
    for item in range(len(late.items)):
        for day in range(len(late.days)):
            assert all(spot.start >= minute(late.now) for spot in Ground(late).spots(item, day))


def test_a_clock_that_has_run_out_proves_nothing():
    problem = small(5)
    found = Search(Ground(problem), Clock(0)).fewest()
    assert found is None or not found.proved


def test_reasons_are_in_both_languages_and_say_what_is_given_up():
    seed = next(one for one in range(200) if len(options(small(one)).offered) == 3)
    for alternative in answer(small(seed)).alternatives:
        assert alternative.reasons
        for reason in alternative.reasons:
            zh, _, en = reason.partition(" / ")
            assert zh
            assert en
            assert en.isascii()


def test_states_that_are_over_do_not_bind():
    seed = next(one for one in range(100) if [a for a in small(one).appointments if a.is_live])
    problem = small(seed)
    gone = tuple(replace(one, state=AppointmentState.FULFILLED) for one in problem.appointments)
    assert replace(problem, appointments=gone).fixed == {}
