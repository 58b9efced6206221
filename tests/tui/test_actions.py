"""What a dispatcher does at the desk is done at the site: on a small terminal and on a large one."""

from datetime import timedelta

from tests.tui.driving import SIZES, desk_on
from tests.tui.hospital import book, come, order
from yiji.core import clock
from yiji.core.bus import ActorBus
from yiji.core.contract.booking import Appointment, AppointmentState, BookExam, CancelExam, ShowAppointment
from yiji.core.contract.desk import ShowDesk
from yiji.core.contract.inventory import FindSlots
from yiji.core.contract.order import Priority


def appointment(bus: ActorBus, item: str) -> Appointment:
    """The newest appointment of an item, as the site has it."""
    return bus.ask(ShowAppointment(id=item))


@SIZES
async def test_book_into_the_slot_that_was_picked(bus: ActorBus, size: tuple[int, int]):
    (item,) = order(bus, "谢婉清", "ECG12")
    tomorrow = clock.today("Asia/Shanghai") + timedelta(days=1)
    slots = bus.ask(FindSlots(exam_code="ECG12", first_day=tomorrow, days=1)).slots
    async with desk_on(bus, size) as desk:
        await desk.press("b")
        await desk.until_seen("回车后：谢婉清")
        day = tomorrow.strftime("%m-%d")
        while f"约到 {day}" not in desk.text.replace("\n", ""):
            await desk.press("right")
            await desk.until_seen("回车后")
        await desk.press("home", "down", "down")
        wanted = desk.app.screen.query_one("Table").selected
        await desk.press("enter")
        await desk.until_told("已预约：谢婉清")
        await desk.until(lambda: "已预约" in desk.row(item.id))
    made = appointment(bus, item.id)
    assert made.slot_id == wanted
    assert wanted in {slot.id for slot in slots}


@SIZES
async def test_the_picker_shows_room_time_free_places_and_the_preparation(bus: ActorBus, size: tuple[int, int]):
    order(bus, "谢婉清", "HOLTER")
    async with desk_on(bus, size) as desk:
        await desk.until(lambda: desk.app.reading.preparations, "the names")
        await desk.press("b")
        await desk.press("right")
        await desk.until_seen("00:00-00:15")
        line = next(line for line in desk.lines if "00:00-00:15" in line)
        assert "心电图2室" in line
        assert "心电图机2" in line
        assert "余 2 / 共 2" in line
        assert "穿宽松衣物" in desk.text


async def test_leaving_the_picker_books_nothing(bus: ActorBus):
    (item,) = order(bus)
    async with desk_on(bus) as desk:
        await desk.press("b")
        await desk.until_screen("SlotScreen")
        await desk.press("escape")
        await desk.until_screen("DeskScreen")
    assert not bus.ask(ShowDesk()).rows[0].appointment_id
    assert item.id == bus.ask(ShowDesk()).rows[0].item_id


async def test_full_slots_are_shown_when_wanted_and_cannot_be_taken(bus: ActorBus):
    for number in (1, 2):
        book(bus, order(bus, f"甲{number}", "USABD", number=number)[0], days_ahead=1)
    (item,) = order(bus, "谢婉清", "USABD", number=3)
    async with desk_on(bus, rows=3) as desk:
        await desk.select(item.id)
        await desk.press("b", "right")
        await desk.until_seen("00:15-00:30")
        assert "00:00-00:15" not in desk.text
        await desk.press("f")
        await desk.until_seen("余 0 / 共 2")
        await desk.press("home", "enter")
        await desk.until_told("已约满")
        assert type(desk.app.screen).__name__ == "SlotScreen"


@SIZES
async def test_move_to_another_day_with_a_reason(bus: ActorBus, size: tuple[int, int]):
    (item,) = order(bus, "谢婉清")
    first = book(bus, item, days_ahead=1)
    async with desk_on(bus, size) as desk:
        await desk.press("m", "right", "right")
        await desk.until_seen("回车后：谢婉清")
        await desk.press("enter")
        await desk.until_screen("AskScreen")
        assert "患者需要得到通知" in desk.text
        await desk.press("down", "enter")  # the first of the usual reasons
        await desk.until_told("已改约：谢婉清")
    moved = appointment(bus, item.id)
    assert (moved.id, moved.revision) == (first.id, 2)
    assert moved.starts_at - first.starts_at >= timedelta(hours=23)
    assert moved.changes[-1].reason == "患者要求"


async def test_moving_may_be_left_at_the_last_question(bus: ActorBus):
    (item,) = order(bus)
    first = book(bus, item, days_ahead=1)
    async with desk_on(bus) as desk:
        await desk.press("m", "right")
        await desk.until_seen("回车后")
        await desk.press("end", "enter")
        await desk.until_screen("AskScreen")
        await desk.press("escape")
        await desk.until_screen("SlotScreen")
        await desk.press("escape")
        await desk.until_screen("DeskScreen")
    assert appointment(bus, item.id).slot_id == first.slot_id


@SIZES
async def test_cancel_needs_a_reason(bus: ActorBus, size: tuple[int, int]):
    (item,) = order(bus, "谢婉清")
    book(bus, item, days_ahead=1)
    async with desk_on(bus, size) as desk:
        await desk.press("x")
        await desk.until_screen("AskScreen")
        await desk.press("enter")
        await desk.until_seen("请填写原因")
        assert appointment(bus, item.id).state is AppointmentState.BOOKED
        await desk.type("remade")
        await desk.press("enter")
        await desk.until_told("已取消：谢婉清")
        await desk.until(lambda: "待预约" in desk.row(item.id))
    cancelled = appointment(bus, item.id)
    assert cancelled.state is AppointmentState.CANCELLED
    assert cancelled.changes[-1].reason == "remade"


@SIZES
async def test_check_in_today(bus: ActorBus, size: tuple[int, int]):
    (item,) = order(bus, "谢婉清", "DAYLONG")
    book(bus, item)
    async with desk_on(bus, size) as desk:
        await desk.press("i")
        await desk.until_told("A001 号")
        await desk.until(lambda: desk.queue.lines, "the queue")
        await desk.until(lambda: "A001" in desk.row(item.id))
        assert "监护病房" in desk.text
    assert appointment(bus, item.id).state is AppointmentState.CHECKED_IN


async def test_check_in_on_another_day_is_refused(bus: ActorBus):
    (item,) = order(bus)
    book(bus, item, days_ahead=2)
    async with desk_on(bus) as desk:
        await desk.press("i")
        await desk.until_told("不是今天")
    assert appointment(bus, item.id).state is AppointmentState.BOOKED


@SIZES
async def test_call_the_next_and_then_call_again(bus: ActorBus, size: tuple[int, int]):
    first, _ = come(bus, "谢婉清", "宋国栋")
    async with desk_on(bus, size, rows=2) as desk:
        await desk.press("n")
        await desk.until_told("请 A001 号 谢婉清 到 监护病房")
        await desk.until(lambda: "已叫号" in desk.row(first))
        await desk.select(first)
        await desk.press("c")  # did not come: once more
        await desk.until(lambda: desk.told.count("请 A001 号") == 2)


async def test_call_out_of_turn_asks_first(bus: ActorBus):
    first, second = come(bus, "谢婉清", "宋国栋")
    async with desk_on(bus, rows=2) as desk:
        await desk.press("tab", "down", "c")  # the second in the queue
        await desk.until_screen("AskScreen")
        assert "还有 1 位" in desk.text
        await desk.press("enter")
        await desk.until_told("请 A002 号 宋国栋")
    stages = {row.item_id: row.stage for row in bus.ask(ShowDesk()).rows}
    assert stages == {first: "checked_in", second: "called"}


async def test_the_next_of_which_room(bus: ActorBus):
    come(bus, "谢婉清")
    come(bus, "宋国栋", exam="USABD", first=2)
    async with desk_on(bus, rows=2) as desk:
        await desk.until(lambda: len(desk.queue.lines) == 2)
        await desk.press("n")
        await desk.until_screen("ChooseScreen")
        assert "超声1室  下一位 A001 宋国栋" in desk.text
        await desk.press("home", "enter")  # by the room's code: US-R1 before WARD-R
        await desk.until_told("请 A001 号 宋国栋 到 超声1室")


async def test_what_makes_no_sense_is_said_without_asking_the_site(bus: ActorBus):
    booked, unbooked = order(bus, "谢婉清", number=1)[0], order(bus, "宋国栋", number=2)[0]
    book(bus, booked, days_ahead=1)
    async with desk_on(bus, rows=2) as desk:
        await desk.select(booked.id)
        await desk.press("b")
        await desk.until_told("已有预约")
        await desk.press("c")
        await desk.until_told("不在排队中")
        await desk.select(unbooked.id)
        await desk.press("m")
        await desk.until_told("宋国栋 的 十二导联心电图 尚未预约")
        await desk.press("n")
        await desk.until_told("没有等候的患者")


@SIZES
async def test_all_that_is_known_of_an_examination(bus: ActorBus, size: tuple[int, int]):
    (item,) = order(bus, "谢婉清", priority=Priority.STAT, visit="I")
    bus.ask(CancelExam(appointment_id=book(bus, item, days_ahead=1).id, reason="患者未到"))
    book(bus, item, days_ahead=1)
    async with desk_on(bus, size) as desk:
        await desk.press("enter")
        await desk.until_seen("心内科 王主任")
        for part in ("特急", "住院", item.accession_number, "P10231", "胸闷待查"):
            assert part in desk.text
        await desk.press("end")
        await desk.until_seen("operator")  # who booked it


async def test_somebody_else_takes_the_slot(bus: ActorBus):
    (item,) = order(bus, "谢婉清", "USABD", number=9)
    others = [order(bus, f"甲{number}", "USABD", number=number)[0] for number in (1, 2)]
    async with desk_on(bus, rows=3) as desk:
        await desk.select(item.id)
        await desk.press("b", "right")
        await desk.until_seen("00:00-00:15")
        slot = desk.app.screen.query_one("Table").selected
        for other in others:
            bus.ask(BookExam(item_id=other.id, slot_id=slot))
        await desk.press("enter")
        await desk.until_told("已满")
        await desk.until_told("→ 最近可约时段")
        await desk.until_screen("SlotScreen")  # choose again, on the same day
        await desk.until(lambda: slot not in {line.key for line in desk.app.screen.query_one("Table").lines})
        await desk.until_seen("回车后")
        await desk.press("enter")
        await desk.until_told("已预约：谢婉清")
