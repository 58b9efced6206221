"""Commands and groups as yiji shows them: with the global options, a page of help in the user's language, loaded late.

Typer 0.29 carries its own Click. Only `typer.core`, `typer.main` and methods without an underscore are used here; the
base classes' parameters are typed `Any` because their own types live in a private module.
"""

import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from typing import Any, cast

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command, get_group

from yiji.cli import page
from yiji.cli.options import global_options
from yiji.core.errors import PluginBroken
from yiji.core.plug.manifest import Commands, resolve


def _with_globals(params: list[Any]) -> list[Any]:
    """Add the global options; a command's own option of the same name goes before."""
    taken = {name for param in params for name in param.opts}
    return params + [option for option in global_options() if not taken.intersection(option.opts)]


class Command(TyperCommand):
    """A command with the global options."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return its own parameters and the global ones."""
        return _with_globals(super().get_params(ctx))

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the page of help."""
        formatter.write(page.of(self, ctx))

    def invoke(self, ctx: Any) -> None:
        """Run it; what the function returns is not an exit status."""
        super().invoke(ctx)


class Group(TyperGroup):
    """A group with the global options."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return its own parameters and the global ones."""
        return _with_globals(super().get_params(ctx))

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the page of help."""
        formatter.write(page.of(self, ctx))


def dress(app: typer.Typer) -> None:
    """Make Typer build `Command` and `Group` for an app and all below it, unless it brought classes of its own."""
    if isinstance(app.info.cls, typer.models.DefaultPlaceholder) or app.info.cls is None:
        app.info.cls = Group
    for command in app.registered_commands:
        if command.cls in (None, TyperCommand):
            command.cls = Command
    for group in app.registered_groups:
        if group.typer_instance:
            dress(group.typer_instance)


def compile_target(target: Any, name: str) -> Any:
    """Return the command of a `Commands` target: a Typer app is a group even of one command, a function a command."""
    if isinstance(target, typer.Typer):
        dress(target)
        return get_group(target)
    app = typer.Typer(add_completion=False)
    app.command(name)(cast("Callable[..., Any]", target))
    dress(app)
    return get_command(app)


class LazyCommand(Command):
    """A name and a line of help; the module behind them is imported when the command is called."""

    def __init__(self, record: Commands, plugin: str, lang: str) -> None:
        super().__init__(name=record.name, help=record.zh if lang == "zh" else record.en)
        self.record = record
        self.plugin = plugin

    def load(self) -> Any:
        """Import and build the command; raises `PluginBroken`."""
        try:
            with redirect_stdout(sys.stderr):  # what a module prints while it is loaded is no data
                command = compile_target(resolve(self.record.target), self.record.name)
        except PluginBroken as fault:
            raise PluginBroken(plugin=self.plugin, detail=fault.params["detail"]) from fault
        except (Exception, SystemExit) as fault:  # a stranger's module may fail in any way
            raise PluginBroken(plugin=self.plugin, detail=f"{type(fault).__name__}: {fault}") from fault
        command.help = command.help or self.help
        return command

    def make_context(self, info_name: Any, args: list[str], parent: Any = None, **extra: Any) -> Any:
        """Let the real command take over from here."""
        return self.load().make_context(info_name, args, parent, **extra)
