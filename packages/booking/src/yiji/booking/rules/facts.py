"""What a decision looks at, as plain frozen values: examinations, devices, slots, appointments, patients."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from yiji.booking.hooks import Fact, Place
from yiji.booking.rules.pools import Quota
from yiji.core.contract.booking import AppointmentState
from yiji.core.contract.order import OrderBrief

LIVE = frozenset({AppointmentState.HELD, AppointmentState.BOOKED, AppointmentState.CHECKED_IN})
GONE = frozenset({AppointmentState.CANCELLED, AppointmentState.EXPIRED})  # whose places are free again


@dataclass(frozen=True, slots=True)
class ExamFacts:
    """An examination of the catalogue."""

    code: str
    name: str
    name_en: str = ""
    department: str = ""
    modality: str = ""
    minutes: int = 10
    preparation_minutes: int = 0
    makers: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    tags: frozenset[str] = frozenset()
    part_minutes: Mapping[str, int] = field(default_factory=dict[str, int])
    prepaid: bool = False

    def length(self, body_part: str) -> timedelta:
        """Return how long it takes at a body part."""
        return timedelta(minutes=self.minutes_at(body_part))

    def minutes_at(self, body_part: str) -> int:
        """Return how many minutes it takes at a body part."""
        return self.part_minutes.get(body_part, self.minutes)


@dataclass(frozen=True, slots=True)
class DeviceFacts:
    """A device and where it stands."""

    code: str
    name: str
    station: str = ""
    room: str = ""
    room_name: str = ""
    department: str = ""
    campus: str = ""

    @property
    def place(self) -> Place:
        """The place as rules see it."""
        return Place(self.code, self.room, self.department, self.campus)


@dataclass(frozen=True, slots=True)
class SlotFacts:
    """A stretch of a device's or staff group's time."""

    id: str
    device: str
    starts_at: datetime
    ends_at: datetime
    capacity: int
    held: int
    booked: int
    closed: bool = False
    quotas: tuple[Quota, ...] = ()

    @property
    def free(self) -> int:
        """How many examinations still fit."""
        return 0 if self.closed else self.capacity - self.held - self.booked


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """An order item."""

    order: OrderBrief
    state: str
    exam: ExamFacts
    paid: bool = False

    @property
    def length(self) -> timedelta:
        """How long its examination takes."""
        return self.exam.length(self.order.body_part)


@dataclass(frozen=True, slots=True)
class AppointmentFacts:
    """An appointment of a patient; `slots`: all places that it takes, its own first."""

    id: str
    item_id: str
    patient_id: str
    exam_code: str
    slot_id: str
    slots: tuple[str, ...]
    device: str
    starts_at: datetime
    ends_at: datetime
    state: AppointmentState
    pool: str = ""
    revision: int = 1
    expires_at: datetime | None = None
    paid: bool = False
    plan_id: str = ""
    body_part: str = ""
    visit_class: str = ""
    changes: tuple[dict[str, str], ...] = ()

    @property
    def is_live(self) -> bool:
        """Whether its patient is expected."""
        return self.state in LIVE

    @property
    def is_made(self) -> bool:
        """Whether its examination was made."""
        return self.state is AppointmentState.FULFILLED


@dataclass(frozen=True, slots=True)
class PatientFacts:
    """What decisions ask about a patient. `cancelled`: own cancellations in the last 30 days."""

    facts: Mapping[str, Fact] = field(default_factory=dict[str, Fact])
    block_id: str = ""
    blocked_until: datetime | None = None
    cancelled: int = 0
