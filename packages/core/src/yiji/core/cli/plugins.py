"""``yiji plugin``: what is installed, and whether it is whole. Needs no site."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from importlib import import_module
from typing import Any

import typer
from pydantic import BaseModel

from yiji.core.errors import PluginBroken
from yiji.core.faces import shell
from yiji.core.i18n import LANGS, read_table
from yiji.core.plug.manager import Plugin
from yiji.core.plug.manager import plugins as installed
from yiji.core.plug.manifest import Commands, Daemon, Handles, Listens, Locale, Migrations, Reads, Record, resolve

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Installed plugins. 已安装的插件。")
_TARGET = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")  # whatever a record of a wing's hook calls it: `sniff`, `sign`


class PluginRow(BaseModel):
    """A plugin as it was found; `brings` counts its records by kind."""

    name: str
    distribution: str
    version: str
    module: str
    whole: bool
    brings: str
    problem: str


class Problem(BaseModel):
    """Something that is wrong with a plugin."""

    plugin: str
    where: str
    problem: str


def _row(plugin: Plugin) -> PluginRow:
    kinds = Counter(type(record).__name__ for record in plugin.records)
    return PluginRow(
        name=plugin.name,
        distribution=plugin.distribution,
        version=plugin.version,
        module=plugin.module,
        whole=not plugin.broken,
        brings=", ".join(f"{kind} {count}" for kind, count in kinds.items()),
        problem=plugin.broken,
    )


@app.command("list")
def list_plugins() -> None:
    """List the plugins of this environment. 列出本环境的插件。

    Example:
        yiji plugin list
    """
    columns = [
        ("name", "插件", "Plugin"),
        ("distribution", "软件包", "Package"),
        ("version", "版本", "Version"),
        ("whole", "可用", "Whole"),
        ("brings", "提供", "Brings"),
        ("problem", "问题", "Problem"),
    ]
    shell().table([_row(plugin) for plugin in installed().found], columns)


def _key(record: Record) -> str:
    """Return what only one plugin may bring, or nothing."""
    match record:
        case Handles():
            return f"handles {record.message}"
        case Listens() | Daemon() | Commands():
            return f"{type(record).__name__.lower()} {record.name}"
        case Reads():
            return f"reads {record.section}"
        case Migrations():
            return f"migrations {record.branch}"
        case _:
            return ""


def _loads(record: Any) -> None:
    """Import all that a record of a manifest or a hook names; raises whatever that raises."""
    for field in fields(record):
        named = str(getattr(record, field.name))
        if field.name in ("target", "message", "event") or _TARGET.fullmatch(named):
            resolve(named)
        elif field.name in ("module", "package"):
            import_module(named)
    if isinstance(record, Locale):
        zh, en = (set(read_table(record.package, lang)) for lang in LANGS)
        if zh != en:
            raise ValueError(f"zh.toml and en.toml differ in {', '.join(sorted(zh ^ en))}")


def problems(found: tuple[Plugin, ...]) -> Iterator[Problem]:
    """Look at every plugin and all that its manifest names."""
    seen: dict[str, str] = {}
    for plugin in found:
        if plugin.broken:
            yield Problem(plugin=plugin.name, where=plugin.module, problem=plugin.broken)
        for filling in installed().fillings(plugin):
            yield from _problems_of(plugin, filling)
        for record in plugin.records:
            first = seen.setdefault(key, plugin.name) if (key := _key(record)) else plugin.name
            if first != plugin.name:
                yield Problem(plugin=plugin.name, where=key, problem=f"{first} brings it too")


def _problems_of(plugin: Plugin, filling: Callable[[], Iterable[Any]]) -> Iterator[Problem]:
    """Look at all with which one plugin fills one hook; a stranger's module may fail in any way."""
    try:
        records = list(filling())
    except (Exception, SystemExit) as fault:
        yield _problem(plugin, filling.__name__, fault)
        return
    for record in records:
        try:
            _loads(record)
        except (Exception, SystemExit) as fault:
            yield _problem(plugin, str(record), fault)


def _problem(plugin: Plugin, where: str, fault: BaseException) -> Problem:
    told = fault.params["detail"] if isinstance(fault, PluginBroken) else f"{type(fault).__name__}: {fault}"
    return Problem(plugin=plugin.name, where=where, problem=told)


@app.command()
def check() -> None:
    """Import all that the plugins name; exit status 1 if something fails. 逐个检查插件，有问题则退出码为 1。

    Example:
        yiji plugin check --json
    """
    with shell().progress(shell().words("正在检查插件", "checking the plugins")):
        found = list(problems(installed().found))
    shell().table(found, [("plugin", "插件", "Plugin"), ("where", "位置", "Where"), ("problem", "问题", "Problem")])
    if found:
        raise typer.Exit(1)
    shell().say(shell().words("全部插件可用", "all plugins are whole"))
