"""The queue's ranks and expected waits, who is skipped and comes back; places that are held."""

import pytest

from tests.tui.driving import SIZES, SMALL, desk_on
from tests.tui.hospital import book, come, order
from yiji.core.bus import ActorBus
from yiji.core.contract.booking import AppointmentState, HoldExam, MarkNoShow, ShowAppointment
from yiji.core.contract.desk import ShowDesk
from yiji.core.contract.inventory import FindSlots
from yiji.core.contract.order import Priority
from yiji.core.contract.queue import CallPatient, CheckIn, SkipPatient, StartExam
from yiji.tui.widgets.facts import Facts


def states(bus: ActorBus) -> dict[str, str]:
    """Name to state, in the queue as the site has it."""
    return {ticket.patient_name: ticket.state.value for ticket in bus.ask(ShowDesk()).queue}


@SIZES
@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_ranks_states_and_expected_waits(bus: ActorBus, size: tuple[int, int], lang: str):
    come(bus, "甲", "乙", "丙")
    (item,) = order(bus, "急", "DAYLONG", number=9, priority=Priority.STAT)
    bus.ask(CheckIn(appointment_id=book(bus, item).id))
    tickets = {ticket.patient_name: ticket.id for ticket in bus.ask(ShowDesk()).queue}
    for name in ("甲", "乙"):
        bus.ask(CallPatient(ticket_id=tickets[name]))
    bus.ask(StartExam(ticket_id=tickets["甲"]))
    bus.ask(SkipPatient(ticket_id=tickets["乙"]))
    words = ("检查中", "过号", "候诊", "急诊") if lang == "zh" else ("in room", "skipped", "waiting", "emerg.")
    async with desk_on(bus, size, lang, rows=4) as desk:
        in_progress, skipped, ready, emergency = words
        assert in_progress in desk.ticket("甲")
        assert skipped in desk.ticket("乙")
        assert {ready, emergency} <= set(desk.ticket("急"))
        lines = [line.cells[3].text for line in desk.queue.lines]
        assert lines == ["甲", "急", "丙", "乙"]  # in the room, then as they will be called, then the skipped
        assert desk.ticket("甲")[-1] == ""
        minutes = int(desk.ticket("丙")[-1].split()[0])
        assert 20 <= minutes <= 40  # two examinations of 15 minutes go before
        for word in words:
            await desk.until_seen(word)


@SIZES
async def test_skip_and_back(bus: ActorBus, size: tuple[int, int]):
    first, second = come(bus, "谢婉清", "宋国栋")
    async with desk_on(bus, size, rows=2) as desk:
        await desk.select(first)
        await desk.press("g")
        await desk.until_told("还没有叫过")
        await desk.press("u")
        await desk.until_told("没有过号")
        await desk.press("c")
        await desk.until_told("请 A001 号")
        await desk.until(lambda: "已叫" in desk.ticket("谢婉清"))
        await desk.press("g")
        await desk.until_told("已过号：A001 号 谢婉清")
        await desk.until(lambda: "过号" in desk.ticket("谢婉清"))
        assert states(bus) == {"谢婉清": "skipped", "宋国栋": "ready"}
        await desk.press("c")
        await desk.until_told("已过号，请先按 u 回队")
        await desk.press("u")
        await desk.until_told("已回队：A001 号 谢婉清，前面还有 1 位")
        await desk.until(lambda: "候诊" in desk.ticket("谢婉清"))
    assert [ticket.item_id for ticket in bus.ask(ShowDesk()).queue] == [second, first]


async def test_skip_and_back_from_the_queue(bus: ActorBus):
    come(bus, "谢婉清", "宋国栋")
    async with desk_on(bus, rows=2) as desk:
        await desk.press("tab", "n")
        await desk.until_told("请 A001 号")
        await desk.until(lambda: "已叫" in desk.ticket("谢婉清"))
        await desk.press("home", "g")
        await desk.until(lambda: "过号" in desk.ticket("谢婉清"))
        await desk.press("end", "u")
        await desk.until_told("已回队")
    assert states(bus) == {"谢婉清": "ready", "宋国栋": "ready"}


@SIZES
async def test_a_held_place_is_shown_and_confirmed(bus: ActorBus, size: tuple[int, int]):
    (item,) = order(bus, "谢婉清", visit="I")
    slot = bus.ask(FindSlots(exam_code="ECG12", days=3)).slots[-1]
    held = bus.ask(HoldExam(item_id=item.id, slot_id=slot.id, minutes=90))
    async with desk_on(bus, size) as desk:
        assert "已占号" in desk.row(item.id)
        until = desk.app.reading.time(held.expires_at)
        if size == SMALL:
            await desk.press("enter")
            await desk.until_screen("DetailScreen")
        else:
            assert desk.desk.query_one(Facts).display
        await desk.until_seen("占号到")
        for part in (until, "号源池", "住院", "未缴费"):
            assert part in desk.text
        await desk.press("escape", "y")
        await desk.until_told("已确认：谢婉清")
        await desk.until(lambda: "已预约" in desk.row(item.id))
        await desk.until(lambda: "占号到" not in desk.text, "the facts of a booked place")
        await desk.press("y")
        await desk.until_told("不是占号，无需确认")
    assert bus.ask(ShowAppointment(id=item.id)).state is AppointmentState.BOOKED


async def test_who_did_not_come_can_be_booked_again(bus: ActorBus):
    (item,) = order(bus, "谢婉清", "DAYLONG")
    bus.ask(MarkNoShow(appointment_id=book(bus, item).id))
    async with desk_on(bus) as desk:
        assert "爽约" in desk.row(item.id)
        await desk.press("m")
        await desk.until_told("尚未预约")
        await desk.press("b")
        await desk.until_screen("SlotScreen")
        await desk.until_seen("回车后")
        await desk.press("enter")
        await desk.until_told("已预约：谢婉清")


async def test_the_facts_of_a_selected_ticket(bus: ActorBus):
    come(bus, "谢婉清", "宋国栋")
    async with desk_on(bus, (200, 60), rows=2) as desk:
        await desk.press("tab", "end")
        await desk.until_seen("前面还有")
        for part in ("宋国栋", "A002", "候诊", "1 人"):
            await desk.until(lambda part=part: part in desk.text[desk.text.index("所选检查") :], part)
