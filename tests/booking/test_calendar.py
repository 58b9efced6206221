"""Cutting calendars into slots: inside the hours, never overlapping, closures kept, the clocks' changes too."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yiji.booking.rules.calendar import NewSlot, between, cut, is_closed, opening, slots_of
from yiji.core.contract.catalogue import Calendar, Closure

ZONES = ("Asia/Shanghai", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Africa/Cairo")
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)  # the clocks of Berlin change, both on a Sunday


def _calendar(opens: time, closes: time, minutes: int, **more: object) -> Calendar:
    told = {"device": "CT-1", "weekdays": (1, 2, 3, 4, 5, 6, 7), "capacity": 2, **more}
    return Calendar.model_validate({**told, "opens": opens, "closes": closes, "slot_minutes": minutes})


def _walls(calendar: Calendar, day: date, zone: str) -> list[str]:
    return [f"{start.astimezone(ZoneInfo(zone)):%H:%M}" for start, _ in cut(calendar, day, zone)]


def test_spring_has_an_hour_less_and_autumn_one_more() -> None:
    night = _calendar(time(0), time(4), 30)
    assert len(list(cut(night, date(2026, 3, 28), "Europe/Berlin"))) == 8
    assert _walls(night, SPRING, "Europe/Berlin") == ["00:00", "00:30", "01:00", "01:30", "03:00", "03:30"]
    autumn = list(cut(night, AUTUMN, "Europe/Berlin"))
    assert len(autumn) == len(set(autumn)) == 10
    assert {end - start for start, end in autumn} == {timedelta(minutes=30)}


def test_hours_that_do_not_exist_are_not_worked() -> None:
    assert list(cut(_calendar(time(2), time(3), 10), SPRING, "Europe/Berlin")) == []
    assert _walls(_calendar(time(2), time(4), 30), SPRING, "Europe/Berlin") == ["03:00", "03:30"]


def test_day_after_day_the_wall_clock_shows_the_same() -> None:
    office = _calendar(time(8), time(9), 20)
    for day in (date(2026, 3, 28), SPRING, date(2026, 3, 30), AUTUMN, date(2026, 10, 26)):
        assert _walls(office, day, "Europe/Berlin") == ["08:00", "08:20", "08:40"]


def test_midnight_closes_the_day() -> None:
    slots = list(cut(_calendar(time(23), time(0), 20), date(2026, 3, 2), "Asia/Shanghai"))
    assert [(end - start).seconds for start, end in slots] == [1200] * 3
    assert slots[-1][1] == datetime(2026, 3, 2, 16, tzinfo=UTC)


def test_a_rest_shorter_than_a_slot_is_not_cut() -> None:
    assert _walls(_calendar(time(8), time(8, 50), 20), date(2026, 3, 2), "Asia/Shanghai") == ["08:00", "08:20"]


def test_bounds_and_weekdays_of_a_calendar() -> None:
    bounded = _calendar(time(8), time(9), 60, weekdays=(1,), first_day="2026-03-02", last_day="2026-03-09")
    days = [date(2026, 2, 23) + timedelta(days=n) for n in range(30)]
    worked = [day for day in days if list(cut(bounded, day, "Asia/Shanghai"))]
    assert worked == [date(2026, 3, 2), date(2026, 3, 9)]


@pytest.mark.parametrize(
    ("closure", "shut"),
    [
        ({}, True),
        ({"campus": "EAST"}, True),
        ({"campus": "WEST"}, False),
        ({"device": "CT-1"}, True),
        ({"device": "CT-2"}, False),
        ({"device": "CT-1", "campus": "EAST"}, True),
    ],
)
def test_whom_a_closure_is_about(closure: dict[str, str], shut: bool) -> None:
    holiday = Closure(first_day=date(2026, 10, 1), last_day=date(2026, 10, 7), name="国庆节", **closure)  # pyright: ignore[reportArgumentType]
    assert is_closed([holiday], date(2026, 10, 7), "CT-1", "EAST") is shut
    assert not is_closed([holiday], date(2026, 10, 8), "CT-1", "EAST")


_TIMES = st.integers(0, 24 * 12 - 1).map(lambda five: time(five // 12, five % 12 * 5))
_CALENDARS = st.builds(
    _calendar, _TIMES, _TIMES, st.integers(5, 180), weekdays=st.sets(st.integers(1, 7), min_size=1).map(tuple)
)
_CLOSURES = st.builds(
    lambda first, length: Closure(first_day=first, last_day=first + timedelta(days=length), name="休"),
    st.dates(date(2026, 3, 20), date(2026, 11, 10)),
    st.integers(0, 5),
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    st.lists(_CALENDARS, max_size=4),
    st.lists(_CLOSURES, max_size=3),
    st.sampled_from((SPRING, AUTUMN, date(2026, 7, 1))),
    st.sampled_from(ZONES),
)
def test_whatever_the_calendars_slots_are_sound(
    calendars: list[Calendar], closures: list[Closure], around: date, zone: str
) -> None:
    wanted = [around + timedelta(days=offset) for offset in range(-5, 6)]
    made = list(slots_of(calendars, closures, wanted, "", zone))
    for one, following in pairwise(made):
        assert one.ends_at <= following.starts_at
    for slot in made:
        day = slot.starts_at.astimezone(ZoneInfo(zone)).date()
        assert slot.ends_at - slot.starts_at == timedelta(minutes=slot.calendar.slot_minutes)
        opens, closes = opening(slot.calendar, day, ZoneInfo(zone))
        assert opens <= slot.starts_at
        assert slot.ends_at <= closes
        assert day.isoweekday() in slot.calendar.weekdays
        assert not any(closure.first_day <= day <= closure.last_day for closure in closures)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.integers(0, 200), st.integers(1, 30))), st.integers(1, 40))
def test_what_is_clear_overlaps_nothing_that_is_there(spans: list[tuple[int, int]], minutes: int) -> None:
    start = datetime(2026, 3, 2, tzinfo=UTC)
    there: list[tuple[datetime, datetime]] = []
    for begins, length in sorted(spans):
        span = (start + timedelta(minutes=begins), start + timedelta(minutes=begins + length))
        if not there or there[-1][1] <= span[0]:
            there.append(span)
    pattern = _calendar(time(8), time(12), minutes)
    wanted = [NewSlot(*span, pattern) for span in cut(pattern, date(2026, 3, 2), "UTC")]
    wanted = [NewSlot(one.starts_at - timedelta(hours=8), one.ends_at - timedelta(hours=8), pattern) for one in wanted]
    told = list(between(wanted, there))
    assert [slot for slot, _ in told] == wanted
    for slot, clear in told:
        assert clear == all(slot.ends_at <= begins or ends <= slot.starts_at for begins, ends in there)
