"""The catalogue, the rules and the parameters in force, kept in memory by edition.

Every batch reads one row (`booking_current`); only when an edition changed is the rest read again. What a booking needs
to know of devices, rooms and examinations costs no joins.
"""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from yiji.booking.hooks import Rule
from yiji.booking.rules.board import House
from yiji.booking.rules.compiled import Compiled, compile_rules
from yiji.booking.rules.facts import DeviceFacts, ExamFacts
from yiji.booking.tables import CurrentRow, DepartmentRow, DeviceRow, EditionRow, ExamRow, RoomRow, StaffRow
from yiji.core.contract.catalogue import Parameters
from yiji.core.contract.inventory import Slot
from yiji.core.contract.rule import RuleSet
from yiji.core.plug import resolve
from yiji.core.plug.manager import Plugins
from yiji.core.store.ask import Asked
from yiji.core.store.db import Tx

CURRENT, EDITION = CurrentRow.table(), EditionRow.table()
NO_RULES = RuleSet(name="", rules=())
_CURRENT = Asked(select(CURRENT.c.catalogue, CURRENT.c.rules))


@dataclass(frozen=True)
class Known(House):
    """One state of the master data: `editions` of catalogue and rules; `compiled` are the rules as data."""

    editions: tuple[int, int] = (0, 0)
    compiled: Compiled = None  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]
    slots: dict[str, tuple[Any, Slot]] = field(default_factory=dict[str, tuple[Any, Slot]], compare=False)
    """By their ids: the row that was read last, and how it was told."""


_kept: dict[str, tuple[Plugins, Known]] = {}  # by site, the newest only


def known(tx: Tx) -> Known:
    """Return the master data in force."""
    (current,) = _CURRENT.all(tx.db)
    return known_as(tx, current.catalogue, current.rules)


def known_as(tx: Tx, catalogue: int, rules: int) -> Known:
    """Return the master data of the editions in force, for who has just read which these are."""
    plugins, kept = _kept.get(tx.settings.site.id, (None, None))
    if kept is None or plugins is not tx.plugins or kept.editions != (catalogue, rules):
        kept = _read(tx)
        _kept[tx.settings.site.id] = (tx.plugins, kept)
    return kept


def last_known(tx: Tx) -> Known:
    """Return the master data that were in force when last asked: for who sees by himself whether they still are."""
    plugins, kept = _kept.get(tx.settings.site.id, (None, None))
    return kept if kept is not None and plugins is tx.plugins else known(tx)


def rules_in_force(tx: Tx, number: int) -> RuleSet:
    """Return an edition of the rules; 0 is none."""
    body = tx.db.execute(select(EDITION.c.body).where(EDITION.c.kind == "rules", EDITION.c.number == number)).scalar()
    return RuleSet.model_validate(body) if body else NO_RULES


def _read(tx: Tx) -> Known:
    row = tx.db.execute(select(CURRENT)).one()
    compiled = compile_rules(rules_in_force(tx, row.rules))
    return Known(
        zone=tx.settings.site.zone,
        exams=_exams(tx),
        devices=_devices(tx),
        staff=_staff(tx),
        parameters=Parameters.model_validate(row.parameters),
        judges=compiled,
        own=_own_rules(tx),
        editions=(row.catalogue, row.rules),
        compiled=compiled,
    )


def _own_rules(tx: Tx) -> tuple[Rule, ...]:
    """Return the rules in code, of plugins."""
    records = tx.plugins.hook("booking_rules")
    return tuple(Rule(record.id, resolve(record.target), record.overridable) for record in records)


def _exams(tx: Tx) -> dict[str, ExamFacts]:
    return {
        row.code: ExamFacts(
            code=row.code,
            name=row.name,
            name_en=row.name_en,
            department=row.department,
            modality=row.modality,
            minutes=row.minutes,
            preparation_minutes=row.preparation_minutes,
            makers=tuple(row.makers),
            needs=tuple(row.needs),
            tags=frozenset(row.tags),
            part_minutes={part["code"]: part["minutes"] for part in row.body_parts},
            prepaid=row.prepaid,
        )
        for row in tx.db.execute(select(ExamRow.table()))
    }


def _devices(tx: Tx) -> dict[str, DeviceFacts]:
    device, room, department = DeviceRow.table(), RoomRow.table(), DepartmentRow.table()
    joined = device.join(room, room.c.code == device.c.room).join(department, department.c.code == room.c.department)
    query = select(
        device.c.code,
        device.c.name,
        device.c.station,
        device.c.room,
        room.c.name.label("room_name"),
        room.c.department,
        department.c.campus,
    ).select_from(joined)
    return {row["code"]: DeviceFacts(**row) for row in tx.db.execute(query).mappings()}


def _staff(tx: Tx) -> dict[str, tuple[str, ...]]:
    groups: dict[str, list[str]] = {}
    staff = StaffRow.table()
    for row in tx.db.execute(select(staff).where(~staff.c.retired).order_by(staff.c.code)):
        for capability in row.capabilities:
            groups.setdefault(capability, []).append(row.code)
    return {capability: tuple(codes) for capability, codes in groups.items()}
