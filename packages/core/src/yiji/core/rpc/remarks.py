"""What the contract's source says about its parts: docstrings, and the comment at a field's end of line.

Only the generator reads them; nothing at run time depends on source text being there.
"""

import inspect
import re
from enum import StrEnum
from functools import cache
from typing import Any

from pydantic import BaseModel

from yiji.core.message import Command, Query, Request

_FIELD = re.compile(r"^    (\w+)\s*[:=].*?\s#\s(.*)$", re.MULTILINE)


def docstring(kind: type[Any]) -> str:
    """Return a class's own docstring, indented as its lines are."""
    return inspect.cleandoc(kind.__dict__.get("__doc__") or "")


def call_remark(request: type[Request[Any]]) -> str:
    """Return what an rpc's comment says."""
    return f"{docstring(request)}\n{_sort(request)} Permission: {request.permission}."


def _sort(request: type[Request[Any]]) -> str:
    if issubclass(request, Command):
        return "Command: takes an idempotency-key."
    return "Query: changes nothing." if issubclass(request, Query) else "Watch: answers now, and whenever it differs."


@cache
def field_remarks(kind: type[Any]) -> dict[str, str]:
    """Return the end-of-line comments of a class's fields or members, by name."""
    return {name: remark.strip() for name, remark in _FIELD.findall(inspect.getsource(kind))}


def default_remark(model: type[BaseModel], name: str) -> str:
    """Return what a field is when it is left out, where that is something else than nothing; else an empty string."""
    default = model.model_fields[name].default
    if isinstance(default, StrEnum):
        return default.name
    return repr(default) if isinstance(default, (str, int, float)) and default else ""
