"""Boards for batches: patients locked first, then slots, each in the order of their ids."""

from collections.abc import Collection, Sequence
from datetime import timedelta

from yiji.booking.known import Known
from yiji.booking.loading.appointments import appointments, of_patients
from yiji.booking.loading.items import items
from yiji.booking.loading.names import APPOINTMENT
from yiji.booking.loading.patients import lock_owners, patient_facts, rerun
from yiji.booking.loading.slots import Wished, lock_slots
from yiji.booking.rules.board import Board
from yiji.booking.rules.facts import ItemFacts
from yiji.core import clock
from yiji.core.store.db import Tx
from yiji.core.store.match import one_of


def board_for(
    tx: Tx,
    wishes: Sequence[tuple[str, str]] = (),
    changes: Sequence[tuple[str, str]] = (),
    themselves: Collection[str] = (),
) -> Board:
    """Return the board for (item, slot) wishes and for (appointment, new slot or nothing) changes.

    `themselves`: patients who ask with a token of their own.
    """
    wanted = {item for item, _ in wishes}
    locked = lock_owners(tx, wanted, {appointment for appointment, _ in changes})
    house, item_of = locked.house, locked.item_of
    found = items(tx.db, wanted | set(item_of.values()), house)
    if not {item.order.patient.id for item in found.values()} <= locked.patients:
        rerun(tx)  # a merge was taken back meanwhile: the order went to a record that nobody has locked
    places = [(found.get(item), slot) for item, slot in wishes]
    places += [(found.get(item_of.get(appointment, "")), slot) for appointment, slot in changes if slot]
    board = _board(tx, house, found, places, themselves)
    gone = [appointment for appointment in item_of if appointment not in board.appointments]
    if gone:
        for appointment in appointments(tx.db, one_of(APPOINTMENT.c.id, gone)):
            board.put(appointment)
    return board


def _board(
    tx: Tx,
    house: Known,
    found: dict[str, ItemFacts],
    places: Sequence[tuple[ItemFacts | None, str]],
    themselves: Collection[str],
) -> Board:
    """Read what nobody else can change any more, for the patients are locked; what the items occupy is locked too."""
    patients = {item.order.patient.id for item in found.values()}
    now = clock.now()
    board = Board(house, now, found, patient_facts(tx.db, patients, themselves, now))
    for appointment in of_patients(tx.db, patients, now - house.compiled.reach):
        board.put(appointment)
    occupied = [
        slot for one in board.appointments.values() if one.is_live and one.item_id in found for slot in one.slots
    ]
    board.lay(lock_slots(tx.db, [_wished(house, item, slot) for item, slot in places], occupied))
    return board


def _wished(house: Known, item: ItemFacts | None, slot: str) -> Wished:
    if item is None:
        return slot, 0, ()
    groups = tuple(group for capability in item.exam.needs for group in house.staff.get(capability, ()))
    return slot, int(item.length / timedelta(minutes=1)), groups
