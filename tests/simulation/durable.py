"""A store that keeps what was committed, and the boards that are loaded from it, as the handlers' loading does."""

from bisect import bisect_left
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from yiji.booking.rules.board import Board, House
from yiji.booking.rules.compiled import Compiled
from yiji.booking.rules.facts import AppointmentFacts, ItemFacts, PatientFacts, SlotFacts
from yiji.core.contract.booking import AppointmentState

State = AppointmentState
_CANCELS = timedelta(days=30)


@dataclass
class Durable:
    """Committed rows, with the indexes that loading needs."""

    house: House
    slots: dict[str, SlotFacts] = field(default_factory=dict)
    items: dict[str, ItemFacts] = field(default_factory=dict)
    appointments: dict[str, AppointmentFacts] = field(default_factory=dict)
    of_patient: dict[str, dict[str, None]] = field(default_factory=dict)
    of_slot: dict[str, dict[str, None]] = field(default_factory=dict)  # who ever named it
    seen: dict[str, dict[str, AppointmentFacts]] = field(default_factory=dict)  # of patients: live, or made
    held: dict[str, None] = field(default_factory=dict)
    payments: dict[str, tuple[str, bool]] = field(default_factory=dict)  # number -> appointment, accepted
    keys: dict[tuple[str, str], tuple[object, object]] = field(default_factory=dict)  # who, key -> body, answer
    line: dict[str, list[tuple[datetime, str]]] = field(default_factory=dict)  # device -> starts and slots

    def open(self, slots: Iterable[SlotFacts]) -> None:
        """Keep new slots."""
        for slot in slots:
            self.slots[slot.id] = slot
            self.of_slot[slot.id] = {}
            self.line.setdefault(slot.device, []).append((slot.starts_at, slot.id))

    def keep(self, one: AppointmentFacts) -> None:
        """Keep an appointment as it is now."""
        self.appointments[one.id] = one
        if one.is_live or one.is_made:
            self.seen.setdefault(one.patient_id, {})[one.id] = one
        else:
            self.seen.get(one.patient_id, {}).pop(one.id, None)
        if one.state is State.HELD:
            self.held[one.id] = None
        else:
            self.held.pop(one.id, None)
        self.of_patient.setdefault(one.patient_id, {})[one.id] = None
        for slot in one.slots:
            self.of_slot[slot][one.id] = None

    def taking(self, slot: str) -> list[AppointmentFacts]:
        """Who names a slot now."""
        named = (self.appointments[name] for name in self.of_slot[slot])
        return [one for one in named if slot in one.slots]

    def board(
        self, now: datetime, wishes: Iterable[tuple[str, str]], names: Iterable[str], themselves: Collection[str]
    ) -> Board:
        """Return the board for (item, slot) wishes and named appointments, with what they can touch and no more.

        `themselves`: patients who ask with a token of their own.
        """
        known, named = list(wishes), [self.appointments[name] for name in names if name in self.appointments]
        wanted = [item for item, _ in known] + [one.item_id for one in named]
        items = {item: self.items[item] for item in wanted if item in self.items}
        patients = dict.fromkeys(item.order.patient.id for item in items.values())
        board = Board(self.house, now, items, {one: self._patient(one, now) for one in themselves})
        compiled = self.house.judges
        since = now - (compiled.reach if isinstance(compiled, Compiled) else timedelta(0))
        for patient in patients:
            for one in self.seen.get(patient, {}).values():
                if one.starts_at > since or one.is_live:
                    board.put(one)
        for one in named:
            board.put(one)
        slots = {slot for one in board.appointments.values() if one.is_live for slot in one.slots}
        for item, slot in known:
            slots.update(self._stretch(items.get(item), slot))
        board.lay(self.slots[slot] for slot in sorted(slots))
        return board

    def _patient(self, patient: str, now: datetime) -> PatientFacts:
        own = map(self.appointments.__getitem__, self.of_patient.get(patient, ()))
        by = f"patient:{patient}"
        count = sum(
            one.state is State.CANCELLED
            and one.changes[-1]["actor"] == by
            and datetime.fromisoformat(one.changes[-1]["at"]) > now - _CANCELS
            for one in own
        )
        return PatientFacts(cancelled=count)

    def _stretch(self, item: ItemFacts | None, slot: str) -> list[str]:
        """The slots that an examination may take from a slot on: of its device, and of whom it needs."""
        first = self.slots.get(slot)
        if first is None:
            return []
        if item is None:
            return [slot]
        until = max(first.ends_at, first.starts_at + item.length)
        found = self.line_between(first.device, first.starts_at, until)
        for capability in item.exam.needs:
            for group in self.house.staff.get(capability, ()):
                found += self.line_between(group, first.starts_at, first.ends_at + item.length)
        return found

    def line_between(self, device: str, start: datetime, end: datetime) -> list[str]:
        """A device's slots that overlap a stretch; none is longer than half an hour."""
        line, found = self.line.get(device, []), list[str]()
        for starts_at, name in line[bisect_left(line, (start - timedelta(minutes=30), "")) :]:
            if starts_at >= end:
                break
            if self.slots[name].ends_at > start:
                found.append(name)
        return found

    def forget(self, before: datetime) -> tuple[list[str], list[str], list[str]]:
        """Let go of what is long over; return the appointments, slots and items that went."""
        gone = [name for name, one in self.appointments.items() if one.ends_at < before and not one.is_live]
        for name in gone:
            one = self.appointments.pop(name)
            del self.of_patient[one.patient_id][name]
            self.seen.get(one.patient_id, {}).pop(name, None)
            for slot in one.slots:
                self.of_slot[slot].pop(name, None)
        kept = {slot for one in self.appointments.values() for slot in one.slots}
        old = [name for name, slot in self.slots.items() if slot.ends_at < before and name not in kept]
        for name in old:
            slot = self.slots.pop(name)
            del self.of_slot[name]
            self.line[slot.device].remove((slot.starts_at, name))
        used = {one.item_id for one in self.appointments.values()}
        items = [
            name
            for name, item in self.items.items()
            if name not in used and item.order.ordered_at is not None and item.order.ordered_at < before
        ]
        for name in items:
            del self.items[name]
        return gone, old, items
