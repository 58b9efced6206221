"""What a manifest is made of: frozen records whose targets are dotted strings, resolved when they are first needed."""

from dataclasses import dataclass
from importlib import import_module
from typing import Any, TypeAlias

import pluggy

from yiji.core.errors import PluginBroken

hookspec = pluggy.HookspecMarker("yiji")
hookimpl = pluggy.HookimplMarker("yiji")


@dataclass(frozen=True, slots=True)
class Handles:
    """`target` answers the command or query `message`; `batch` > 1: those that wait are handled in groups.

    A group is one call of the target: with `Job`s and one COMMIT for commands, with `Question`s for queries.

    `whole`: a query whose statements must share one transaction; the others see what is committed, each for itself.
    """

    message: str
    target: str
    batch: int = 1
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Listens:
    """`target` reacts to `event`, under a `name` that is unique in the site, in the relay that serves `lane`.

    `channel` is the path of the event's field that names the peer (``due.peer``): one that is down pauses alone.
    `many`: it is given all events that are due at once, in their order, by their ids. A redelivery may group them
    otherwise, so that what it asks has to be harmless when asked again in other company; any fault of its own brings
    each event again by itself.
    """

    event: str
    target: str
    name: str
    lane: str = "relay"
    channel: str = ""
    many: bool = False


@dataclass(frozen=True, slots=True)
class Daemon:
    """``yiji serve NAME`` calls `target` with the app; `app.wait()` returns when it is to end. `en`, `zh`: its help.

    `behind`: nobody waits for what it does. When there is more to do than can be done, it does its part later.
    """

    name: str
    target: str
    en: str
    zh: str
    behind: bool = False


@dataclass(frozen=True, slots=True)
class Warms:
    """`target` is called with the app while the daemon `daemon` starts, so that nobody waits for imports or fonts."""

    daemon: str
    target: str


@dataclass(frozen=True, slots=True)
class Commands:
    """`target`: a Typer app under ``yiji NAME``, or a function that is the command; `en` and `zh`: its line of help."""

    name: str
    target: str
    en: str
    zh: str


@dataclass(frozen=True, slots=True)
class Migrations:
    """The package that holds an Alembic branch's versions; the branch is named by `branch`."""

    branch: str
    package: str


@dataclass(frozen=True, slots=True)
class Locale:
    """The package that holds ``zh.toml`` and ``en.toml``."""

    package: str


@dataclass(frozen=True, slots=True)
class Reads:
    """The plugin reads the section ``[SECTION]`` of yiji.toml; `model` is the pydantic class that checks it."""

    section: str
    model: str


@dataclass(frozen=True, slots=True)
class Errors:
    """The module whose import registers a plugin's error classes."""

    module: str


@dataclass(frozen=True, slots=True)
class Hooks:
    """A module of hook specifications that a wing opens to plugins."""

    module: str


Record: TypeAlias = Handles | Listens | Daemon | Warms | Commands | Migrations | Locale | Reads | Errors | Hooks


def resolve(target: str) -> Any:
    """Import ``package.module:name`` and return what is there; raises `PluginBroken`."""
    module, _, name = target.partition(":")
    try:
        return getattr(import_module(module), name)
    except (Exception, SystemExit) as fault:  # a stranger's module may fail in any way
        plugin = module.removeprefix("yiji.").partition(".")[0]
        raise PluginBroken(plugin=plugin, detail=f"{target}: {type(fault).__name__}: {fault}") from fault
