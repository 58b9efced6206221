"""The calling order: emergencies first, head starts bounded, nobody passed without end, the skipped behind some."""

import doctest
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yiji.booking.rules import masking, queueing
from yiji.booking.rules.queueing import (
    FIRST,
    HEAD_START,
    Standing,
    calling_order,
    next_due,
    queue_time,
    rank_of,
    time_behind,
    window_opens,
)
from yiji.core.contract.catalogue import Parameters
from yiji.core.contract.queue import Rank

NINE = datetime(2026, 11, 23, 1, tzinfo=UTC)  # 9:00 in Shanghai
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)  # more than those of one appointment time are kept apart by
LONGEST = max(HEAD_START.values()) + SECOND
RULES = Parameters()


def standing(number: int, rank: Rank, starts: int, came: int) -> Standing:
    """Somebody with an appointment `starts` minutes after nine, who came `came` minutes after nine."""
    starts_at, came_at = NINE + starts * MINUTE, NINE + came * MINUTE
    return Standing(
        f"t{number}",
        rank,
        queue_time(rank, starts_at, came_at, number, RULES),
        window_opens(rank, starts_at, came_at, RULES),
        number,
    )


people = st.tuples(st.sampled_from(Rank), st.integers(0, 48).map(lambda n: n * 5), st.integers(-60, 60))
queues = st.lists(people, max_size=25).map(
    lambda told: [standing(number, rank, starts, starts + early) for number, (rank, starts, early) in enumerate(told)]
)
clocks = st.integers(-60, 400).map(lambda minutes: NINE + minutes * MINUTE)


def kind(one: Standing) -> int:
    return FIRST.index(one.rank) if one.rank in FIRST else 2


@given(queues, clocks, st.randoms(use_true_random=False))
def test_the_order_is_one_order_however_the_rows_come(queue, now, chance):
    shuffled = list(queue)
    chance.shuffle(shuffled)
    assert calling_order(shuffled, now) == calling_order(queue, now)
    assert sorted(one.id for one in calling_order(queue, now)) == sorted(one.id for one in queue)


@given(queues, clocks)
def test_emergencies_then_the_urgent_then_the_others_each_class_by_its_time(queue, now):
    due = [one for one in calling_order(queue, now) if one.opens_at <= now]
    assert [kind(one) for one in due] == sorted(kind(one) for one in due)
    for rank in Rank:
        same = [(one.queue_at, one.position) for one in due if one.rank is rank]
        assert same == sorted(same)


@given(queues, clocks)
def test_nobody_is_passed_by_who_is_due_more_than_the_longest_head_start_later(queue, now):
    due = [one for one in calling_order(queue, now) if one.opens_at <= now and one.rank not in FIRST]
    for place, one in enumerate(due):
        assert all(other.queue_at <= one.queue_at + LONGEST for other in due[:place])


@given(queues, clocks)
def test_nobody_is_called_before_his_window_but_emergencies_and_the_urgent_at_once(queue, now):
    first = next_due(queue, now)
    assert (first is None) == all(one.opens_at > now for one in queue)
    if first is not None:
        assert first.opens_at <= now
        came = [one for one in queue if one.rank is Rank.EMERGENCY and one.opens_at <= now]
        assert not came or first.rank is Rank.EMERGENCY


@given(
    st.lists(st.tuples(st.integers(0, 240), st.sampled_from((Rank.ELDERLY, Rank.INPATIENT))), max_size=120),
    st.integers(0, 60),
)
@settings(max_examples=60)
def test_an_ordinary_patient_is_served_though_the_elderly_never_end(others, at):
    """One device, 10 minutes each: his turn comes after no more than those who are due within 30 minutes after him."""
    me = standing(0, Rank.ORDINARY, at, at)
    queue = [me, *(standing(number, rank, when, when) for number, (when, rank) in enumerate(others, 1))]
    allowed = sum(one.queue_at <= me.queue_at + LONGEST for one in queue[1:])
    now, before = NINE, 0
    while (called := next_due(queue, now)) is not me:
        if called is None:
            now += MINUTE
            continue
        queue.remove(called)
        before += 1
        now += 10 * MINUTE
    assert before <= allowed


def test_a_head_start_is_what_the_page_says():
    ordinary = standing(1, Rank.ORDINARY, 0, -5)
    close, far = standing(2, Rank.ELDERLY, 25, 0), standing(3, Rank.ELDERLY, 35, 0)
    ward = standing(4, Rank.INPATIENT, 10, 0)
    order = calling_order([ordinary, close, far, ward], NINE + 30 * MINUTE)
    assert [one.id for one in order] == ["t2", "t4", "t1", "t3"]  # count as -5, -5, 0 and 5


def test_who_is_late_queues_from_his_coming_and_who_is_early_from_his_appointment():
    early, late = standing(1, Rank.ORDINARY, 60, 0), standing(2, Rank.ORDINARY, 0, 31)
    assert NINE + 60 * MINUTE <= early.queue_at < NINE + 60 * MINUTE + SECOND
    assert early.opens_at == NINE + 30 * MINUTE
    assert NINE + 31 * MINUTE <= late.queue_at < NINE + 31 * MINUTE + SECOND
    assert NINE <= standing(3, Rank.ORDINARY, 0, 30).queue_at < NINE + SECOND
    assert standing(4, Rank.URGENT, 60, 5).opens_at == NINE + 5 * MINUTE


def test_ranks():
    assert rank_of("stat", "O", 20, 75) is Rank.EMERGENCY
    assert rank_of("routine", "E", 90, 75) is Rank.EMERGENCY
    assert rank_of("urgent", "I", 90, 75) is Rank.URGENT
    assert rank_of("routine", "I", 75, 75) is Rank.ELDERLY
    assert rank_of("routine", "I", 74, 75) is Rank.INPATIENT
    assert rank_of("routine", "O", None, 75) is Rank.ORDINARY


@given(queues.filter(bool), clocks, st.integers(0, 5), st.data())
def test_who_was_skipped_comes_back_behind_so_many_who_are_due(queue, now, places, data):
    back = data.draw(st.sampled_from(queue))
    others = [one for one in queue if one is not back]
    moved = Standing(back.id, back.rank, time_behind(back, others, places, now), back.opens_at, back.position)
    assert moved.queue_at >= back.queue_at
    due = [one for one in calling_order([*others, moved], now) if one.opens_at <= now]
    if moved not in due:
        return
    before = due.index(moved)
    first = [one for one in calling_order(others, now) if one.opens_at <= now][:places]
    assert all(due.index(one) < before for one in first if kind(one) <= kind(back))
    untouched = calling_order([*others, back], now)
    assert before >= untouched.index(back)


@pytest.mark.parametrize("apart", [5, 0])
def test_one_comes_back_no_further_behind_than_told(apart: int):
    """Also where all have the same appointment time."""
    waiting = [standing(number, Rank.ORDINARY, number * apart, 0) for number in range(1, 7)]
    back = standing(0, Rank.ORDINARY, 0, 0)
    now = NINE + 40 * MINUTE
    moved = Standing(back.id, back.rank, time_behind(back, waiting, 3, now), back.opens_at, back.position)
    assert [one.id for one in calling_order([moved, *waiting], now)] == ["t1", "t2", "t3", "t0", "t4", "t5", "t6"]


def test_an_emergency_comes_back_behind_emergencies_only():
    waiting = [standing(1, Rank.EMERGENCY, 0, 5), *(standing(n, Rank.ORDINARY, 0, 0) for n in range(2, 6))]
    back = standing(0, Rank.EMERGENCY, 0, 0)
    moved = Standing(back.id, back.rank, time_behind(back, waiting, 3, NINE + 10 * MINUTE), back.opens_at, 0)
    order = calling_order([moved, *waiting], NINE + 10 * MINUTE)
    assert [one.id for one in order][:3] == ["t1", "t0", "t2"]


def test_the_examples_are_true():
    for module in (queueing, masking):
        failed, tried = doctest.testmod(module)
        assert tried
        assert not failed
