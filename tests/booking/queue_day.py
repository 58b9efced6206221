"""A day at a small hospital whose clock stands where a test puts it."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from yiji.core.bus import ActorBus
from yiji.core.contract.booking import Appointment, BookExam
from yiji.core.contract.catalogue import Calendar, Catalogue, Department, Device, Exam, LoadCatalogue, Parameters, Room
from yiji.core.contract.inventory import FindSlots, OpenSlots
from yiji.core.contract.order import OrderedItem, Priority, RegisterOrder
from yiji.core.contract.patient import Identifier, PatientBrief, Sex
from yiji.core.contract.queue import CheckIn, Rank, ShowQueue, Ticket

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY = date(2026, 11, 23)
HOSPITAL = Catalogue(
    departments=(
        Department(code="ECG", name="心电图室", name_en="ECG"),
        Department(code="US", name="超声科", name_en="Ultrasound"),
    ),
    rooms=(
        Room(code="ECG-R1", name="心电图1室", department="ECG", name_en="ECG room 1", place="一层", place_en="Floor 1"),
        Room(code="ECG-R2", name="心电图2室", department="ECG"),
        Room(code="US-R1", name="超声1室", department="US", name_en="Ultrasound 1"),
    ),
    devices=(
        Device(code="ECG-1", name="心电图机1", room="ECG-R1", modality="ECG"),
        Device(code="ECG-2", name="心电图机2", room="ECG-R2", modality="ECG"),
        Device(code="US-1", name="彩超1", room="US-R1", modality="US"),
        Device(code="US-2", name="彩超2", room="US-R1", modality="US"),
    ),
    exams=(
        Exam(code="ECG12", name="十二导联心电图", name_en="12-lead ECG", department="ECG", modality="ECG", minutes=10,
             devices=("ECG-1", "ECG-2")),
        Exam(code="USABD", name="腹部彩超", name_en="Abdominal ultrasound", department="US", modality="US", minutes=20,
             devices=("US-1", "US-2"), preparation="空腹 8 小时", preparation_en="Fast for 8 hours"),
    ),
    calendars=tuple(
        Calendar(device=device, weekdays=tuple(range(1, 8)), opens=time(0), closes=time(23, 59), slot_minutes=20,
                 capacity=20)
        for device in ("ECG-1", "ECG-2", "US-1", "US-2")
    ),
    parameters=Parameters(),
)  # fmt: skip


def at(hour: int, minute: int = 0, day: date = DAY) -> datetime:
    """Return a moment of the hospital's day."""
    return datetime.combine(day, time(hour, minute), SHANGHAI)


@dataclass
class Day:
    """The hospital, its bus and its clock."""

    bus: ActorBus
    now: datetime
    numbers: "count[int]"

    def pass_minutes(self, minutes: float) -> None:
        """Let time pass."""
        self.now += timedelta(minutes=minutes)

    def book(
        self,
        starts_at: datetime,
        *,
        device: str = "ECG-1",
        exam: str = "ECG12",
        name: str = "张小三",
        born: date = date(1980, 1, 2),
        visit: str = "O",
        priority: Priority = Priority.ROUTINE,
        patient: str = "",
    ) -> Appointment:
        """Register an order and book it at a time on a device."""
        number = next(self.numbers)
        who = PatientBrief(
            name=name,
            sex=Sex.FEMALE,
            birth_date=born,
            identifiers=(Identifier(system="HIS", value=patient or f"P{number}"),),
            visit_class=visit,
        )
        items = (OrderedItem(placer_number=f"N{number}", exam_code=exam),)
        wish = RegisterOrder(sender="HIS", group_number=f"G{number}", patient=who, items=items, priority=priority)
        item = self.bus.ask(wish).items[0]
        slots = self.bus.ask(FindSlots(device=device, first_day=starts_at.date(), days=1, limit=500)).slots
        slot = next(slot for slot in slots if slot.starts_at == starts_at)
        return self.bus.ask(BookExam(item_id=item.id, slot_id=slot.id))

    def come(self, starts_at: datetime, *, rank: Rank | None = None, **booking: object) -> Ticket:
        """Book and check in."""
        booked = self.book(starts_at, **booking)  # type: ignore[arg-type]
        return self.bus.ask(CheckIn(appointment_id=booked.id, rank=rank))

    def queue(self, room: str = "ECG-R1") -> tuple[Ticket, ...]:
        """Return a room's board."""
        return self.bus.ask(ShowQueue(room=room)).tickets


def open_hospital(bus: ActorBus, catalogue: Catalogue = HOSPITAL, parameters: Parameters | None = None) -> None:
    """Load the master data and open the slots of the day and the next."""
    bus.ask(LoadCatalogue(catalogue=catalogue.model_copy(update={"parameters": parameters or Parameters()})))
    bus.ask(OpenSlots(first_day=DAY, days=2), timeout=60)
