"""The root command: groups named by the plugins' manifests, none of them loaded before it is called."""

import sys
from contextlib import redirect_stdout
from typing import Any

import typer
from typer.main import get_command

from yiji.cli.commands import Group, LazyCommand
from yiji.core.plug.manager import plugins
from yiji.core.plug.manifest import Commands

_HELP = """
yiji: a hospital's clinical and medical-technology departments work together.
医技：临床与医技科室协同工作。

Example:
    yiji init /srv/yiji --name 市第一医院
    yiji --site /srv/yiji serve all
    yiji slot list --json
"""


class Root(Group):
    """The root group; it also shows the plugins that cannot be loaded."""

    broken: list[tuple[str, str]]


def build(lang: str) -> Root:
    """Return the root command; of two plugins that bring the same name the first keeps it (wings come first)."""
    app = typer.Typer(cls=Root, no_args_is_help=True, help=_HELP, rich_markup_mode=None)
    app.callback()(_nothing)
    root: Any = get_command(app)
    assert isinstance(root, Root)
    with redirect_stdout(sys.stderr):  # what a plugin prints while it is loaded is no data
        found = plugins().found
    for plugin in found:
        for record in plugin.records:
            if isinstance(record, Commands):
                root.commands.setdefault(record.name, LazyCommand(record, plugin.name, lang))
    root.broken = [(plugin.name, plugin.broken) for plugin in found if plugin.broken]
    return root


def _nothing() -> None: ...
