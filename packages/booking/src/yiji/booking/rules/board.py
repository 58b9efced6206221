"""The board: the state that one batch of decisions sees; each decision sees the ones before it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from yiji.booking.hooks import Place, Proposal, Refusal, Rule, Traits
from yiji.booking.rules.facts import AppointmentFacts, DeviceFacts, ExamFacts, ItemFacts, PatientFacts, SlotFacts
from yiji.core.contract.catalogue import Parameters

NOTHING_KNOWN = PatientFacts()


class Judges(Protocol):
    """The rules in force, as far as a decision asks them (`compiled.Compiled`)."""

    def check(self, proposal: Proposal, skip: Collection[str] = ()) -> tuple[str, Refusal] | None:
        """Return the first rule that refuses, and why."""
        ...

    def for_exam(self, exam: Traits) -> Sequence[object]:
        """Return the rules that concern an examination."""
        ...

    def overridable(self, rule_id: str) -> bool:
        """Return whether a rule may be set aside by who may."""
        ...


@dataclass(frozen=True)
class House:
    """What is the same for all decisions of a batch: the master data in force."""

    zone: str
    exams: Mapping[str, ExamFacts]
    devices: Mapping[str, DeviceFacts]
    staff: Mapping[str, tuple[str, ...]]  # capability -> codes of the groups that have it
    parameters: Parameters
    judges: Judges
    own: tuple[Rule, ...] = ()

    def traits(self, exam_code: str, body_part: str = "", visit_class: str = "") -> Traits:
        """Return an examination as rules see it; what is no longer in the catalogue keeps its code only."""
        exam = self.exams.get(exam_code)
        if exam is None:
            return Traits(exam_code, body_part=body_part, visit_class=visit_class)
        return Traits(exam.code, exam.department, exam.modality, body_part, exam.tags, visit_class)

    def place(self, device: str) -> Place:
        """Return where a device stands."""
        known = self.devices.get(device)
        return known.place if known else Place(device)


@dataclass
class Board:
    """Slots, appointments and items that a batch touches."""

    house: House
    now: datetime
    items: dict[str, ItemFacts] = field(default_factory=dict)
    patients: dict[str, PatientFacts] = field(default_factory=dict)
    slots: dict[str, SlotFacts] = field(default_factory=dict)
    appointments: dict[str, AppointmentFacts] = field(default_factory=dict)
    _of_patient: dict[str, dict[str, AppointmentFacts]] = field(default_factory=dict)
    _of_device: dict[str, list[str]] = field(default_factory=dict)

    def lay(self, slots: Iterable[SlotFacts]) -> None:
        """Lay slots on the board; those of a device are kept in the order of their time."""
        for slot in sorted(slots, key=lambda slot: slot.starts_at):
            if slot.id not in self.slots:
                self._of_device.setdefault(slot.device, []).append(slot.id)
            self.slots[slot.id] = slot

    def put(self, appointment: AppointmentFacts) -> None:
        """Lay an appointment on the board, or change the one that lies there."""
        self.appointments[appointment.id] = appointment
        self._of_patient.setdefault(appointment.patient_id, {})[appointment.id] = appointment

    def remove(self, appointment: AppointmentFacts) -> None:
        """Take an appointment off the board."""
        del self.appointments[appointment.id]
        del self._of_patient[appointment.patient_id][appointment.id]

    def of_device(self, device: str) -> list[SlotFacts]:
        """Return a device's slots, earliest first."""
        return [self.slots[slot_id] for slot_id in self._of_device.get(device, ())]

    def of_patient(self, patient_id: str, but: str = "") -> list[AppointmentFacts]:
        """Return the patient's appointments that lie here, live or made, but for one; what is gone may lie here too."""
        own = self._of_patient.get(patient_id, {}).values()
        return [one for one in own if one.id != but and (one.is_live or one.is_made)]

    def live_of_item(self, item: ItemFacts) -> AppointmentFacts | None:
        """Return the live appointment of an order item."""
        own = self._of_patient.get(item.order.patient.id, {}).values()
        return next((one for one in own if one.is_live and one.item_id == item.order.item_id), None)

    def patient(self, patient_id: str) -> PatientFacts:
        """Return what is known about a patient."""
        return self.patients.get(patient_id, NOTHING_KNOWN)
