"""FindSlots: where is room, told with names that come from memory."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from yiji.booking.errors import UnknownExam
from yiji.booking.known import Known, known, last_known
from yiji.booking.queries.searching import Search, Shares, free, read, search
from yiji.booking.rules.pools import Quota, room_for
from yiji.core import clock
from yiji.core.contract.inventory import FindSlots, FindSlotsResult, PoolRoom, Slot
from yiji.core.errors import YijiError
from yiji.core.job import Question
from yiji.core.store.db import Tx

_TOLD = 20_000  # slots that are remembered as they were told

_Answer = tuple[FindSlotsResult | YijiError, bool]  # and whether it is by the catalogue in force


def find_slots(tx: Tx, questions: Sequence[Question[FindSlots]]) -> list[FindSlotsResult | YijiError]:
    """Return for each question slots from now on, or from a day on."""
    now, queries = clock.now(), [question.query for question in questions]
    answers = _answers(tx, last_known(tx), queries, now)
    unsure = [number for number, (_, is_sure) in enumerate(answers) if not is_sure]
    if unsure:
        afresh = _answers(tx, known(tx), [queries[number] for number in unsure], now)
        for number, answer in zip(unsure, afresh, strict=True):
            answers[number] = answer
    return [answer for answer, _ in answers]


def _answers(tx: Tx, house: Known, queries: Sequence[FindSlots], now: datetime) -> list[_Answer]:
    searches = [_search(house, query, now) for query in queries]
    quotas = read(tx, [one for one in searches if isinstance(one, Search)], now)
    return [_answer(house, one.suited, quotas, now) if isinstance(one, Search) else (one, False) for one in searches]


def _search(house: Known, query: FindSlots, now: datetime) -> Search | UnknownExam:
    try:
        return search(house, query, now)
    except UnknownExam as refusal:
        return refusal


def _answer(house: Known, rows: Sequence[Any], quotas: Shares, now: datetime) -> _Answer:
    """The slots found tell the catalogue's edition; where there are none, nobody knows."""
    is_sure = bool(rows) and rows[0].edition == house.editions[0]
    return FindSlotsResult(slots=tuple([_known(house, row, quotas, now) for row in rows])), is_sure


def _known(house: Known, row: Any, quotas: Shares, now: datetime) -> Slot:
    """Return the slot as it was told before, if nothing about it is different."""
    if row.has_quotas:  # what is released depends on the hour
        return told(house, row, quotas.get(row.id, ()), now)
    before = house.slots.get(row.id)
    if before is None or before[0] != row[1:]:
        if len(house.slots) >= _TOLD:
            house.slots.clear()
        before = house.slots[row.id] = (row[1:], told(house, row, (), now))
    return before[1]


def told(house: Known, row: Any, quotas: tuple[Quota, ...], now: datetime) -> Slot:
    """Return a slot as the contract tells it."""
    device = house.devices[row.device]
    return Slot(
        id=row.id,
        device=device.code,
        device_name=device.name,
        room=device.room,
        room_name=device.room_name,
        department=device.department,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        capacity=row.capacity,
        held=row.held,
        booked=row.booked,
        closed=row.closed,
        extra=row.extra,
        pools=_pools(quotas, free(row), now) if quotas else (),
    )


def _pools(quotas: tuple[Quota, ...], free: int, now: datetime) -> tuple[PoolRoom, ...]:
    return tuple(
        PoolRoom(
            pool=quota.pool,
            cap=quota.cap,
            reserve=quota.reserve,
            release_at=quota.release_at,
            taken=quota.taken,
            free=room_for(free, quotas, quota.pool, now),
        )
        for quota in quotas
    )
