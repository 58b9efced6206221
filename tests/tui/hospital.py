"""A small hospital with a day of orders, all made up, for the desk's tests and its picture."""

import random
from collections.abc import Sequence
from datetime import date, time, timedelta
from itertools import islice

from yiji.core import clock
from yiji.core.bus import ActorBus
from yiji.core.contract.booking import Appointment, BookExam, FulfilExam
from yiji.core.contract.catalogue import (
    Calendar,
    Catalogue,
    Department,
    Device,
    Exam,
    LoadCatalogue,
    Parameters,
    PoolShare,
    Room,
)
from yiji.core.contract.inventory import FindSlots, OpenSlots
from yiji.core.contract.order import AdvanceItem, OrderedItem, OrderItem, Priority, RegisterOrder
from yiji.core.contract.patient import Identifier, PatientBrief, Sex
from yiji.core.contract.queue import CallPatient, CheckIn
from yiji.core.errors import YijiError

_ROOMS = (("ECG-R1", "心电图1室", "ECG"), ("ECG-R2", "心电图2室", "ECG"), ("US-R1", "超声1室", "US"))
_DEVICES = (("ECG-1", "心电图机1", "ECG-R1"), ("ECG-2", "心电图机2", "ECG-R2"), ("US-1", "彩超1", "US-R1"))
_EXAMS = (
    ("ECG12", "十二导联心电图", "ECG", ("ECG-1", "ECG-2"), ""),
    ("HOLTER", "24小时动态心电图", "ECG", ("ECG-2",), "穿宽松衣物"),
    ("USABD", "腹部彩超（肝胆胰脾）", "US", ("US-1",), "空腹 8 小时"),
    ("DAYLONG", "住院连续监测", "ECG", ("WARD-1",), ""),  # one slot a day: there is room today at any hour
)
_POOLS = (PoolShare(pool="emergency", cap=2), PoolShare(pool="online", cap=1))
CATALOGUE = Catalogue(
    parameters=Parameters(early_minutes=1440),  # who comes today may be called at any hour at which a test runs
    departments=(Department(code="ECG", name="心电图室"), Department(code="US", name="超声科")),
    rooms=(
        *(Room(code=code, name=name, department=where) for code, name, where in _ROOMS),
        Room(code="WARD-R", name="监护病房", department="ECG"),
    ),
    devices=(
        *(Device(code=code, name=name, room=room, modality=code[:2]) for code, name, room in _DEVICES),
        Device(code="WARD-1", name="监护仪", room="WARD-R", modality="ECG"),
    ),
    exams=tuple(
        Exam(code=code, name=name, department=where, modality="ECG", minutes=15, devices=devices, preparation=before)
        for code, name, where, devices, before in _EXAMS
    ),
    calendars=(
        *(
            Calendar(
                device=code,
                weekdays=tuple(range(1, 8)),
                opens=time(),
                closes=time(23, 50),
                slot_minutes=15,
                capacity=2,
                extra=1,
                pools=_POOLS,
            )
            for code, _, _ in _DEVICES
        ),
        Calendar(
            device="WARD-1",
            weekdays=tuple(range(1, 8)),
            opens=time(),
            closes=time(23, 59),
            slot_minutes=1439,
            capacity=40,
        ),
    ),
)
_NAMES = (
    "王建国 李秀英 张伟 刘洋 陈静怡 杨玉兰 赵一鸣 黄志强 周欣怡 吴桂芳 徐子涵 孙丽华 马俊杰 朱雨桐 胡秀珍 "
    "郭文博 何梦琪 高建平 林晓燕 罗浩然 郑淑芬 梁思远 谢婉清 宋国栋 唐雪梅 韩立新 冯晓东 欧阳若琳 曹玉珍 彭家豪"
)


def open_hospital(bus: ActorBus, days: int = 3) -> None:
    """Load the master data and open slots from today on."""
    bus.ask(LoadCatalogue(catalogue=CATALOGUE))
    bus.ask(OpenSlots(first_day=clock.today("Asia/Shanghai"), days=days), timeout=60)


def order(
    bus: ActorBus,
    name: str = "王建国",
    *exams: str,
    number: int = 1,
    priority: Priority = Priority.ROUTINE,
    visit: str = "O",
) -> tuple[OrderItem, ...]:
    """Register an order; return its items."""
    patient = PatientBrief(
        name=name,
        sex=Sex.FEMALE if number % 2 else Sex.MALE,
        birth_date=date(1938 + number * 7 % 70, 1 + number % 12, 1 + number % 28),
        identifiers=(Identifier(system="HIS", value=f"P{10230 + number}"),),
        visit_number=f"MZ{1000 + number}",
        visit_class=visit,
        phone="13800000000",
    )
    items = tuple(
        OrderedItem(placer_number=f"SQ{number:04d}-{index}", exam_code=exam)
        for index, exam in enumerate(exams or ("ECG12",))
    )
    wish = RegisterOrder(
        sender="HIS",
        group_number=f"G{number}",
        patient=patient,
        items=items,
        priority=priority,
        requester="王主任",
        requesting_department="心内科",
        reason="胸闷待查",
    )
    return bus.ask(wish).items


def book(bus: ActorBus, item: OrderItem, skip: int = 0, days_ahead: int = 0) -> Appointment:
    """Book an item into a free slot of a day; `skip` leaves out the first ones."""
    day = clock.today("Asia/Shanghai") + timedelta(days=days_ahead)
    slots = bus.ask(FindSlots(exam_code=item.exam_code, first_day=day, days=3)).slots
    for slot in islice(slots, skip, None):
        try:
            return bus.ask(BookExam(item_id=item.id, slot_id=slot.id))
        except YijiError:
            continue  # full by now, or the patient is elsewhere
    raise AssertionError("no slot")


def come(bus: ActorBus, *names: str, exam: str = "DAYLONG", first: int = 1) -> list[str]:
    """Check patients in; return their items."""
    items = [order(bus, name, exam, number=first + index)[0] for index, name in enumerate(names)]
    for item in items:
        bus.ask(CheckIn(appointment_id=book(bus, item).id))
    return [item.id for item in items]


def a_day(bus: ActorBus) -> None:
    """A busy day: some examinations over, some waiting, some booked, some without a place."""
    chance = random.Random(7)
    items: list[OrderItem] = []
    for number, name in enumerate(_NAMES.split()):
        exams = ["ECG12", "USABD"] if number % 5 == 0 else [chance.choice(("ECG12", "HOLTER", "USABD"))]
        loud = {3: Priority.STAT, 13: Priority.STAT, 6: Priority.URGENT, 19: Priority.URGENT, 27: Priority.URGENT}
        visit = "OOOIIE"[chance.randrange(6)]
        priority = loud.get(number, Priority.ROUTINE)
        items += order(bus, name, *exams, number=number + 1, priority=priority, visit=visit)
    booked = [book(bus, item, chance.randrange(6)) for item in items[:25]]
    _walk(bus, booked)


def _walk(bus: ActorBus, booked: Sequence[Appointment]) -> None:
    for appointment in booked[:13]:
        bus.ask(CheckIn(appointment_id=appointment.id))
    for appointment, stage in zip(booked, ("delivered", "signed", "reported", "examined"), strict=False):
        bus.ask(FulfilExam(item_id=appointment.item_id))
        bus.ask(AdvanceItem(item_id=appointment.item_id, stage=stage))
    for room in ("ECG-R1", "US-R1"):
        bus.ask(CallPatient(room=room))
