"""Answers put together from pieces that were encoded before.

A page of free slots is asked for again and again, and most of its slots are the same each time. A `Kept` value carries
its encoded form from the first time on; a list of them is their forms one after the other, which is what protobuf
makes of a repeated field (recalled from its encoding: tag, length, bytes).
"""

from collections.abc import Callable, Sequence
from typing import Any

from pydantic import BaseModel

from yiji.core.message import Kept
from yiji.core.rpc.codec import to_fields
from yiji.core.rpc.pool import message_class
from yiji.core.rpc.shape import Shape, shapes

_BYTES = 2  # the wire type of what has a length


def is_of_pieces(result: type[Any] | None) -> bool:
    """Whether a result is one list of kept values and nothing else."""
    return result is not None and issubclass(result, BaseModel) and _list_of(result) is not None


def _list_of(result: type[BaseModel]) -> Shape | None:
    only = shapes(result)[0] if len(shapes(result)) == 1 else None
    of_kept = only and only.form == "many" and only.kind == "message" and only.target and issubclass(only.target, Kept)
    return only if of_kept else None


def from_pieces(result: type[Any], response: type[Any]) -> Callable[[Any], bytes]:
    """Return the encoder of a `response` whose field `result` holds a list of kept values."""
    outer = response.DESCRIPTOR.fields_by_name["result"]
    shape = _list_of(result)
    assert shape is not None
    assert shape.target is not None
    inner = outer.message_type.fields_by_name[shape.name]
    form = _former(inner.number, message_class(inner.message_type.full_name), to_fields(shape.target))
    name, tag = shape.name, _tag(outer.number)

    def encode(answer: Any) -> bytes:
        values: Sequence[Kept] = getattr(answer, name)
        pieces = b"".join([getattr(value, "encoded", None) or form(value) for value in values])
        return tag + _varint(len(pieces)) + pieces

    return encode


def _former(number: int, made: type[Any], fields: Callable[[Any], dict[str, Any]]) -> Callable[[Kept], bytes]:
    tag = _tag(number)

    def form(value: Kept) -> bytes:
        told = made(**fields(value)).SerializeToString()
        kept = tag + _varint(len(told)) + told
        object.__setattr__(value, "encoded", kept)  # a value is frozen
        return kept

    return form


def _tag(number: int) -> bytes:
    return _varint(number << 3 | _BYTES)


def _varint(number: int) -> bytes:
    """Seven bits a byte, the lowest first, the highest bit set on all but the last."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)
