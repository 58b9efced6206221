"""Every rpc with its four ways: request and response, to bytes and back."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from google.protobuf.message import DecodeError
from pydantic import BaseModel, TypeAdapter, ValidationError

from yiji.core.errors import InvalidMessage
from yiji.core.message import Done, Query, Request, home_of, name_of
from yiji.core.rpc.catalogue import full_name, method_path, package_name, result_shape
from yiji.core.rpc.codec import encode_field, from_message, take_field, to_fields
from yiji.core.rpc.pieces import from_pieces, is_of_pieces
from yiji.core.rpc.pool import book, message_class

Encode = Callable[[Any], bytes]
Decode = Callable[[bytes], Any]
UNREADABLE = (ValueError, OverflowError, DecodeError)  # pydantic's ValidationError is a ValueError
REMEMBERED, SHORT = 256, 512  # questions of a kind, and the bytes of one that is remembered
UNTELLABLE = (ValueError, TypeError)  # a whole number past 64 bits, a moment without zone, half a surrogate pair


@dataclass(frozen=True, slots=True)
class Method:
    """One rpc. Both decoders and `encode_request` raise `InvalidMessage`."""

    request: type[Request[Any]]
    name: str  # booking.BookExam
    path: str  # /yiji.booking.v1.BookingService/BookExam
    encode_request: Encode
    decode_request: Decode
    encode_response: Encode
    decode_response: Decode


def _detail(fault: Exception) -> str:
    if not isinstance(fault, ValidationError):
        return str(fault)
    first = fault.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg']}" if where else first["msg"]


def _reader(told: str, parse: Callable[[bytes], Any], read: Callable[[Any], Any]) -> Decode:
    """Return the decoder, whose failures name the message `told`."""

    def decode(raw: bytes) -> Any:
        try:
            return read(parse(raw))
        except UNREADABLE as fault:
            raise InvalidMessage(message=told, detail=_detail(fault)) from None

    return decode


def _writer(told: str, made: type[Any], fields: Callable[[Any], dict[str, Any]]) -> Encode:
    def encode(value: Any) -> bytes:
        try:
            return made(**fields(value)).SerializeToString()
        except UNTELLABLE as fault:
            raise InvalidMessage(message=told, detail=_detail(fault)) from None

    return encode


def model_codec(model: type[BaseModel], proto: str, told: str) -> tuple[Encode, Decode]:
    """Return encoder and decoder of a model that travels as the proto message `proto`; failures name it `told`."""
    made = message_class(proto)
    read, validate = from_message(model), model.__pydantic_validator__.validate_python
    return (
        _writer(told, made, to_fields(model)),
        _reader(told, made.FromString, lambda message: validate(read(message))),
    )


def _remembered(decode: Decode) -> Decode:
    """Return the decoder of questions: desks and apps look at the same days, in the same words."""
    kept = lru_cache(maxsize=REMEMBERED)(decode)
    return lambda raw: kept(raw) if len(raw) <= SHORT else decode(raw)


def value_codec(model: type[BaseModel]) -> tuple[Encode, Decode]:
    """Return encoder and decoder of a value."""
    return model_codec(model, full_name(model), name_of(model))


def _response_codec(request: type[Request[Any]], proto: str, told: str) -> tuple[Encode, Decode]:
    """The response's only field `result` holds the answer; `Done` is an empty message."""
    made, shape = message_class(proto), result_shape(request)
    if shape is None:
        done, empty = Done(), made().SerializeToString()
        return lambda result: empty, _reader(told, made.FromString, lambda message: done)
    convert, take = encode_field(shape), take_field(shape)
    validate = TypeAdapter(request.result_type()).validate_python

    def encode(result: Any) -> bytes:  # one that cannot be told is our fault, not the caller's
        return made(result=convert(result) if convert and result is not None else result).SerializeToString()

    return (
        from_pieces(shape.target, made)
        if shape.target is not None and shape.form == "one" and is_of_pieces(shape.target)
        else encode,
        _reader(told, made.FromString, lambda message: validate(take(message))),
    )


@cache
def method_of(request: type[Request[Any]]) -> Method:
    """Return the rpc of a published request."""
    name, stem = name_of(request), f"{package_name(home_of(request))}.{request.__name__}"
    encode, decode = model_codec(request, f"{stem}Request", name)
    return Method(
        request,
        name,
        method_path(request),
        encode,
        _remembered(decode) if issubclass(request, Query) else decode,
        *_response_codec(request, f"{stem}Response", f"{name}.result"),
    )


@cache
def published() -> dict[str, type[Request[Any]]]:
    """Return every request that has an rpc, by its name (`name_of`)."""
    return {name_of(request): request for package in book().packages for request in package.requests}


def methods() -> dict[str, Method]:
    """Return every rpc by its request's name."""
    return {name: method_of(request) for name, request in published().items()}
