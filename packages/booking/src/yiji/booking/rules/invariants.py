"""What must always hold of slots, appointments and patients. Pure: facts in, violations out.

`yiji booking verify` asks this of what is kept, the simulations after every step. Nothing here is shared with the
decisions: what it says is worked out again from the appointments themselves.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import pairwise

from yiji.booking.rules.board import House
from yiji.booking.rules.facts import GONE, LIVE, AppointmentFacts, SlotFacts
from yiji.core.contract.booking import AppointmentState, Violation

Stretch = tuple[str, str, datetime, datetime]  # id, device or staff group, start, end of a slot


def _violation(invariant: str, subject: str, detail: str) -> Violation:
    return Violation(invariant=invariant, subject=subject, detail=detail)


def of_slot(slot: SlotFacts, taking: Collection[AppointmentFacts]) -> Iterator[Violation]:
    """A slot and its pools have room, and count what is taken. `taking`: the appointments whose `slots` name it."""
    taken = [one for one in taking if one.state not in GONE]
    held = sum(one.state is AppointmentState.HELD for one in taken)
    if slot.held < 0 or slot.booked < 0 or slot.held + slot.booked > slot.capacity:
        yield _violation("slot_room", slot.id, f"held {slot.held}, booked {slot.booked}, capacity {slot.capacity}")
    if (slot.held, slot.booked) != (held, len(taken) - held):
        told = f"counts {slot.held} held, {slot.booked} booked; there are {held}, {len(taken) - held}"
        yield _violation("slot_count", slot.id, told)
    for quota in slot.quotas:
        used = sum(one.pool == quota.pool for one in taken)
        if quota.taken != used:
            yield _violation("pool_count", f"{slot.id} {quota.pool}", f"counts {quota.taken}; there are {used}")
        if quota.taken < 0 or (quota.cap is not None and quota.taken > quota.cap):
            yield _violation("pool_room", f"{slot.id} {quota.pool}", f"taken {quota.taken}, cap {quota.cap}")


def of_patient(own: Iterable[AppointmentFacts]) -> Iterator[Violation]:
    """A patient is in one place at a time, and an order item is expected once."""
    expected = sorted((one for one in own if one.state in LIVE), key=lambda one: (one.starts_at, one.id))
    items: set[str] = set()
    for one in expected:
        if one.item_id in items:
            yield _violation("item_live", one.item_id, f"{one.id} is not its only live appointment")
        items.add(one.item_id)
    last: AppointmentFacts | None = None
    for one in expected:
        if last is not None and one.starts_at < last.ends_at:
            yield _violation("patient_busy", one.id, f"begins before {last.id} ends")
        if last is None or one.ends_at > last.ends_at:
            last = one


def of_appointment(one: AppointmentFacts, slots: Sequence[Stretch]) -> Iterator[Violation]:
    """A live appointment fills its device's slots without a gap, and tells where it is. `slots`: what it names."""
    if len({slot[0] for slot in slots}) != len(one.slots):
        yield _violation("slots_named", one.id, f"names {len(one.slots)} slots; there are {len(slots)}")
    own = sorted((slot for slot in slots if slot[1] == one.device), key=lambda slot: slot[2])
    if not own or not one.slots or one.slots[0] != one.slot_id or own[0][0] != one.slot_id:
        yield _violation("slots_named", one.id, f"{one.slot_id} is not its first slot")
        return
    if any(slot[3] != following[2] for slot, following in pairwise(own)):
        yield _violation("slots_consecutive", one.id, "its slots do not follow one another")
    if (own[0][2], own[-1][3]) != (one.starts_at, one.ends_at):
        yield _violation("slots_cover", one.id, f"{own[0][2]} .. {own[-1][3]} is not when it is made")
    if (one.state is AppointmentState.HELD) != (one.expires_at is not None):
        yield _violation("hold_ends", one.id, f"{one.state}, expires at {one.expires_at}")
    placed = next((link["slot_id"] for link in reversed(one.changes) if link.get("slot_id")), "")
    if placed != one.slot_id:
        yield _violation("changes", one.id, f"the chain ends in {placed or 'nothing'}, not in {one.slot_id}")


def of_catalogue(house: House, one: AppointmentFacts, slots: Sequence[Stretch]) -> Iterator[Violation]:
    """A live appointment is made where and as the catalogue in force says, and whom it needs is there throughout."""
    exam = house.exams.get(one.exam_code)
    if exam is None or one.device not in exam.makers:
        yield _violation("maker", one.id, f"{one.device} does not make {one.exam_code}")
        return
    if one.ends_at - one.starts_at < exam.length(one.body_part):
        yield _violation("length", one.id, f"{one.ends_at - one.starts_at} is too short for {one.exam_code}")
    for capability in exam.needs:
        if not any(_covers(slots, group, one) for group in house.staff.get(capability, ())):
            yield _violation("companion", one.id, f"nobody of {capability} throughout")


def _covers(slots: Sequence[Stretch], group: str, one: AppointmentFacts) -> bool:
    reached = one.starts_at
    for slot in sorted((slot for slot in slots if slot[1] == group), key=lambda slot: slot[2]):
        if slot[2] > reached:
            return False
        reached = max(reached, slot[3])
    return reached >= one.ends_at


def stretches(one: AppointmentFacts, slots: Mapping[str, SlotFacts]) -> list[Stretch]:
    """Return the slots that an appointment names, as far as they are there."""
    found = (slots.get(name) for name in one.slots)
    return [(slot.id, slot.device, slot.starts_at, slot.ends_at) for slot in found if slot is not None]


def of_board(
    house: House, slots: Mapping[str, SlotFacts], appointments: Mapping[str, AppointmentFacts]
) -> Iterator[Violation]:
    """All of the above on a whole state: what every simulation ends with."""
    taking: dict[str, list[AppointmentFacts]] = {name: [] for name in slots}
    own: dict[str, list[AppointmentFacts]] = {}
    for one in appointments.values():
        own.setdefault(one.patient_id, []).append(one)
        for name in dict.fromkeys(one.slots):
            if name in taking:
                taking[name].append(one)
        if one.state in LIVE:
            here = stretches(one, slots)
            yield from of_appointment(one, here)
            yield from of_catalogue(house, one, here)
    for name, slot in slots.items():
        yield from of_slot(slot, taking[name])
    for theirs in own.values():
        yield from of_patient(theirs)
