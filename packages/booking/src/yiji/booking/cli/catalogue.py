"""Master data 基础数据 at the shell."""

from pathlib import Path
from typing import Annotated

import typer

from yiji.booking.cli import cataloguefile, lines
from yiji.core.contract.catalogue import (
    Catalogue,
    CopyCalendars,
    ListEditions,
    LoadCatalogue,
    Part,
    RemoveFromCatalogue,
    ShowCatalogue,
)
from yiji.core.faces import shell

app = typer.Typer(add_completion=False, no_args_is_help=True)

Note = Annotated[str, typer.Option(help="Why; kept with the edition. 修改说明。")]
Source = Annotated[
    Path,
    typer.Argument(
        exists=True, metavar="FILE|DIR", help="A TOML file, or a folder of sheets. TOML 文件或 CSV 文件夹。"
    ),
]
_EDITIONS = [
    ("number", "版本", "edition"),
    ("at", "时间", "at"),
    ("actor", "操作者", "by"),
    ("note", "说明", "note"),
]
_DIFFERENCES = [
    ("part", "部分", "part"),
    ("code", "代码", "code"),
    ("field", "字段", "field"),
    ("before", "原值", "before"),
    ("after", "新值", "after"),
]


@app.command("load", epilog="Example: yiji catalogue load hospital.toml --note 增加西院区")
def load(
    source: Source,
    replace: Annotated[
        bool, typer.Option("--replace", help="The parts told replace what is there. 所含部分整体替换。")
    ] = False,
    note: Note = "",
) -> None:
    """Load master data; what has the same code is changed. 导入基础数据。"""
    here, told = shell(), cataloguefile.read(source)
    before = here.bus.ask(ShowCatalogue())
    with here.progress(here.words("正在导入", "loading")):
        loaded = here.bus.ask(LoadCatalogue(catalogue=told, replace=replace, note=note), timeout=300)
    _changed(before, loaded)


@app.command("export", epilog="Example: yiji catalogue export --csv sheets")
def export(
    csv: Annotated[Path | None, typer.Option(file_okay=False, help="Write sheets there. 写入 CSV 文件夹。")] = None,
    toml: Annotated[Path | None, typer.Option(dir_okay=False, help="Write TOML there. 写入 TOML 文件。")] = None,
    edition: Annotated[int, typer.Option(min=0, help="An earlier edition; 0: in force. 版本。")] = 0,
) -> None:
    """Write all master data: TOML to the screen, to a file, or sheets for Excel. 导出基础数据。"""
    here = shell()
    found = here.bus.ask(ShowCatalogue(edition=edition))
    if csv is None and toml is None:
        here.show(found) if here.json else typer.echo(cataloguefile.written(found), nl=False)
    if csv is not None:
        cataloguefile.write_sheets(found, csv)
        here.say(here.words(f"已写入 {csv}", f"written to {csv}"))
    if toml is not None:
        toml.write_text(cataloguefile.written(found), "utf-8")
        here.say(here.words(f"已写入 {toml}", f"written to {toml}"))


@app.command("show", epilog="Example: yiji catalogue show devices")
def show(
    part: Annotated[
        lines.Shown | None, typer.Argument(help="One part; none: how much there is. 部分；不写则为概况。")
    ] = None,
    edition: Annotated[int, typer.Option(min=0, help="An earlier edition; 0: in force. 版本。")] = 0,
) -> None:
    """The master data, a part at a time; with --json all of it. 查看基础数据。"""
    here = shell()
    found = here.bus.ask(ShowCatalogue(edition=edition))
    if part is None:
        here.show(found) if here.json else lines.summary(found)
    else:
        lines.part(found, part)


@app.command("history", epilog="Example: yiji catalogue history --limit 10")
def history(limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many. 最多列出。")] = 50) -> None:
    """Who changed the master data, when and why. 修改历史。"""
    here = shell()
    here.table(here.bus.ask(ListEditions(limit=limit)).editions, _EDITIONS, here.words("基础数据版本", "Editions"))


@app.command("diff", epilog="Example: yiji catalogue diff 3 5")
def diff(
    old: Annotated[int, typer.Argument(min=1, metavar="A", help="The earlier edition. 较早版本。")],
    new: Annotated[int, typer.Argument(min=0, metavar="B", help="The later one; 0: in force. 较新版本。")] = 0,
) -> None:
    """What changed between two editions. 比较两个版本。"""
    here = shell()
    before, after = here.bus.ask(ShowCatalogue(edition=old)), here.bus.ask(ShowCatalogue(edition=new))
    _changed(before, after, at_most=1_000_000)


@app.command("remove", epilog="Example: yiji catalogue remove closures 2026-10-01..2026-10-07")
def remove(
    part: Annotated[Part, typer.Argument(help="Of which part. 部分。")],
    codes: Annotated[list[str], typer.Argument(metavar="CODE...", help="As show prints them. 代码。")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask. 不再确认。")] = False,
    note: Note = "",
) -> None:
    """Take entries out that nothing needs any more. 移除基础数据。"""
    here = shell()
    if not yes:
        told = ", ".join(codes)
        typer.confirm(here.words(f"移除 {part.value} {told}？", f"Remove {part.value} {told}?"), abort=True, err=True)
    before = here.bus.ask(ShowCatalogue())
    _changed(before, here.bus.ask(RemoveFromCatalogue(part=part, codes=tuple(codes), note=note)))


@app.command("copy-calendar", epilog="Example: yiji catalogue copy-calendar CT-1 CT-2 CT-3")
def copy_calendar(
    device: Annotated[str, typer.Argument(metavar="FROM", help="Whose calendars. 从哪台设备。")],
    to: Annotated[list[str], typer.Argument(metavar="TO...", help="Devices or staff groups. 到哪些设备。")],
    note: Note = "",
) -> None:
    """Give devices the calendars of another, in place of their own. 复制排班。"""
    before = shell().bus.ask(ShowCatalogue())
    _changed(before, shell().bus.ask(CopyCalendars(device=device, to=tuple(to), note=note)))


@app.command("template", epilog="Example: yiji catalogue template > hospital.toml")
def template() -> None:
    """Print an example with remarks, to be edited and loaded. 输出带说明的示例。"""
    typer.echo(cataloguefile.template(), nl=False)


def _changed(before: Catalogue, after: Catalogue, at_most: int = 40) -> None:
    """Tell what changed (where that is too much, how much), and what nobody can make."""
    from yiji.booking.cli.changes import differences
    from yiji.booking.rules.catalogue import makers

    here, found = shell(), differences(before, after)
    if len(found) > at_most and not here.json:
        lines.counts(found)
    elif found or here.json:
        here.table(found, _DIFFERENCES, here.words("变化", "Changes"))
    else:
        here.say(here.words("没有变化", "nothing changed"))
    idle = sorted(code for code, devices in makers(after).items() if not devices)
    if idle:
        told = ", ".join(idle[:10]) + (" ..." if len(idle) > 10 else "")
        here.say(here.words(f"提示：没有设备能做 {told}", f"note: no device makes {told}"))
