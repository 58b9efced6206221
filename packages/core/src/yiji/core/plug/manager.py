"""Find the plugins, keep a broken one from harming the rest, and hand out what they bring."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from importlib.metadata import Distribution, EntryPoint, distribution, entry_points
from threading import Lock
from typing import Any, TypeVar

import pluggy

from yiji.core.errors import PluginBroken, PluginMissing
from yiji.core.plug import hooks as core_hooks
from yiji.core.plug.manifest import Hooks, Record

GROUP = "yiji.plugins"
RecordT = TypeVar("RecordT")


@dataclass(frozen=True)
class Plugin:
    """A plugin as it was found: its records when it loaded, the reason when it did not."""

    name: str
    module: str
    records: tuple[Record, ...] = ()
    broken: str = ""
    entry: EntryPoint | None = field(default=None, repr=False)

    @property
    def distribution(self) -> str:
        """The package that brought it; asked for late, for reading a package's metadata is slow."""
        return self._package().name

    @property
    def version(self) -> str:
        """That package's version."""
        return self._package().version

    def _package(self) -> Distribution:
        return self.entry.dist if self.entry and self.entry.dist else distribution("yiji-core")


@dataclass(eq=False)
class Plugins:
    """All plugins of this environment."""

    found: tuple[Plugin, ...]
    manager: pluggy.PluginManager = field(repr=False)
    _specifying: Lock = field(default_factory=Lock, repr=False)

    def records(self, kind: type[RecordT]) -> list[RecordT]:
        """Return all records of one kind, in the plugins' order."""
        return [record for plugin in self.found for record in plugin.records if isinstance(record, kind)]

    def hook(self, name: str) -> list[Any]:
        """Return the records with which all plugins fill a wing's hook, in pluggy's order: the last plugin's first.

        Raises `PluginBroken`, which names the plugin.
        """
        self._specify()
        fillings: list[Any] = getattr(self.manager.hook, name).get_hookimpls()
        return [record for filling in reversed(fillings) for record in _asked(filling)]

    def fillings(self, plugin: Plugin) -> list[Callable[[], Sequence[Any]]]:
        """Return the functions with which one plugin fills hooks."""
        self._specify()
        module = self.manager.get_plugin(plugin.name)
        callers = self.manager.get_hookcallers(module) or () if module else ()
        found: list[Any] = [one for caller in callers for one in caller.get_hookimpls()]
        return [one.function for one in found if one.plugin is module]

    def _specify(self) -> None:
        """Make the wings' hooks known; late, for that imports their modules. One thread at a time: all may be first."""
        with self._specifying:
            for record in self.records(Hooks):
                if not self.manager.has_plugin(f"spec:{record.module}"):
                    self.manager.add_hookspecs(import_module(record.module))
                    self.manager.register(object(), f"spec:{record.module}")

    def require(self, names: list[str]) -> None:
        """Raise `PluginMissing` or `PluginBroken` unless every named plugin is here and whole."""
        here = {plugin.name: plugin for plugin in self.found}
        for name in names:
            if name not in here:
                raise PluginMissing(plugin=name)
            if here[name].broken:
                raise PluginBroken(plugin=name, detail=here[name].broken)


def _asked(filling: Any) -> list[Any]:
    try:
        return list(filling.function())
    except (Exception, SystemExit) as fault:
        raise PluginBroken(plugin=filling.plugin_name, detail=f"{type(fault).__name__}: {fault}") from fault


def _load(manager: pluggy.PluginManager, entry: EntryPoint) -> Plugin:
    try:
        module = entry.load()
        manager.register(module, entry.name)
        records = tuple(module.yiji_provides()) if hasattr(module, "yiji_provides") else ()
    except (Exception, SystemExit) as fault:  # a stranger's module may fail in any way
        if manager.has_plugin(entry.name):
            manager.unregister(name=entry.name)
        return Plugin(entry.name, entry.value, broken=f"{type(fault).__name__}: {fault}", entry=entry)
    return Plugin(entry.name, entry.value, records=records, entry=entry)


@cache
def plugins() -> Plugins:
    """Load the plugins of this environment, once; wings first, by name, then the rest."""
    manager = pluggy.PluginManager("yiji")
    manager.add_hookspecs(core_hooks)
    found = sorted(entry_points(group=GROUP), key=lambda entry: (not entry.value.startswith("yiji."), entry.name))
    own = EntryPoint("core", "yiji.core.plugin", GROUP)
    return Plugins(tuple(_load(manager, entry) for entry in [own, *found]), manager)
