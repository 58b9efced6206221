"""The slot board: pools, more places, stops, and who is to be told of them."""

from datetime import timedelta

from tests.tui.driving import SIZES, Desk, desk_on
from tests.tui.hospital import book, order
from tests.tui.weather import Weather
from yiji.core import clock, i18n
from yiji.core.app import App
from yiji.core.bus import ActorBus
from yiji.core.contract.booking import Appointment, ShowAppointment
from yiji.core.contract.inventory import AddPlaces, FindSlots, ListStops, Slot, StopDevice
from yiji.core.errors import NotPermitted, StoreUnavailable


def tomorrow(bus: ActorBus, device: str = "US-1") -> tuple[Slot, ...]:
    """A device's slots of tomorrow, as the site has them."""
    day = clock.today("Asia/Shanghai") + timedelta(days=1)
    return bus.ask(FindSlots(device=device, first_day=day, days=1, only_free=False)).slots


def patients(bus: ActorBus, count: int = 2, visit: str = "O") -> list[Appointment]:
    """Book patients into the first slots of tomorrow."""
    names = ("谢婉清", "宋国栋", "韩立新", "唐雪梅")[:count]
    items = [order(bus, name, "USABD", number=at, visit=visit)[0] for at, name in enumerate(names, 1)]
    return [book(bus, item, days_ahead=1) for item in items]


@SIZES
async def test_the_board_shows_pools_and_what_is_closed(bus: ActorBus, size: tuple[int, int]):
    patients(bus, 1, visit="E")
    closed = tomorrow(bus)[2]
    bus.ask(StopDevice(device="US-1", starts_at=closed.starts_at, ends_at=closed.ends_at, reason="保养"))
    async with desk_on(bus, size) as desk:
        await desk.open_board("彩超1")
        assert desk.board_line("00:00-00:15") == ["00:00-00:15", "1", "", "2", "1", "急诊 1/2  线上 0/1"]
        assert desk.board_line("00:30-00:45")[4] == "停诊"
        await desk.until_seen("超声1室  还可加号 1 个  急诊 可约 1  线上 可约 1")
        await desk.press("down", "down")
        await desk.until_seen("已停诊，不能预约")
        await desk.press("l")
        await desk.until_seen("Closed: nothing can be booked.")
        await desk.until_seen("emerg. 1/2  online 0/1")
        assert "tui." not in desk.text


async def test_the_board_begins_with_the_slot_of_the_moment(bus: ActorBus):
    order(bus)
    async with desk_on(bus) as desk:
        await desk.open_board("彩超1")
        await desk.press("escape", "o", "home", "down", "down", "enter")
        await desk.until_screen("BoardScreen")
        await desk.until(lambda: desk.app.screen.query_one("Table").lines, "the slots")
        now = clock.now()
        slots = bus.ask(FindSlots(device="US-1", days=1, only_free=False)).slots
        current = [slot for slot in slots if slot.ends_at > now][:2]  # the next, should a slot have ended just now
        table = desk.app.screen.query_one("Table")
        if current:
            await desk.until(lambda: table.selected in {slot.id for slot in current}, "the slot of the moment")
            await desk.until_seen(desk.app.reading.time(current[0].starts_at))


@SIZES
async def test_a_day_without_slots(bus: ActorBus, size: tuple[int, int]):
    order(bus)
    async with desk_on(bus, size) as desk:
        await desk.open_board("彩超1")
        await desk.press("right", "right")
        await desk.until_seen("这一天没有开放号源")
        await desk.press("s", "a")  # nothing is selected, nothing happens
        assert type(desk.app.screen).__name__ == "BoardScreen"


@SIZES
async def test_a_place_is_added_until_the_budget_is_spent(bus: ActorBus, size: tuple[int, int]):
    order(bus)
    async with desk_on(bus, size) as desk:
        await desk.open_board("彩超1")
        await desk.press("a")
        await desk.until_screen("AskScreen")
        await desk.until_seen("还可加 1 个")
        await desk.press("enter")
        await desk.until_seen("请填写原因")
        assert tomorrow(bus)[0].capacity == 2
        await desk.press("down", "enter")
        await desk.until_told("已加号：彩超1")
        await desk.until(lambda: desk.board_line("00:00-00:15")[3:5] == ["3", "3"], "the new place")
        await desk.press("a")
        await desk.until_told("加号额度已用完")
    assert (tomorrow(bus)[0].capacity, tomorrow(bus)[0].extra) == (3, 0)


async def test_somebody_else_spends_the_budget(bus: ActorBus):
    order(bus)
    async with desk_on(bus) as desk:
        await desk.open_board("彩超1")
        bus.ask(AddPlaces(slot_id=tomorrow(bus)[0].id, reason="院领导"))
        await desk.press("a")
        await desk.until_screen("AskScreen")
        await desk.press("down", "enter")
        await desk.until_told("还可加 0 个号，不能加 1 个")
        await desk.until_screen("BoardScreen")


async def test_who_may_not_add_places_is_told(app: App, bus: ActorBus):
    order(bus)
    dispatcher = app.bus_as(app.token_for("zhang", "dispatcher"))
    async with desk_on(dispatcher) as desk:
        await desk.open_board("彩超1")
        await desk.press("a")
        await desk.until_screen("AskScreen")
        await desk.press("down", "enter")
        message, hint = i18n.explain(NotPermitted(actor="zhang", permission="slot.extra"), "zh")
        await desk.until_told(f"{message}\n→ {hint}")
        await desk.until_screen("BoardScreen")
    assert tomorrow(bus)[0].capacity == 2


async def test_a_lost_answer_is_no_second_place(bus: ActorBus):
    order(bus)
    weather = Weather(bus)
    async with desk_on(weather) as desk:
        await desk.open_board("彩超1")
        await desk.press("a")
        await desk.until_screen("AskScreen")
        await desk.type("why")
        weather.loses_answers = True
        await desk.press("enter")
        await desk.until_told("connection reset")
        weather.loses_answers = False
        await desk.until_screen("AskScreen")
        await desk.until_seen("why")  # what was said stands there again
        await desk.press("enter")
        await desk.until_told("已加号")
    assert (tomorrow(bus)[0].capacity, tomorrow(bus)[0].extra) == (3, 0)


async def test_the_site_is_lost_while_the_board_is_open(bus: ActorBus):
    order(bus)
    weather = Weather(bus)
    async with desk_on(weather) as desk:
        await desk.open_board("彩超1")
        weather.fault = StoreUnavailable(detail="down")
        await desk.press("r")
        await desk.until_told(i18n.explain(weather.fault, "zh")[0])
        await desk.press("left")
        await desk.until_seen("号源没有查到，请按 r 再试")
        weather.fault = None
        await desk.press("r", "right")
        await desk.until(lambda: desk.board_line("00:00-00:15"), "the slots")


async def stop_the_day(desk: Desk) -> None:
    """From the first slot of tomorrow to the day's end."""
    await desk.press("s")
    await desk.until_screen("ChooseScreen")
    await desk.until_seen("仅此时段")
    await desk.press("home", "down", "down", "enter")  # this slot, until ..., the rest of the day
    await desk.until_screen("ForeseenScreen")


@SIZES
async def test_a_device_is_stopped_and_the_displaced_are_told(bus: ActorBus, size: tuple[int, int]):
    first, second = patients(bus)
    async with desk_on(bus, size, rows=2) as desk:
        await desk.open_board("彩超1")
        await stop_the_day(desk)
        for part in ("谢婉清", "宋国栋", "13800000000", "影响 2 位患者，0 位"):
            await desk.until_seen(part)
        assert not bus.ask(ListStops()).stops  # foreseen, not done
        await desk.press("enter")
        await desk.until_screen("AskScreen")
        await desk.until_seen("2 位可改到其他时段")
        await desk.press("enter")
        await desk.until_seen("请填写原因")
        await desk.press("down", "down", "down", "down", "enter")
        await desk.until_told("已停诊：彩超1")
        await desk.until_screen("DisplacedScreen")
        await desk.until_seen("需通知的 2 位患者")
        await desk.press("space")
        await desk.until_seen("已通知")
        (stop,) = bus.ask(ListStops()).stops
        assert (stop.reason, stop.untold, len(stop.displaced)) == ("设备故障", 1, 2)
        await desk.press("e")  # ended at once? asked first, and left
        await desk.until_screen("AskScreen")
        await desk.press("escape")
        await desk.until(lambda: desk.board_line("00:00-00:15")[4] == "停诊", "the closed slots")
    assert all(slot.closed for slot in tomorrow(bus))
    for was in (first, second):
        now = bus.ask(ShowAppointment(id=was.id))
        assert now.slot_id not in {slot.id for slot in tomorrow(bus)}


@SIZES
async def test_the_list_is_found_again_and_the_stop_ended_early(bus: ActorBus, size: tuple[int, int]):
    patients(bus)
    day = tomorrow(bus)
    bus.ask(StopDevice(device="US-1", starts_at=day[0].starts_at, ends_at=day[1].ends_at, reason="停电"))
    async with desk_on(bus, size, rows=2) as desk:
        await desk.open_board("彩超1")
        await desk.press("t")
        await desk.until_screen("ChooseScreen")
        await desk.until_seen("停电  2 位待通知")
        await desk.press("enter")
        await desk.until_screen("DisplacedScreen")
        await desk.press("down", "space")
        await desk.until_seen("已通知")
        await desk.press("e")
        await desk.until_screen("AskScreen")
        await desk.until_seen("提前结束 彩超1 的停诊")
        await desk.press("enter")
        await desk.until_told("已恢复：彩超1")
        await desk.until(lambda: desk.board_line("00:00-00:15")[4] == "2", "the open slots")
        await desk.press("t")
        await desk.until_told("没有生效或将要开始的停诊")
    (stop,) = bus.ask(ListStops(past=True)).stops
    assert (stop.untold, stop.resumed_at is None) == (1, False)


async def test_a_stop_may_be_left_at_every_question(bus: ActorBus):
    patients(bus)
    async with desk_on(bus, rows=2) as desk:
        await desk.open_board("彩超1")
        await stop_the_day(desk)
        await desk.press("enter")
        await desk.until_screen("AskScreen")
        await desk.press("escape")
        await desk.until_screen("BoardScreen")
        await stop_the_day(desk)
        await desk.press("escape")
        await desk.until_screen("BoardScreen")
        await desk.press("s", "escape")
        await desk.until_screen("BoardScreen")
    assert not bus.ask(ListStops()).stops


async def test_a_stop_until_a_moment_of_the_day(bus: ActorBus):
    order(bus)
    async with desk_on(bus) as desk:
        await desk.open_board("彩超1")
        await desk.press("down", "s")
        await desk.until_screen("ChooseScreen")
        await desk.press("home", "down", "enter")
        await desk.until_seen("停到几点")
        await desk.press("home", "down", "enter")
        await desk.until_screen("AskScreen")  # nobody is displaced: nothing to look at before
        await desk.until_seen("00:15-00:45")
        await desk.until_seen("没有患者受影响")
        await desk.type("x")
        await desk.press("enter")
        await desk.until_told("已停诊：彩超1")
    assert [slot.closed for slot in tomorrow(bus)[:4]] == [False, True, True, False]


async def test_who_has_no_other_place_is_told_with_the_reason(bus: ActorBus):
    patients(bus, 1)
    now = clock.now()
    async with desk_on(bus) as desk:
        await desk.open_board("彩超1")
        others = tomorrow(bus)[1:]
        bus.ask(
            StopDevice(device="US-1", starts_at=now, ends_at=others[0].starts_at - timedelta(minutes=15), reason="x")
        )
        bus.ask(StopDevice(device="US-1", starts_at=others[0].starts_at, ends_at=now + timedelta(days=9), reason="x"))
        await desk.press("s", "enter")
        await desk.until_seen("待人工安排")
        await desk.until_seen("未能改约：没有合适的号源")


async def test_a_technician_may_look_and_not_stop(app: App, bus: ActorBus):
    order(bus)
    technician = app.bus_as(app.token_for("li", "technician"))
    async with desk_on(technician) as desk:
        await desk.open_board("彩超1")
        await desk.press("s", "enter")
        await desk.until_told(i18n.explain(NotPermitted(actor="li", permission="slot.manage"), "zh")[0])
        await desk.until_screen("BoardScreen")
