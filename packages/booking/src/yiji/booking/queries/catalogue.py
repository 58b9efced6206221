"""ShowCatalogue: the master data as it stands."""

from sqlalchemy import RowMapping, Table, select

from yiji.booking.tables import CalendarRow, DepartmentRow, DeviceRow, ExamRow, RoomRow
from yiji.core.actor import Actor
from yiji.core.contract.booking import Calendar, Catalogue, Department, Device, Exam, Room, ShowCatalogue
from yiji.core.store.db import Tx


def _rows(tx: Tx, table: Table) -> list[RowMapping]:
    return list(tx.db.execute(select(table).order_by(*table.primary_key.columns)).mappings())


def read_catalogue(tx: Tx) -> Catalogue:
    """Return all master data."""
    return Catalogue(
        departments=tuple(Department(**row) for row in _rows(tx, DepartmentRow.table())),
        rooms=tuple(Room(**row) for row in _rows(tx, RoomRow.table())),
        devices=tuple(Device(**row) for row in _rows(tx, DeviceRow.table())),
        exams=tuple(Exam(**row) for row in _rows(tx, ExamRow.table())),
        calendars=tuple(Calendar(**row) for row in _rows(tx, CalendarRow.table())),
    )


def show_catalogue(tx: Tx, query: ShowCatalogue, actor: Actor) -> Catalogue:
    """Return the master data."""
    return read_catalogue(tx)
