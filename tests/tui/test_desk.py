"""What the desk shows, on a small terminal and on a large one, in both languages."""

import threading

import pytest
from rich.cells import cell_len

from tests.tui.driving import LARGE, SIZES, SMALL, Desk, desk_on
from tests.tui.hospital import a_day, book, order
from yiji.core.app import App
from yiji.core.bus import ActorBus
from yiji.core.contract.access import AddUser, IssueToken
from yiji.core.contract.order import Priority
from yiji.core.contract.queue import CheckIn
from yiji.tui.app import DeskApp
from yiji.tui.screens.help import HelpScreen


@SIZES
async def test_the_frame_stands_before_there_is_a_site(size: tuple[int, int], bus: ActorBus):
    order(bus)
    go = threading.Event()

    def open_bus() -> ActorBus:
        go.wait(30)
        return bus

    app = DeskApp(open_bus, "zh")
    async with app.run_test(size=size) as pilot:
        desk = Desk(app, pilot)
        await desk.until_seen("医技调度台")
        for part in ("正在连接", "检查项目", "排队候诊" if size == SMALL else "诊室", "b 预约", "q 退出"):
            assert part in desk.text
        go.set()
        await desk.until_seen("已连接")
        await desk.until(lambda: desk.orders.lines, "the orders")


@SIZES
@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_every_line_fits_and_no_text_is_missing(bus: ActorBus, size: tuple[int, int], lang: str):
    a_day(bus)
    async with desk_on(bus, size, lang, rows=30) as desk:
        await desk.until(lambda: desk.app.reading.departments, "the names")
        await desk.pilot.pause()
        assert [cell_len(line) for line in desk.lines] == [size[0]] * size[1]
        assert "tui." not in desk.text
        keys = "\n".join(desk.lines[-2:])
        for key in "bmxpyicnguo/sdl?q":
            assert f"{key} " in keys
        stage, patient = ("待预约", "患者") if lang == "zh" else ("to book", "Patient")
        head = next(line for line in desk.lines if patient in line)
        assert stage in desk.text
        headings = "时间 检查项目 状态 排号" if lang == "zh" else "Time Examination Stage No."
        assert [heading for heading in headings.split() if heading not in head] == []


async def test_essential_columns_on_a_small_terminal_are_not_cut(bus: ActorBus):
    (item,) = order(bus, "欧阳若琳", "ECG12", priority=Priority.URGENT, visit="I")
    bus.ask(CheckIn(appointment_id=book(bus, item, days_ahead=1).id))
    for lang, parts in (("zh", ("加急", "住院", "已签到")), ("en", ("urgent", "Inpat.", "checked in"))):
        async with desk_on(bus, SMALL, lang) as desk:
            (line,) = [line for line in desk.lines if "十二导联心电图" in line and "A001" in line][:1]
            for part in ("欧阳若琳", "00:00", "A001", *parts):
                assert part in line


async def test_the_queue_is_below_when_narrow_and_beside_when_wide(bus: ActorBus):
    a_day(bus)
    async with desk_on(bus, SMALL, rows=30) as desk:
        assert desk.queue.region.y >= desk.orders.region.bottom
        assert not desk.desk.query_one("#facts").display
        await desk.pilot.resize_terminal(*LARGE)
        await desk.until(lambda: desk.queue.region.x >= desk.orders.region.right, "the queue beside the orders")
        await desk.until_seen("检查号")
        assert desk.desk.query_one("#facts").display
        await desk.pilot.resize_terminal(*SMALL)
        await desk.until(lambda: desk.queue.region.y >= desk.orders.region.bottom, "the queue below the orders")


@pytest.mark.parametrize(("width", "told"), [(80, True), (140, False), (156, True), (200, True)])
async def test_the_expected_wait_is_told_where_there_is_room(bus: ActorBus, width: int, told: bool):
    order(bus)
    async with desk_on(bus, (width, 30)) as desk:
        await desk.until_seen("已连接")
        await desk.until(lambda: ("预计等候" in desk.text) is told, "the columns that fit")


async def test_what_is_urgent_and_what_waits_for_a_place_comes_first(bus: ActorBus):
    routine = order(bus, "甲", number=1)[0].id
    urgent = order(bus, "乙", number=2, priority=Priority.URGENT)[0].id
    stat = order(bus, "丙", number=3, priority=Priority.STAT)[0].id
    booked = order(bus, "丁", number=4, priority=Priority.STAT)[0]
    book(bus, booked, days_ahead=1)
    async with desk_on(bus, rows=4) as desk:
        assert [line.key for line in desk.orders.lines] == [stat, urgent, routine, booked.id]
        assert "特急" in desk.row(stat)
        assert "加急" in desk.row(urgent)


@SIZES
async def test_language_changes_at_once_and_everywhere(bus: ActorBus, size: tuple[int, int]):
    item = order(bus, "谢婉清", "HOLTER", number=2)[0].id
    order(bus, "宋国栋", number=3)
    async with desk_on(bus, size, rows=2) as desk:
        await desk.select(item)
        await desk.press("l")
        for part in ("Dispatch desk", "to book", "Queue" if size == SMALL else "State", "b Book", "Connected"):
            await desk.until_seen(part)
        assert desk.orders.selected == item
        assert "预约" not in desk.text
        await desk.press("b", "right")
        await desk.until_seen("Enter will book")
        await desk.press("l")
        await desk.until_seen("回车后：谢婉清")
        await desk.press("escape")
        await desk.until_seen("医技调度台")


@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_help_explains_every_key_of_the_bar(bus: ActorBus, lang: str):
    order(bus)
    async with desk_on(bus, LARGE, lang) as desk:
        await desk.press("question_mark")
        await desk.until(lambda: isinstance(desk.app.screen, HelpScreen))
        for key in "bmxpyicnguo/sdlq":
            assert any(line.strip(" │").startswith((f"{key} ", f"{key}  ")) for line in _box(desk)), key
        await desk.press("escape")
        await desk.until_screen("DeskScreen")


def _box(desk: Desk) -> list[str]:
    """The lines inside a dialog's frame."""
    return [line.split("│")[1] for line in desk.lines if line.count("│") >= 2]


FINDS = [
    ("谢婉", "谢婉清"),
    ("SQ0002", "谢婉清"),
    ("us 已预约", "宋国栋"),
    ("超声科", "宋国栋"),
    ("a001", "韩立新"),
    ("住院 宋", "宋国栋"),
    ("监测 急诊", "韩立新"),
]


async def test_search_finds_by_name_number_department_and_stage(bus: ActorBus):
    order(bus, "谢婉清", number=2)
    book(bus, order(bus, "宋国栋", "USABD", number=3, visit="I")[0], days_ahead=1)
    bus.ask(CheckIn(appointment_id=book(bus, order(bus, "韩立新", "DAYLONG", number=4, visit="E")[0]).id))
    async with desk_on(bus, rows=3) as desk:
        await desk.until(lambda: desk.app.reading.departments, "the names")
        for words, name in FINDS:
            await desk.press("slash")
            await desk.type(words)
            await desk.until(lambda: len(desk.orders.lines) == 1, words)
            assert any(cell.text == name for cell in desk.orders.lines[0].cells), words
            await desk.press("escape")
            await desk.until(lambda: len(desk.orders.lines) == 3)


async def test_enter_keeps_what_was_found_and_gives_the_keys_back(bus: ActorBus):
    order(bus, "谢婉清", number=2)
    order(bus, "宋国栋", number=3)
    async with desk_on(bus, rows=2) as desk:
        await desk.press("slash")
        await desk.type("bxq")  # letters that are keys elsewhere
        await desk.until(lambda: not desk.orders.lines)
        await desk.press("backspace", "backspace", "backspace")
        await desk.type("宋")
        await desk.press("enter")
        await desk.until(lambda: len(desk.orders.lines) == 1)
        await desk.press("b")
        await desk.until_seen("宋国栋 女")


async def test_groups_of_stages_with_their_counts(bus: ActorBus):
    a_day(bus)
    async with desk_on(bus, rows=36) as desk:
        counted = desk.lines[1]
        for told in ("全部 36", "待约 11", "已约 12", "候诊 7", "已叫 2", "已检 4"):
            assert told in counted
        for count in (11, 12, 7, 2, 4, 36):
            await desk.press("s")
            await desk.until(lambda count=count: len(desk.orders.lines) == count)
        await desk.press("S")
        await desk.until(lambda: len(desk.orders.lines) == 4)


async def test_one_department(bus: ActorBus):
    order(bus, "谢婉清", "ECG12", number=2)
    order(bus, "宋国栋", "USABD", number=3)
    async with desk_on(bus, rows=2) as desk:
        await desk.until(lambda: desk.app.reading.departments, "the names")
        await desk.press("d", "end")
        await desk.until_screen("ChooseScreen")
        await desk.press("end", "enter")
        await desk.until(lambda: len(desk.orders.lines) == 1)
        assert "超声科" in desk.lines[1]
    async with desk_on(bus, department="ECG") as desk:
        assert [line.cells[2].text for line in desk.orders.lines] == ["谢婉清"]


async def test_another_day(bus: ActorBus):
    item = order(bus, "谢婉清", number=2)[0]
    book(bus, item, days_ahead=1)
    order(bus, "宋国栋", number=3)
    async with desk_on(bus, rows=2) as desk:
        assert len(desk.row(item.id)[0]) == len("03-02 00:00")  # not today's: with its date
        await desk.press("right_square_bracket")
        await desk.until_seen("+1 天")
        await desk.until(lambda: desk.row(item.id)[0] == "00:00")
        await desk.press("t")
        await desk.until_seen("今天")


async def test_selection_and_scroll_stay_when_the_desk_changes(bus: ActorBus):
    a_day(bus)
    async with desk_on(bus, SMALL, rows=36) as desk:
        await desk.press(*["down"] * 15)
        chosen, offset = desk.orders.selected, 15 - desk.orders.scroll_offset.y
        order(bus, "加在上面", number=99, priority=Priority.STAT)
        await desk.until(lambda: len(desk.orders.lines) == 37)
        assert desk.orders.selected == chosen
        index = [line.key for line in desk.orders.lines].index(chosen)
        assert index == 16
        assert index - desk.orders.scroll_offset.y == offset


async def test_only_what_changed_is_drawn_again(bus: ActorBus):
    a_day(bus)
    async with desk_on(bus, SMALL, rows=36) as desk:
        await desk.press("end")
        lines = list(desk.orders.lines)
        assert desk.orders.show(lines) == 0
        last, other = lines[-1], lines[0]
        assert desk.orders.show([*lines[:-1], type(last)(last.key, other.cells)]) == 1
        assert desk.orders.show([type(other)(other.key, last.cells), *lines[1:]]) == 1  # only the last line again


async def test_the_status_tells_who_asks(app: App, bus: ActorBus):
    order(bus)
    bus.ask(AddUser(name="zhangli", full_name="张丽", roles=("dispatcher",)))
    token = bus.ask(IssueToken(name="zhangli")).token
    async with desk_on(app.bus_as(token)) as desk:
        await desk.until_seen("操作员 张丽")


async def test_a_click_on_a_key_and_on_a_line(bus: ActorBus):
    first = order(bus, "谢婉清", number=2)[0].id
    second = order(bus, "宋国栋", number=3)[0].id
    async with desk_on(bus, rows=2) as desk:
        assert desk.orders.selected == first
        await desk.pilot.click("#orders", offset=(5, 2))
        assert desk.orders.selected == second
        await desk.pilot.click("KeyBar", offset=(3, 0))
        await desk.until_seen("宋国栋 女")
