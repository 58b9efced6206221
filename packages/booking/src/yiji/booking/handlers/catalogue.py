"""LoadCatalogue and OpenSlots: master data in, slots out."""

from collections.abc import Sequence
from datetime import UTC
from typing import Any, cast

from sqlalchemy import Table
from sqlalchemy.dialects.postgresql import insert

from yiji.booking.queries.catalogue import read_catalogue
from yiji.booking.rules.calendar import cut, days
from yiji.booking.tables import CalendarRow, DepartmentRow, DeviceRow, ExamRow, RoomRow, SlotRow
from yiji.core import clock, ids
from yiji.core.contract.booking import Calendar, Catalogue, LoadCatalogue, OpenSlots, OpenSlotsResult
from yiji.core.errors import YijiError
from yiji.core.job import Job
from yiji.core.message import Value
from yiji.core.store.db import Tx

_TABLES: tuple[tuple[str, Table], ...] = (
    ("departments", DepartmentRow.table()),
    ("rooms", RoomRow.table()),
    ("devices", DeviceRow.table()),
    ("exams", ExamRow.table()),
    ("calendars", CalendarRow.table()),
)


def _upsert(tx: Tx, table: Table, values: Sequence[Value]) -> None:
    if not values:
        return
    rows = [value.model_dump() for value in values]
    fresh = insert(table)
    names = [column.name for column in table.primary_key.columns]
    changed = {column.name: fresh.excluded[column.name] for column in table.columns if column.name not in names}
    tx.db.execute(fresh.on_conflict_do_update(index_elements=names, set_=changed), [_plain(row) for row in rows])


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: list(cast("tuple[Any, ...]", value)) if isinstance(value, tuple) else value for name, value in row.items()
    }


def load_catalogue(tx: Tx, jobs: Sequence[Job[LoadCatalogue]]) -> list[Catalogue | YijiError]:
    """Add master data, or change what has the same code."""
    for job in jobs:
        for name, table in _TABLES:
            _upsert(tx, table, getattr(job.command.catalogue, name))
    return [read_catalogue(tx) for _ in jobs]


def _slots(calendars: Sequence[Calendar], command: OpenSlots, zone: str) -> list[dict[str, Any]]:
    first = command.first_day or clock.today(zone)
    return [
        {
            "id": ids.new("slt"),
            "device": calendar.device,
            "starts_at": start.astimezone(UTC),
            "ends_at": end.astimezone(UTC),
            "capacity": calendar.capacity,
            "held": 0,
            "booked": 0,
        }
        for day in days(first, command.days)
        for calendar in calendars
        for start, end in cut(calendar, day, zone)
    ]


def open_slots(tx: Tx, jobs: Sequence[Job[OpenSlots]]) -> list[OpenSlotsResult | YijiError]:
    """Make slots from the calendars; a device's slot that is there already stays as it is."""
    table = SlotRow.table()
    answers: list[OpenSlotsResult | YijiError] = []
    for job in jobs:
        rows = _slots(read_catalogue(tx).calendars, job.command, tx.settings.site.zone)
        fresh = insert(table).on_conflict_do_nothing(index_elements=["device", "starts_at"]).returning(table.c.id)
        opened = sum(len(tx.db.execute(fresh, rows[at : at + 1000]).all()) for at in range(0, len(rows), 1000))
        answers.append(OpenSlotsResult(opened=opened, kept=len(rows) - opened))
    return answers
