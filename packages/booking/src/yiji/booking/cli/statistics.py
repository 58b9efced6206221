"""Statistics 统计 at the shell: a table with bars, JSON, or a CSV file."""

import csv
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from yiji.booking.cli.common import date_of
from yiji.core.contract.statistics import Grouping, ShowStatistics, StatisticsResult, StatisticsRow
from yiji.core.faces import Shell, shell
from yiji.core.message import Value

app = typer.Typer(add_completion=False, no_args_is_help=True)

_COLUMNS = [
    ("group", "分组", "group"),
    ("booked", "预约", "booked"),
    ("fulfilled", "完成", "fulfilled"),
    ("cancelled", "取消", "cancelled"),
    ("no_shows", "爽约", "no-shows"),
    ("no_show_rate", "爽约率", "no-show rate"),
    ("moved", "改约", "moved"),
    ("places", "号源", "places"),
    ("taken", "已用", "taken"),
    ("utilisation", "利用率", "utilisation"),
    ("lead", "预约到检查（小时）", "lead (hours)"),
    ("wait", "候诊（分）", "wait (min)"),
    ("wait_p90", "候诊90%（分）", "90 % wait (min)"),
]
_WEEKDAYS = {
    "zh": ("周一", "周二", "周三", "周四", "周五", "周六", "周日"),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}
_EIGHTHS = " ▏▎▍▌▋▊▉█"
_BAR = 10  # cells


class _Line(Value):
    """A row as people read it."""

    group: str
    booked: int
    fulfilled: int
    cancelled: int
    no_shows: int
    no_show_rate: str
    moved: int
    places: int | None  # none: such a group owns no places
    taken: int | None
    utilisation: str
    lead: str
    wait: str
    wait_p90: str


@app.command(
    "show", epilog="Example: yiji statistics show --by device --from 2026-03-01 --to 2026-03-31 --csv march.csv"
)
def show(
    by: Annotated[Grouping, typer.Option(help="By what to group. 分组方式。")] = Grouping.DEPARTMENT,
    first: Annotated[
        datetime | None,
        typer.Option("--from", formats=["%Y-%m-%d"], help="First day; 30 days back. 起始日，默认近 30 天。"),
    ] = None,
    last: Annotated[
        datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day; today. 截止日，默认今天。")
    ] = None,
    department: Annotated[str, typer.Option(help="Only this department. 仅此科室。")] = "",
    device: Annotated[str, typer.Option(help="Only this device. 仅此设备。")] = "",
    limit: Annotated[int, typer.Option(min=1, max=5000, help="At most so many groups. 组数。")] = 500,
    file: Annotated[
        Path | None, typer.Option("--csv", dir_okay=False, help="Write to a CSV file instead. 写入 CSV 文件。")
    ] = None,
) -> None:
    """Volumes, utilisation, no-shows and waiting, counted per slot. 工作量、利用率、爽约与候诊。"""
    here, until = shell(), date_of(last) or date.today()
    since = date_of(first) or until - timedelta(days=29)
    query = ShowStatistics(by=by, first_day=since, last_day=until, department=department, device=device, limit=limit)
    found = here.bus.ask(query)
    if file:
        _write(file, found)
        here.say(here.words(f"已写入 {file}（{len(found.rows)} 组）", f"{file} written, {len(found.rows)} groups"))
    elif here.json:
        here.show(found)
    else:
        lines = [_line(row, _named(row, by, here)) for row in found.rows]
        total = _line(found.total, here.words("合计", "all"))
        here.table(
            [*lines, total], _COLUMNS, here.words(f"预约统计 {since} 至 {until}", f"Booking from {since} to {until}")
        )


def _named(row: StatisticsRow, by: Grouping, here: Shell) -> str:
    if by is Grouping.WEEKDAY:
        return _WEEKDAYS[here.lang][int(row.group) - 1]
    if by is Grouping.HOUR:
        return f"{row.group}:00"
    if row.name and row.name != row.group:
        return f"{row.name} ({row.group})"
    return row.group or here.words("（未填）", "(not told)")


def _line(row: StatisticsRow, group: str) -> _Line:
    return _Line(
        group=group,
        booked=row.booked,
        fulfilled=row.fulfilled,
        cancelled=row.cancelled,
        no_shows=row.no_shows,
        no_show_rate=_percent(row.no_show_rate),
        moved=row.moved,
        places=row.places or None,
        taken=row.taken if row.places else None,
        utilisation=f"{bar(row.utilisation)} {_percent(row.utilisation)}" if row.utilisation is not None else "",
        lead=_rounded(row.lead_hours),
        wait=_rounded(row.wait_minutes),
        wait_p90=_rounded(row.wait_minutes_p90),
    )


def bar(share: float) -> str:
    """Return a bar of ten cells, filled to an eighth of a cell."""
    eighths = round(min(max(share, 0.0), 1.0) * _BAR * 8)
    whole, part = divmod(eighths, 8)
    return ("█" * whole + (_EIGHTHS[part] if part else "")).ljust(_BAR, "·")


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.1%}"


def _rounded(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"


def _write(file: Path, found: StatisticsResult) -> None:
    """Write the groups and the total as spreadsheets here read them: UTF-8 with its mark (BOM)."""
    names = list(StatisticsRow.model_fields)
    with file.open("w", encoding="utf-8-sig", newline="") as out:
        table = csv.writer(out)
        table.writerow(names)
        table.writerows(_cells(row, names) for row in (*found.rows, found.total))


def _cells(row: StatisticsRow, names: Iterable[str]) -> list[object]:
    """Return a row's cells; a name that a sender began like a formula stays a text."""
    from yiji.booking.exchange.cells import guarded

    cells: list[object] = [getattr(row, name) for name in names]
    return [guarded(cell) if isinstance(cell, str) else cell for cell in cells]
