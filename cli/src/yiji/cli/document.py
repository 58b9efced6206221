"""Values as JSON for programs: times as ISO 8601, bytes as base64 (as protobuf's JSON does), NaN as null."""

import base64
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, time
from enum import Enum
from typing import Any, cast

from pydantic import BaseModel


def _named(value: Any) -> dict[Any, Any] | None:
    """Return what a value that has named parts is made of."""
    if isinstance(value, BaseModel):
        return {name: getattr(value, name) for name in type(value).model_fields}
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    return dict(cast("Mapping[Any, Any]", value)) if isinstance(value, Mapping) else None


def _single(value: Any) -> Any:
    match value:
        case Enum():
            return _single(value.value)
        case float():
            return value if math.isfinite(value) else None
        case None | bool() | int() | str():
            return value
        case datetime() if value.tzinfo:
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case date() | time():
            return value.isoformat()
        case bytes():
            return base64.b64encode(value).decode()
        case _:
            return str(value)


def plain(value: Any) -> Any:
    """Return `value` in the types that JSON has."""
    if hasattr(value, "tolist"):  # numpy's scalars and arrays
        return plain(value.tolist())
    named = _named(value)
    if named is not None:
        return {str(_single(name)): plain(part) for name, part in named.items()}
    if isinstance(value, Iterable) and not isinstance(value, (str, bytes)):
        return [plain(part) for part in cast("Iterable[Any]", value)]
    return _single(value)


def document(value: Any) -> bytes:
    """Return the JSON document of a value: UTF-8, readable Chinese, indented."""
    return json.dumps(plain(value), ensure_ascii=False, indent=2).encode("utf-8", "replace") + b"\n"
