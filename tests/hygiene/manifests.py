"""What the plugins of this workspace bring, for the tests that look at it."""

from importlib import import_module
from pkgutil import iter_modules, walk_packages
from types import ModuleType
from typing import Any

from yiji.core import contract
from yiji.core.message import Event, Request, home_of
from yiji.core.plug.manager import plugins
from yiji.core.plug.manifest import resolve


def records(kind: type[Any]) -> list[Any]:
    """The records of one kind, of all plugins."""
    return plugins().records(kind)


def all_modules(package: str) -> list[ModuleType]:
    """Import a package and all that is in it."""
    root = import_module(package)
    names = [info.name for info in walk_packages(root.__path__, f"{package}.") if not info.name.endswith("__main__")]
    return [root, *(import_module(name) for name in names)]


def _messages(base: type) -> dict[str, type]:
    found: dict[str, type] = {}
    for info in iter_modules(contract.__path__, "yiji.core.contract."):
        for value in vars(import_module(info.name)).values():
            if isinstance(value, type) and issubclass(value, base) and home_of(value) == info.name:
                found[f"{info.name}:{value.__name__}"] = value
    return found


def requests() -> dict[str, type[Request[Any]]]:
    """Every command and query of the contract, by its target."""
    return {target: value for target, value in _messages(Request).items() if "[" not in target}


def events() -> dict[str, type[Event]]:
    """Every event of the contract, by its target."""
    return _messages(Event)


__all__ = ["all_modules", "events", "records", "requests", "resolve"]
