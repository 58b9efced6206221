"""Plugins: manifests of typed records, found by entry point, loaded without importing anything heavy."""

from yiji.core.plug.manifest import (
    Commands,
    Daemon,
    Errors,
    Handles,
    Hooks,
    Listens,
    Locale,
    Migrations,
    Reads,
    Record,
    Warms,
    hookimpl,
    hookspec,
    resolve,
)

__all__ = [
    "Commands",
    "Daemon",
    "Errors",
    "Handles",
    "Hooks",
    "Listens",
    "Locale",
    "Migrations",
    "Reads",
    "Record",
    "Warms",
    "hookimpl",
    "hookspec",
    "resolve",
]
