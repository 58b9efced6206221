"""Which slots an examination takes from a start on, and what taking and giving back does to their counts."""

from dataclasses import replace
from datetime import datetime

from yiji.booking.errors import NoCompanion, SlotClosed, SlotFull, SlotPast, SlotTooShort, WrongDevice
from yiji.booking.rules.board import Board
from yiji.booking.rules.facts import GONE, AppointmentFacts, ItemFacts, SlotFacts
from yiji.booking.rules.pools import counted, room_for
from yiji.core.contract.booking import AppointmentState
from yiji.core.errors import NotFound

Shelf = dict[str, SlotFacts]  # slots as they stand half-way through a decision


def needed(board: Board, shelf: Shelf, item: ItemFacts, slot_id: str, pool: str) -> list[SlotFacts]:
    """Return the slots that an item's examination takes from a slot on, its own first.

    Raises `NotFound`, `WrongDevice`, `SlotPast`, `SlotClosed`, `SlotFull`, `SlotTooShort` or `NoCompanion`.
    """
    first = shelf.get(slot_id) or board.slots.get(slot_id)
    if first is None:
        raise NotFound(what="slot", id=slot_id)
    if first.device not in item.exam.makers:
        raise WrongDevice(exam=item.exam.code, device=first.device)
    if first.ends_at <= board.now:
        raise SlotPast(slot=slot_id, starts_at=first.starts_at.isoformat())
    own = _stretch(board, shelf, first, item)
    for slot in own:
        _check_room(board, slot, pool)
    return own + _companions(board, shelf, item, own[0].starts_at, own[-1].ends_at)


def _stretch(board: Board, shelf: Shelf, first: SlotFacts, item: ItemFacts) -> list[SlotFacts]:
    """Follow the device's slots without a gap until the examination fits."""
    until = first.starts_at + item.length
    found = [first]
    if found[0].ends_at >= until:
        return found
    for slot in board.of_device(first.device):
        if slot.starts_at == found[-1].ends_at:
            found.append(shelf.get(slot.id, slot))
        if found[-1].ends_at >= until:
            return found
    raise SlotTooShort(slot=first.id, minutes=int(item.length.total_seconds() // 60))


def _check_room(board: Board, slot: SlotFacts, pool: str) -> None:
    if slot.closed:
        raise SlotClosed(slot=slot.id, starts_at=slot.starts_at.isoformat())
    if slot.free < 1:
        raise SlotFull(slot=slot.id, capacity=slot.capacity, pool="", next="")
    if slot.quotas and room_for(slot.free, slot.quotas, pool, board.now) < 1:
        raise SlotFull(slot=slot.id, capacity=slot.capacity, pool=pool, next="")


def _companions(board: Board, shelf: Shelf, item: ItemFacts, start: datetime, end: datetime) -> list[SlotFacts]:
    """For each capability that the examination needs, return the slots of the first group that is free throughout.

    A group that has several of them is taken once.
    """
    taken: dict[str, SlotFacts] = {}
    for capability in item.exam.needs:
        groups = board.house.staff.get(capability, ())
        covers = (_covering(board, shelf, group, start, end) for group in groups)
        found = next((slots for slots in covers if slots), None)
        if found is None:
            raise NoCompanion(exam=item.exam.code, capability=capability, starts_at=start.isoformat())
        taken.update({slot.id: slot for slot in found})
    return list(taken.values())


def _covering(board: Board, shelf: Shelf, group: str, start: datetime, end: datetime) -> list[SlotFacts]:
    """Return a group's slots from start to end, each with room; nothing where there is a gap."""
    found: list[SlotFacts] = []
    reached = start
    for slot in board.of_device(group):
        if slot.ends_at <= start or slot.starts_at >= end:
            continue
        if slot.starts_at > reached or shelf.get(slot.id, slot).free < 1:
            return []
        found.append(shelf.get(slot.id, slot))
        reached = slot.ends_at
    return found if reached >= end else []


def take(slot: SlotFacts, state: AppointmentState, pool: str) -> SlotFacts:
    """Return a slot after an appointment took a place of it."""
    return _count(slot, state, pool, 1)


def give(slot: SlotFacts, state: AppointmentState, pool: str) -> SlotFacts:
    """Return a slot after an appointment gave its place back."""
    return _count(slot, state, pool, -1)


def _count(slot: SlotFacts, state: AppointmentState, pool: str, change: int) -> SlotFacts:
    if state in GONE:
        return slot
    held = slot.held + (change if state is AppointmentState.HELD else 0)
    booked = slot.booked + (0 if state is AppointmentState.HELD else change)
    quotas = counted(slot.quotas, pool, change) if slot.quotas else ()
    return replace(slot, held=held, booked=booked, quotas=quotas)


def given_back(board: Board, appointment: AppointmentFacts) -> Shelf:
    """Return the slots of an appointment as they are without it."""
    return {slot_id: give(board.slots[slot_id], appointment.state, appointment.pool) for slot_id in appointment.slots}
