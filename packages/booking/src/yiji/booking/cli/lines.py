"""Master data as tables that fit a terminal of 80 columns: what is made of parts gets lines of its own."""

from collections import Counter
from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from yiji.core.contract.catalogue import Calendar, Catalogue, Dictionary, Part
from yiji.core.faces import shell
from yiji.core.message import Value

if TYPE_CHECKING:
    from yiji.booking.cli.changes import Difference

Column = tuple[str, str, str]

_CODE: Column = ("code", "代码", "code")
_NAME: Column = ("name", "名称", "name")
_DEPARTMENT: Column = ("department", "科室", "department")
_CAPABILITIES: Column = ("capabilities", "能力", "capabilities")
_COLUMNS: dict[str, list[Column]] = {
    "campuses": [_CODE, _NAME, ("name_en", "英文", "in English"), ("address", "地址", "address")],
    "departments": [_CODE, _NAME, ("name_en", "英文", "in English"), ("campus", "院区", "campus")],
    "rooms": [_CODE, _NAME, _DEPARTMENT, ("place", "位置", "place")],
    "devices": [
        _CODE,
        _NAME,
        ("room", "诊室", "room"),
        ("modality", "类型", "modality"),
        ("station", "站点", "station"),
        _CAPABILITIES,
    ],
    "staff": [_CODE, _NAME, _DEPARTMENT, _CAPABILITIES],
    "exams": [
        _CODE,
        ("name", "检查项目", "examination"),
        _DEPARTMENT,
        ("modality", "类型", "modality"),
        ("minutes", "分钟", "minutes"),
        ("prepaid", "先缴费", "prepaid"),
    ],
    "calendars": [
        _CODE,
        ("closes", "至", "closes"),
        ("minutes", "分钟", "minutes"),
        ("capacity", "号数", "places"),
        ("extra", "加号", "extra"),
        ("pools", "号源池", "pools"),
        ("last_day", "有效至", "until"),
    ],
    "closures": [_CODE, _NAME],
    "dictionaries": [_CODE, _NAME, ("entries", "值", "entries")],
}


class Shown(StrEnum):
    """What can be shown by itself."""

    CAMPUSES = "campuses"
    DEPARTMENTS = "departments"
    ROOMS = "rooms"
    DEVICES = "devices"
    STAFF = "staff"
    EXAMS = "exams"
    CALENDARS = "calendars"
    CLOSURES = "closures"
    DICTIONARIES = "dictionaries"
    PARAMETERS = "parameters"


class CalendarLine(Value):
    """A calendar in a line."""

    code: str
    closes: str
    minutes: int
    capacity: int
    extra: int
    pools: str
    last_day: str


class NamedLine(Value):
    """An entry by its code and name."""

    code: str
    name: str
    entries: str = ""


class Count(Value):
    """How many entries a part has."""

    part: str
    entries: int


def part(catalogue: Catalogue, shown: Shown) -> None:
    """Print one part; with --json whole entries."""
    here = shell()
    if shown.value == "parameters":
        here.show(catalogue.parameters or _no_parameters())
        return
    found: tuple[Any, ...] = getattr(catalogue, shown.value)
    here.table(found if here.json else [_line(entry) for entry in found], _COLUMNS[shown.value])


def _no_parameters() -> Value:
    from yiji.core.contract.catalogue import Parameters

    return Parameters()


def _line(entry: Any) -> Value:
    from yiji.booking.exchange.cells import write_cell
    from yiji.booking.rules.catalogue import code_of
    from yiji.core.contract.catalogue import Closure

    match entry:
        case Calendar():
            return CalendarLine(
                code=code_of(entry),
                closes=f"{entry.closes:%H:%M}",
                minutes=entry.slot_minutes,
                capacity=entry.capacity,
                extra=entry.extra,
                pools=write_cell("pools", [share.model_dump() for share in entry.pools]),
                last_day=write_cell("last_day", entry.last_day),
            )
        case Closure():
            return NamedLine(code=code_of(entry), name=entry.name)
        case Dictionary():
            told = ", ".join(f"{one.code} {one.name}" for one in entry.entries)
            return NamedLine(code=entry.code, name=entry.name, entries=told)
        case _:
            return entry


def summary(catalogue: Catalogue) -> None:
    """Print how much there is of each part."""
    here = shell()
    counts = [Count(part=part.value, entries=len(getattr(catalogue, part.value))) for part in Part]
    columns = [("part", "部分", "part"), ("entries", "条目", "entries")]
    here.table(counts, columns, here.words("基础数据", "Master data"))


def counts(found: "Sequence[Difference]") -> None:
    """Print how many differences there are in each part."""
    here = shell()
    of_part = Counter(one.part for one in found)
    columns = [("part", "部分", "part"), ("entries", "处", "changes")]
    here.table(
        [Count(part=part, entries=count) for part, count in of_part.items()], columns, here.words("变化", "Changes")
    )
