"""What a decision looks at: slots, appointments and examinations, as plain frozen values on a board."""

from dataclasses import dataclass, field
from datetime import datetime

from yiji.core.contract.booking import AppointmentState
from yiji.core.contract.order import OrderBrief

LIVE = (AppointmentState.BOOKED, AppointmentState.CHECKED_IN)


@dataclass(frozen=True, slots=True)
class SlotFacts:
    """A slot and the place that it belongs to."""

    id: str
    device: str
    station: str
    room: str
    room_name: str
    starts_at: datetime
    ends_at: datetime
    capacity: int
    held: int
    booked: int

    @property
    def free(self) -> int:
        """How many examinations still fit."""
        return self.capacity - self.held - self.booked


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """An order item, and where its examination may be made."""

    order: OrderBrief
    state: str
    minutes: int
    devices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AppointmentFacts:
    """An appointment of a patient."""

    id: str
    item_id: str
    patient_id: str
    exam_code: str
    slot_id: str
    starts_at: datetime
    ends_at: datetime
    state: AppointmentState
    revision: int
    changes: tuple[dict[str, str], ...] = ()

    @property
    def is_live(self) -> bool:
        """Whether it occupies its slot and its patient."""
        return self.state in LIVE


@dataclass
class Board:
    """The state that one batch of decisions sees; each decision sees the ones before it."""

    now: datetime
    items: dict[str, ItemFacts] = field(default_factory=dict)
    slots: dict[str, SlotFacts] = field(default_factory=dict)
    appointments: dict[str, AppointmentFacts] = field(default_factory=dict)
    _of_patient: dict[str, dict[str, AppointmentFacts]] = field(default_factory=dict)

    def put(self, appointment: AppointmentFacts) -> None:
        """Lay an appointment on the board, or change the one that lies there."""
        self.appointments[appointment.id] = appointment
        self._of_patient.setdefault(appointment.patient_id, {})[appointment.id] = appointment

    def live_of_patient(self, patient_id: str, but: str = "") -> list[AppointmentFacts]:
        """Return the patient's live appointments, but for one."""
        return [one for one in self._of_patient.get(patient_id, {}).values() if one.is_live and one.id != but]

    def live_of_item(self, item: ItemFacts) -> AppointmentFacts | None:
        """Return the live appointment of an order item."""
        own = self.live_of_patient(item.order.patient.id)
        return next((one for one in own if one.item_id == item.order.item_id), None)
