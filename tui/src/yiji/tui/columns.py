"""The columns of the desk's two tables: what stands in them, and which of them fit."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Generic, TypeVar

from yiji.tui.cells import widest
from yiji.tui.reading import LOOKS, LOUD, RANK_LOOKS, RANKS, TICKET_LOOKS, Reading
from yiji.tui.widgets.table import Cell, Column, Line

if TYPE_CHECKING:
    from yiji.core.contract.desk import DeskRow
    from yiji.core.contract.queue import Ticket

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Sight(Generic[T]):
    """What a cell is made of: the thing, the reading, the desk's day and the moment."""

    of: T
    reading: Reading
    day: date
    now: datetime


@dataclass(frozen=True)
class Field(Generic[T]):
    """A column: its heading, its cell, its least width (a number of cells, or the words that must fit), its growth.

    `least` is the width of the table from which on the column is shown.
    """

    name: str
    cell: Callable[[Sight[T]], Cell]
    width: int | tuple[str, tuple[str, ...]]
    grow: int = 0
    least: int = 0

    def column(self, reading: Reading) -> Column:
        """Return the column in the reading's language."""
        title = reading.t(self.name)
        wide = self.width if isinstance(self.width, int) else widest(reading.words(*self.width))
        return Column(title, max(wide, widest([title])), self.grow)


def _priority(priority: str, reading: Reading) -> Cell:
    return Cell(reading.coded("priority", priority), priority) if priority in LOUD else Cell("")


def _stage(sight: "Sight[DeskRow]") -> Cell:
    return Cell(sight.reading.stage(sight.of), LOOKS.get(sight.reading.stage_code(sight.of), ""))


def _starts(sight: "Sight[DeskRow]") -> Cell:
    told, starts = sight.reading.time(sight.of.starts_at, sight.day), sight.of.starts_at
    if sight.of.stage == "booked" and starts and starts < sight.now:
        return Cell(f"{told} {sight.reading.t('late')}", "last")
    return Cell(told, "strong")


def _registered(sight: "Sight[DeskRow]") -> Cell:
    return Cell(sight.reading.time(sight.of.registered_at, sight.day), "quiet")


_STAGES = ("stage", tuple(LOOKS))
_VISITS = ("visit", ("I", "O", "E"))
_PRIORITIES = ("priority", LOUD)

ORDERS: "tuple[Field[DeskRow], ...]" = (
    Field("time", _starts, 11),
    Field("priority", lambda s: _priority(s.of.priority, s.reading), _PRIORITIES),
    Field("patient", lambda s: Cell(s.of.patient_name, "strong"), 8, grow=1),
    Field("person", lambda s: Cell(s.reading.person(s.of)), 8),
    Field("visit", lambda s: Cell(s.reading.coded("visit", s.of.visit_class)), _VISITS),
    Field("exam", lambda s: Cell(s.of.exam_name), 12, grow=3),
    Field("department", lambda s: Cell(s.reading.department(s.of.department)), 10, grow=1, least=118),
    Field("room", lambda s: Cell(s.of.room_name), 10, grow=1, least=92),
    Field("stage", _stage, _STAGES),
    Field("ticket", lambda s: Cell(s.of.ticket_number, "strong"), 4),
    Field("accession", lambda s: Cell(s.of.accession_number, "quiet"), 14, least=110),
    Field("registered", _registered, 11, least=130),
)


def _waiting(sight: "Sight[Ticket]") -> Cell:
    called = sight.of.called_at if sight.of.state in ("called", "in_progress") else None
    return Cell(sight.reading.minutes_since(called or sight.of.checked_in_at, sight.now))


def _expected(sight: "Sight[Ticket]") -> Cell:
    return Cell(sight.reading.wait(sight.of))


def _ticket_state(sight: "Sight[Ticket]") -> Cell:
    return Cell(sight.reading.coded("ticket", sight.of.state), TICKET_LOOKS.get(sight.of.state, ""))


def _rank(sight: "Sight[Ticket]") -> Cell:
    rank = sight.of.rank
    return Cell(sight.reading.coded("rank", rank), RANK_LOOKS[rank]) if rank in RANK_LOOKS else Cell("")


QUEUE: "tuple[Field[Ticket], ...]" = (
    Field("room", lambda s: Cell(s.of.room_name), 12, grow=1),
    Field("ticket", lambda s: Cell(s.of.number, "strong"), 4),
    Field("rank", _rank, ("rank", RANKS)),
    Field("patient", lambda s: Cell(s.of.patient_name, "strong"), 8, grow=1),
    Field("exam", lambda s: Cell(s.of.exam_name), 12, grow=2, least=78),
    Field("state", _ticket_state, ("ticket", tuple(TICKET_LOOKS))),
    Field("wait", _waiting, 8),
    Field("expected", _expected, 8, least=62),
)


def fitting(fields: Sequence[Field[T]], width: int) -> list[Field[T]]:
    """Return the fields that a table of this width has room for."""
    return [field for field in fields if width >= field.least]


def columns(fields: Sequence[Field[T]], reading: Reading) -> list[Column]:
    """Return the headings."""
    return [field.column(reading) for field in fields]


class OrderLines:
    """Makes a line for each row, and keeps those of rows that did not change: a desk of 2000 is told every second."""

    def __init__(self) -> None:
        self._context: object = None
        self._kept: dict[str, tuple[DeskRow, Line]] = {}

    def of(
        self, rows: "Sequence[DeskRow]", fields: "Sequence[Field[DeskRow]]", reading: Reading, day: date, now: datetime
    ) -> list[Line]:
        """Return the lines; what is late is told by the minute."""
        context = (tuple(field.name for field in fields), reading, day, now.replace(second=0, microsecond=0))
        if context != self._context:
            self._context, self._kept = context, {}
        made = {row.item_id: self._line(Sight(row, reading, day, now), fields) for row in rows}
        self._kept.update({row.item_id: (row, made[row.item_id]) for row in rows})
        return list(made.values())

    def _line(self, sight: "Sight[DeskRow]", fields: "Sequence[Field[DeskRow]]") -> Line:
        row, line = self._kept.get(sight.of.item_id, (None, None))
        if line is not None and row == sight.of:
            return line
        return Line(sight.of.item_id, tuple(field.cell(sight) for field in fields))


def queue_lines(
    tickets: "Sequence[Ticket]", fields: "Sequence[Field[Ticket]]", reading: Reading, day: date, now: datetime
) -> list[Line]:
    """Return a line for each ticket."""
    sights = (Sight(ticket, reading, day, now) for ticket in tickets)
    return [Line(sight.of.id, tuple(field.cell(sight) for field in fields)) for sight in sights]
