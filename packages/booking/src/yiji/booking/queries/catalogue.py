"""ShowCatalogue and ListEditions: the master data as it stands, as it stood, and who changed it."""

from typing import Any

from sqlalchemy import RowMapping, Table, select

from yiji.booking.rules.catalogue import ordered
from yiji.booking.tables import (
    CalendarRow,
    CampusRow,
    ClosureRow,
    CurrentRow,
    DepartmentRow,
    DeviceRow,
    DictionaryRow,
    EditionRow,
    ExamRow,
    RoomRow,
    StaffRow,
)
from yiji.core.actor import Actor
from yiji.core.contract.catalogue import (
    Calendar,
    Campus,
    Catalogue,
    Closure,
    Department,
    Device,
    Dictionary,
    Edition,
    Exam,
    ListEditions,
    ListEditionsResult,
    Parameters,
    Part,
    Room,
    ShowCatalogue,
    StaffGroup,
)
from yiji.core.errors import NotFound
from yiji.core.message import Value
from yiji.core.store.db import Tx

EDITION, CURRENT = EditionRow.table(), CurrentRow.table()
KIND = "catalogue"
TABLES: dict[Part, tuple[type[Value], Table]] = {
    Part.CAMPUSES: (Campus, CampusRow.table()),
    Part.DEPARTMENTS: (Department, DepartmentRow.table()),
    Part.ROOMS: (Room, RoomRow.table()),
    Part.DEVICES: (Device, DeviceRow.table()),
    Part.STAFF: (StaffGroup, StaffRow.table()),
    Part.EXAMS: (Exam, ExamRow.table()),
    Part.CALENDARS: (Calendar, CalendarRow.table()),
    Part.CLOSURES: (Closure, ClosureRow.table()),
    Part.DICTIONARIES: (Dictionary, DictionaryRow.table()),
}


def read_catalogue(tx: Tx) -> Catalogue:
    """Return all master data in force, in its canonical order."""
    told: dict[str, Any] = {part.value: _entries(tx, model, table) for part, (model, table) in TABLES.items()}
    parameters = tx.db.execute(select(CURRENT.c.parameters)).scalar_one()
    return ordered(Catalogue(**told, parameters=Parameters.model_validate(parameters)))


def _entries(tx: Tx, model: type[Value], table: Table) -> tuple[Value, ...]:
    query = select(*(table.c[name] for name in model.model_fields))
    if "retired" in table.c:
        query = query.where(~table.c.retired)
    return tuple(_entry(model, row) for row in tx.db.execute(query).mappings())


def _entry(model: type[Value], row: RowMapping) -> Value:
    return model(**{str(name): value for name, value in row.items()})


def show_catalogue(tx: Tx, query: ShowCatalogue, actor: Actor) -> Catalogue:
    """Return the master data, in force or as an edition had it; raises `NotFound`."""
    if query.edition == 0:
        return read_catalogue(tx)
    wanted = select(EDITION.c.body).where(EDITION.c.kind == KIND, EDITION.c.number == query.edition)
    body = tx.db.execute(wanted).scalar()
    if body is None:
        raise NotFound(what="edition", id=query.edition)
    return Catalogue.model_validate(body)


def list_editions(tx: Tx, query: ListEditions, actor: Actor) -> ListEditionsResult:
    """Return the editions of the master data, newest first."""
    names = (EDITION.c[name] for name in Edition.model_fields)
    newest = select(*names).where(EDITION.c.kind == KIND).order_by(EDITION.c.number.desc()).limit(query.limit)
    return ListEditionsResult(editions=tuple(Edition(**row) for row in tx.db.execute(newest).mappings()))  # pyright: ignore[reportArgumentType]
