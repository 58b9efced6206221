"""Refusals are told in the user's words, and the desk outlives a site that goes away."""

from typing import Any, TypeVar

import pytest

from tests.tui.driving import SMALL, Desk, desk_on
from tests.tui.hospital import book, order
from tests.tui.weather import Weather
from yiji.core import i18n
from yiji.core.app import App
from yiji.core.bus import ActorBus
from yiji.core.contract.booking import BookExam, ShowAppointment
from yiji.core.contract.desk import ShowDesk
from yiji.core.contract.inventory import FindSlots
from yiji.core.contract.queue import CheckIn
from yiji.core.errors import NoSite, NotPermitted, NotSignedIn, ServerUnavailable, StoreUnavailable, YijiError
from yiji.core.message import Command, Request
from yiji.tui.app import DeskApp
from yiji.tui.link import Link
from yiji.tui.widgets.statusline import StatusLine

R = TypeVar("R")


def status(desk: Desk) -> str:
    """What the status line says."""
    return str(desk.desk.query_one(StatusLine).render())


@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_a_refusal_is_told_with_what_to_do(app: App, bus: ActorBus, lang: str):
    (item,) = order(bus)
    book(bus, item, days_ahead=1)
    doctor = app.bus_as(app.token_for("wang", "doctor"))  # may see the desk, may not check in
    async with desk_on(doctor, SMALL, lang) as desk:
        await desk.press("i")
        message, hint = i18n.explain(NotPermitted(actor="wang", permission="queue.manage"), lang)
        await desk.until_told(f"{message}\n→ {hint}")


async def test_what_changed_behind_the_desks_back_is_refused(bus: ActorBus):
    (item,) = order(bus, "谢婉清", "DAYLONG")
    appointment = book(bus, item)
    weather = Weather(bus)
    async with desk_on(weather) as desk:
        weather.fault = StoreUnavailable(detail="down")  # the desk sees no more than this
        await desk.until(lambda: "中断" in status(desk), "the loss")
        bus.ask(CheckIn(appointment_id=appointment.id))
        weather.fault = None
        await desk.press("i")
        await desk.until_told("不能进行此操作")


@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_the_desk_outlives_a_site_that_goes_away(bus: ActorBus, lang: str):
    order(bus, "谢婉清", number=2)
    item = order(bus, "宋国栋", number=3)[0].id
    weather = Weather(bus)
    async with desk_on(weather, SMALL, lang, rows=2) as desk:
        await desk.select(item)
        weather.fault = StoreUnavailable(detail="connection refused")
        message, hint = i18n.explain(weather.fault, lang)
        await desk.until(lambda: message in status(desk), "the fault")
        assert hint in status(desk)
        assert desk.desk.query_one(StatusLine).has_class("-lost")
        assert len(desk.orders.lines) == 2  # what was seen last still stands
        await desk.press("b")
        await desk.until_told(message)
        await desk.press("escape")
        order(bus, "韩立新", number=4)
        weather.fault = None
        await desk.until(lambda: len(desk.orders.lines) == 3)
        await desk.until_told("连接已恢复" if lang == "zh" else "Connected again")
        assert not desk.desk.query_one(StatusLine).has_class("-lost")
        assert desk.orders.selected == item


async def test_a_lost_answer_is_no_second_booking(bus: ActorBus):
    """The site booked, the answer was lost: Enter once more gives the booking that was made, not a refusal."""
    (item,) = order(bus, "谢婉清")
    weather = Weather(bus)
    async with desk_on(weather) as desk:
        await desk.press("b", "right")
        await desk.until_seen("回车后")
        weather.loses_answers = True
        await desk.press("enter")
        await desk.until_told("connection reset")
        await desk.until_screen("SlotScreen")
        weather.loses_answers = False
        await desk.until_seen("回车后")
        await desk.press("enter")
        await desk.until_told("已预约：谢婉清")
    assert bus.ask(ShowAppointment(id=item.id)).revision == 1


def test_the_key_of_a_wish_lasts_until_there_is_an_answer(bus: ActorBus):
    first, second = order(bus, "谢婉清", number=2)[0], order(bus, "宋国栋", number=3)[0]
    keys: list[str] = []

    class Keys(Weather):
        def ask(self, request: Request[R], *, key: str = "", **kwargs: Any) -> R:
            if isinstance(request, Command):
                keys.append(key)
            return super().ask(request, key=key, **kwargs)

    weather = Keys(bus)
    link = Link(lambda: weather)
    slots = bus.ask(FindSlots(exam_code="ECG12", days=3)).slots
    wish = BookExam(item_id=first.id, slot_id=slots[-1].id)
    weather.loses_answers = True
    with pytest.raises(ServerUnavailable):
        link.ask(wish)
    weather.loses_answers = False
    link.ask(wish)
    link.ask(BookExam(item_id=second.id, slot_id=slots[-1].id))
    with pytest.raises(YijiError, match="already_booked"):
        link.ask(wish)  # another deed by now
    assert keys[0] == keys[1]
    assert len(set(keys)) == 3


async def test_no_site_ends_the_desk_and_says_why():
    def open_bus() -> ActorBus:
        raise NoSite(path="/nowhere")

    app = DeskApp(open_bus, "zh")
    async with app.run_test(size=SMALL) as pilot:
        for _ in range(200):
            if app.return_value is not None:
                break
            await pilot.pause(0.02)
    assert isinstance(app.return_value, NoSite)


async def test_a_site_that_is_not_up_yet_is_waited_for(bus: ActorBus):
    order(bus)
    tries: list[int] = []

    def open_bus() -> ActorBus:
        tries.append(1)
        if len(tries) < 2:
            raise StoreUnavailable(detail="starting")
        return bus

    app = DeskApp(open_bus, "zh")
    async with app.run_test(size=SMALL) as pilot:
        desk = Desk(app, pilot)
        await desk.until(lambda: "starting" in status(desk), "the fault")
        await desk.until(lambda: desk.orders.lines, "the orders")
    assert len(tries) == 2


async def test_a_token_that_ran_out_is_told_and_does_not_end_the_desk(bus: ActorBus):
    order(bus)
    weather = Weather(bus)
    async with desk_on(weather) as desk:
        weather.fault = NotSignedIn(detail="token expired")
        await desk.until(lambda: "token expired" in status(desk), "the fault")
        assert "无法读取" in status(desk)
        weather.fault = None
        await desk.until(lambda: "已连接" in status(desk))
    assert bus.ask(ShowDesk()).rows
