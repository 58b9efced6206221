"""A small hospital and its orders, for tests."""

from datetime import date, time

from yiji.core.contract.catalogue import Calendar, Catalogue, Department, Device, Exam, Room
from yiji.core.contract.order import OrderedItem, RegisterOrder
from yiji.core.contract.patient import Identifier, PatientBrief, Sex


def order(number: int, *exams: str, patient: int | None = None) -> RegisterOrder:
    """An order of the HIS for patient `patient` (its own patient when left out)."""
    who = number if patient is None else patient
    named = PatientBrief(
        name=f"测试{who}",
        sex=Sex.MALE,
        birth_date=date(1980, 1, 2),
        identifiers=(Identifier(system="HIS", value=f"P{who}"),),
        visit_number=f"V{number}",
        visit_class="O",
    )
    wanted = exams or ("ECG12",)
    items = tuple(OrderedItem(placer_number=f"N{number}-{index}", exam_code=exam) for index, exam in enumerate(wanted))
    return RegisterOrder(sender="HIS", group_number=f"G{number}", patient=named, items=items, requester="王医生")


SMALL = Catalogue(
    departments=(Department(code="ECG", name="心电图室"), Department(code="US", name="超声科")),
    rooms=(
        Room(code="ECG-R1", name="心电图1室", department="ECG"),
        Room(code="US-R1", name="超声1室", department="US"),
    ),
    devices=(
        Device(code="ECG-1", name="心电图机1", room="ECG-R1", modality="ECG", station="ECG-1"),
        Device(code="US-1", name="彩超1", room="US-R1", modality="US", station="US-1"),
    ),
    exams=(
        Exam(code="ECG12", name="十二导联心电图", department="ECG", modality="ECG", minutes=10, devices=("ECG-1",)),
        Exam(code="USABD", name="腹部彩超", department="US", modality="US", minutes=15, devices=("US-1",)),
    ),
    calendars=tuple(
        Calendar(
            device=device,
            weekdays=(1, 2, 3, 4, 5, 6, 7),
            opens=time(0),
            closes=time(23, 50),
            slot_minutes=10,
            capacity=2,
        )
        for device in ("ECG-1", "US-1")
    ),
)
