"""Electrophysiology reports: drafted, drawn to scale, signed.

Library functions load when they are first used: `render` draws a report (`yiji.reports.page`), `compose` fills one in
(`yiji.reports.writing`), `load` reads a template.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from yiji.reports.page.preview import preview
    from yiji.reports.page.sheet import render
    from yiji.reports.writing.compose import compose
    from yiji.reports.writing.inherit import load
    from yiji.reports.writing.template import Template

__all__ = ["Template", "compose", "load", "preview", "render"]

_HOMES = {
    "Template": "yiji.reports.writing.template",
    "compose": "yiji.reports.writing.compose",
    "load": "yiji.reports.writing.inherit",
    "preview": "yiji.reports.page.preview",
    "render": "yiji.reports.page.sheet",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
