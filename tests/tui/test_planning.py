"""One-stop planning at the desk: all of a patient's examinations, booked together or not at all."""

from datetime import timedelta

import pytest

from tests.tui.driving import SIZES, Desk, desk_on
from tests.tui.hospital import book, order
from tests.tui.weather import Weather
from yiji.core import clock
from yiji.core.bus import ActorBus
from yiji.core.contract.booking import ListAppointments
from yiji.core.contract.desk import DeskRow, ShowDesk
from yiji.core.contract.inventory import StopDevice
from yiji.core.errors import StoreUnavailable

EXAMS = ("ECG12", "HOLTER", "USABD")


def rows(bus: ActorBus) -> list[DeskRow]:
    """The desk's rows, as the site has them."""
    return list(bus.ask(ShowDesk()).rows)


async def planned(desk: Desk) -> None:
    """Press the key and wait for alternatives."""
    await desk.press("p")
    await desk.until_screen("PlanScreen")
    await desk.until(lambda: desk.app.screen.query_one("Table").lines, "the alternatives")


@SIZES
@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_a_plan_is_looked_at_and_booked_whole(bus: ActorBus, size: tuple[int, int], lang: str):
    order(bus, "谢婉清", *EXAMS)
    async with desk_on(bus, size, lang, rows=3) as desk:
        await desk.until(lambda: desk.app.reading.preparations, "the names")
        await planned(desk)
        for part in ("十二导联心电图", "24小时动态心电图", "腹部彩超", "心电图2室", "超声1室", "空腹 8 小时"):
            await desk.until_seen(part)
        await desk.until_seen("来院次数最少" if lang == "zh" else "fewest visits")
        assert ("来院" in desk.text) == (lang == "zh")  # a reason in one language
        assert "tui." not in desk.text
        await desk.press("down", "enter")
        await desk.until_told("谢婉清 的 3 项检查" if lang == "zh" else "3 examinations of 谢婉清")
        await desk.until(lambda: all(desk.row(row.item_id) for row in rows(bus)))
    plans = {one.plan_id for one in bus.ask(ListAppointments(days=3)).appointments}
    assert [row.appointment_state for row in rows(bus)] == ["booked"] * 3
    assert len(plans) == 1
    assert plans != {""}


async def test_a_plan_goes_across_departments_and_leaves_out_what_is_booked(bus: ActorBus):
    ecg, holter, abdomen = order(bus, "谢婉清", *EXAMS)
    order(bus, "宋国栋", "ECG12", number=2)
    book(bus, holter, days_ahead=1)
    async with desk_on(bus, rows=2, department="ECG") as desk:
        await desk.select(holter.id)  # booked itself: the others of the patient are planned
        await planned(desk)
        await desk.until_seen("腹部彩超")
        await desk.press("enter")
        await desk.until_told("2 项检查")
    booked = {row.item_id for row in rows(bus) if row.appointment_id}
    assert booked == {ecg.id, holter.id, abdomen.id}


async def test_leaving_a_plan_books_nothing_and_nothing_to_plan_is_told(bus: ActorBus):
    (item,) = order(bus, "谢婉清")
    async with desk_on(bus) as desk:
        await planned(desk)
        await desk.press("escape")
        await desk.until_screen("DeskScreen")
        assert not rows(bus)[0].appointment_id
        book(bus, item, days_ahead=1)
        await desk.press("p")
        await desk.until_told("谢婉清 没有待预约的检查")


@SIZES
async def test_what_has_no_place_is_told_and_the_rest_is_planned(bus: ActorBus, size: tuple[int, int]):
    order(bus, "谢婉清", "ECG12", "USABD")
    now = clock.now()
    bus.ask(StopDevice(device="US-1", starts_at=now, ends_at=now + timedelta(days=10), reason="坏了"))
    async with desk_on(bus, size, rows=2) as desk:
        await planned(desk)
        await desk.until_seen("排不进去：腹部彩超（肝胆胰脾）（没有合适的号源）")
        await desk.press("enter")
        await desk.until_told("1 项检查")
    assert {row.exam_code: bool(row.appointment_id) for row in rows(bus)} == {"ECG12": True, "USABD": False}


async def test_nothing_at_all_can_be_placed(bus: ActorBus):
    order(bus, "谢婉清", "USABD")
    now = clock.now()
    bus.ask(StopDevice(device="US-1", starts_at=now, ends_at=now + timedelta(days=10), reason="坏了"))
    async with desk_on(bus) as desk:
        await desk.press("p")
        await desk.until_seen("排不进去")
        await desk.press("enter")  # there is nothing to take
        assert type(desk.app.screen).__name__ == "PlanScreen"


async def test_a_plan_that_was_overtaken_is_made_anew(bus: ActorBus):
    ecg, _, _ = order(bus, "谢婉清", *EXAMS)
    async with desk_on(bus, rows=3) as desk:
        await planned(desk)
        book(bus, ecg, days_ahead=2)  # beyond the plan, at whatever hour
        await desk.press("enter")
        await desk.until_told("已有预约")
        await desk.until(lambda: desk.app.screen.query("#steps") and "十二导联" not in desk.text, "a new plan")
        await desk.until(lambda: desk.app.screen.query_one("Table").lines, "the alternatives")
        await desk.press("enter")
        await desk.until_told("2 项检查")
    assert all(row.appointment_id for row in rows(bus))


@SIZES
async def test_the_site_is_lost_while_it_is_planned(bus: ActorBus, size: tuple[int, int]):
    order(bus, "谢婉清", *EXAMS)
    weather = Weather(bus)
    async with desk_on(weather, size, rows=3) as desk:
        await planned(desk)
        weather.fault = StoreUnavailable(detail="down")
        await desk.press("r")
        await desk.until_seen("没有排出方案")
        weather.fault = None
        await desk.press("r")
        await desk.until(lambda: desk.app.screen.query_one("Table").lines, "the alternatives")
        weather.loses_answers = True
        await desk.press("enter")
        await desk.until_told("connection reset")
        await desk.until_screen("PlanScreen")  # the same plan: what was booked is not booked again, nor refused
        weather.loses_answers = False
        await desk.press("enter")
        await desk.until_told("谢婉清 的 3 项检查")
    assert {one.revision for one in bus.ask(ListAppointments(days=3)).appointments} == {1}
