"""Between the contract's values and protobuf's messages, compiled once for each type.

This is the hot path of the gRPC daemon. Encoding copies a model's `__dict__` and touches only the fields that are not
plain; protobuf (upb, in C) takes nested dicts as they are. Decoding reads the plain fields with one `attrgetter` and
hands a nested dict to pydantic, which validates all of it in one go.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from operator import attrgetter
from typing import Any

from pydantic import BaseModel

from yiji.core.rpc.pool import book
from yiji.core.rpc.schema import enum_numbers
from yiji.core.rpc.shape import AS_TEXT, OBJECTS, Shape, shapes

Convert = Callable[[Any], Any]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ABSENT = object()


def _stamp(moment: datetime) -> dict[str, int]:
    """A moment as the fields of a Timestamp; one without a zone is a `TypeError`: nobody knows which moment it is."""
    since = moment - EPOCH
    return {"seconds": since.days * 86400 + since.seconds, "nanos": since.microseconds * 1000}


def _moment(stamp: Any) -> datetime:
    return EPOCH + timedelta(0, stamp.seconds, stamp.nanos // 1000)


def _isoformat(value: date | time) -> str:
    return value.isoformat()


def _encode_element(shape: Shape) -> Convert | None:
    """Return how one element becomes what protobuf takes; None when it is taken as it is."""
    if shape.kind == "message" and shape.target:
        return to_fields(shape.target)
    if shape.kind == "enum" and shape.target:
        return enum_numbers(shape.target, book().lock).__getitem__
    if shape.kind == "timestamp":
        return _stamp
    return _isoformat if shape.kind in AS_TEXT else None


def encode_field(shape: Shape) -> Convert | None:
    """Return how a field's value becomes what protobuf takes; None when it is taken as it is."""
    convert = _encode_element(shape)
    if convert is None or shape.form == "one":
        return convert
    if shape.form == "many":
        return lambda values: [convert(value) for value in values]
    return lambda values: {key: convert(value) for key, value in values.items()}


@cache
def to_fields(model: type[BaseModel]) -> Convert:
    """Return the function from a value to the keyword arguments of its protobuf message."""
    special = [(shape.name, convert) for shape in shapes(model) if (convert := encode_field(shape))]
    if not special:
        return attrgetter("__dict__")

    def encode(value: BaseModel) -> dict[str, Any]:
        fields = value.__dict__.copy()
        for name, convert in special:
            held = fields[name]
            if held is not None:
                fields[name] = convert(held)
        return fields

    return encode


def _member(numbers: dict[int, Any]) -> Convert:
    def member(number: int) -> Any:
        try:
            return numbers[number]
        except KeyError:
            raise ValueError(f"no value has the number {number}") from None

    return member


def _decode_element(shape: Shape) -> Convert | None:
    if shape.kind == "message" and shape.target:
        return from_message(shape.target)
    if shape.kind == "enum" and shape.target:
        return _member({number: value for value, number in enum_numbers(shape.target, book().lock).items()})
    if shape.kind == "timestamp":
        return _moment
    return {"date": date.fromisoformat, "time": time.fromisoformat}.get(shape.kind)


def _take_many(name: str, convert: Convert | None) -> Convert:
    if convert is None:
        return lambda message: tuple(getattr(message, name))
    return lambda message: tuple([convert(value) for value in getattr(message, name)])


def _take_map(name: str, convert: Convert | None) -> Convert:
    if convert is None:
        return lambda message: dict(getattr(message, name))
    return lambda message: {key: convert(value) for key, value in getattr(message, name).items()}


def _take_one(shape: Shape, convert: Convert | None) -> Convert:
    """Read a field whose absence is seen, and means None, or the default, or (pydantic says so) a mistake."""
    name, missing = shape.name, None if shape.nullable else _ABSENT
    if shape.optional or shape.kind in OBJECTS:
        if convert is None:
            return lambda message: getattr(message, name) if message.HasField(name) else missing
        return lambda message: convert(getattr(message, name)) if message.HasField(name) else missing
    assert convert is not None
    return lambda message: convert(value) if (value := getattr(message, name)) else missing  # 0 or "": left out


def take_field(shape: Shape) -> Convert:
    """Return the function that reads one field from a protobuf message."""
    if _is_plain(shape):
        return attrgetter(shape.name)
    convert = _decode_element(shape)
    if shape.form == "many":
        return _take_many(shape.name, convert)
    return _take_map(shape.name, convert) if shape.form == "map" else _take_one(shape, convert)


def _is_plain(shape: Shape) -> bool:
    return shape.form == "one" and not shape.optional and shape.kind in ("string", "int64", "double", "bool", "bytes")


def _plain_fields(names: list[str]) -> Convert:
    if len(names) < 2:  # attrgetter gives a tuple for two and more
        return lambda message: {name: getattr(message, name) for name in names}
    get = attrgetter(*names)
    return lambda message: dict(zip(names, get(message), strict=True))


@cache
def from_message(model: type[BaseModel]) -> Convert:
    """Return the function from a protobuf message to the fields that pydantic validates."""
    plain = _plain_fields([shape.name for shape in shapes(model) if _is_plain(shape)])
    special = [(shape.name, take_field(shape)) for shape in shapes(model) if not _is_plain(shape)]
    if not special:
        return plain

    def decode(message: Any) -> dict[str, Any]:
        fields = plain(message)
        name = ""
        try:
            for name, take in special:
                value = take(message)
                if value is not _ABSENT:
                    fields[name] = value
        except (ValueError, OverflowError) as fault:
            raise ValueError(f"{name}: {fault}") from None
        return fields

    return decode
