"""What a field of the contract looks like on the wire; the one place where Python types meet protobuf's.

A field that may be left out for something else than protobuf's zero (``limit: int = 200``, ``X | None``) is `optional`,
so that a caller who leaves it out gets the contract's default and not 0.
"""

import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from functools import cache
from typing import Any, Literal

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

Kind = Literal["string", "int64", "double", "bool", "bytes", "timestamp", "date", "time", "enum", "message"]
Form = Literal["one", "many", "map"]

PLAIN: dict[Any, Kind] = {
    str: "string",
    int: "int64",
    float: "double",
    bool: "bool",
    bytes: "bytes",
    datetime: "timestamp",
    date: "date",
    time: "time",
}
AS_TEXT = ("date", "time")  # ISO 8601 strings; protobuf has no type of its own
OBJECTS = ("message", "timestamp")  # their absence can be seen without `optional`


class CannotTravel(TypeError):
    """A type of the contract has no form on the wire; raised when the schema is built, so by any test."""


@dataclass(frozen=True, slots=True)
class Shape:
    """One field: `target` is the model or enum of the kind so named; `optional` is proto3's, `nullable` ``| None``."""

    name: str
    kind: Kind
    form: Form = "one"
    target: type[Any] | None = None
    nullable: bool = False
    optional: bool = False


def _strip(annotation: Any) -> Any:
    """Take `Annotated` off."""
    while typing.get_origin(annotation) is typing.Annotated:
        annotation = typing.get_args(annotation)[0]
    return annotation


def _kind(annotation: Any, where: str) -> tuple[Kind, type[Any] | None]:
    annotation = _strip(annotation)
    if annotation in PLAIN:
        return PLAIN[annotation], None
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return "enum", annotation
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "message", annotation
    raise CannotTravel(f"{where}: {annotation!r} has no form on the wire")


def _without_none(annotation: Any, where: str) -> tuple[Any, bool]:
    annotation = _strip(annotation)
    if typing.get_origin(annotation) not in (typing.Union, types.UnionType):
        return annotation, False
    arms = [arm for arm in typing.get_args(annotation) if arm is not type(None)]
    if len(arms) != 1:
        raise CannotTravel(f"{where}: a union other than `X | None` has no form on the wire")
    return _strip(arms[0]), True


def _form(annotation: Any, where: str) -> tuple[Form, Any]:
    """Return the form and the type of one element."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is tuple and len(arguments) == 2 and arguments[1] is Ellipsis:
        return "many", arguments[0]
    if origin in (dict, Mapping) and arguments[0] is str:
        return "map", arguments[1]
    if origin is not None:
        raise CannotTravel(f"{where}: {annotation!r} has no form on the wire (tuple[X, ...] and dict[str, X] have)")
    return "one", annotation


def shape_of(name: str, annotation: Any, default: Any = PydanticUndefined, where: str = "") -> Shape:
    """Return the shape of a field; raises `CannotTravel`."""
    inner, nullable = _without_none(annotation, where)
    form, element = _form(inner, where)
    kind, target = _kind(element, where)
    if form != "one" and (nullable or default not in (PydanticUndefined, (), {})):
        raise CannotTravel(
            f"{where}: on the wire a missing list and an empty one are the same, so () must be the default"
        )
    if form == "map" and kind in (*AS_TEXT, "timestamp", "enum"):
        raise CannotTravel(f"{where}: a map's values are strings, numbers or messages")
    if nullable and default not in (PydanticUndefined, None):
        raise CannotTravel(f"{where}: on the wire a missing value and None are the same, so None must be the default")
    return Shape(name, kind, form, target, nullable, nullable or _has_own_default(kind, form, default))


def _has_own_default(kind: Kind, form: Form, default: Any) -> bool:
    """Whether leaving the field out means something else than the zero that protobuf would read."""
    if default is PydanticUndefined or form != "one" or kind in OBJECTS or kind == "enum":
        return False
    return kind in AS_TEXT or bool(default)


@cache
def shapes(model: type[BaseModel]) -> tuple[Shape, ...]:
    """Return the shapes of a model's fields, in their order; raises `CannotTravel`."""
    return tuple(
        shape_of(
            name,
            field.annotation,
            field.get_default(call_default_factory=True, validated_data={}),
            f"{model.__module__}.{model.__name__}.{name}",
        )
        for name, field in model.model_fields.items()
    )
