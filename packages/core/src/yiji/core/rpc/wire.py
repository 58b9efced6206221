"""What travels beside the messages: metadata names, and errors as status, plain words and a detail that can be revived.

An error goes out as the gRPC status of its kind (`core.errors.KINDS`), with a sentence in the caller's language for
whoever reads only that, and with a `Fault` in the trailing metadata, from which `errors.revive` makes the same class.
"""

from collections.abc import Callable, Iterable
from functools import cache
from importlib import import_module
from typing import Any

import grpc

from yiji.core.errors import (
    DeadlinePassed,
    InternalError,
    InvalidMessage,
    Kind,
    NotSignedIn,
    ServerUnavailable,
    UnknownMessage,
    YijiError,
    revive,
)
from yiji.core.i18n import LANGS, explain
from yiji.core.plug.manager import plugins
from yiji.core.plug.manifest import Errors
from yiji.core.rpc.fault import Fault
from yiji.core.rpc.methods import value_codec

AUTHORIZATION = "authorization"
BEARER = "Bearer "
KEY = "idempotency-key"
LANGUAGE = "accept-language"
ERROR = "yiji-error-bin"

MAX_MESSAGE = 64 * 1024 * 1024  # bytes; a report's page travels whole
# gRPC refuses trailers of more than 8 KiB at its default. The sentence costs up to 9 bytes a character (UTF-8, then
# percent-encoded), the detail 4 bytes for 3.
MAX_SENTENCE = 300
MAX_PARAMS = 3000
OPTIONS = (("grpc.max_receive_message_length", MAX_MESSAGE), ("grpc.max_send_message_length", MAX_MESSAGE))

Metadata = Iterable[tuple[str, str | bytes]]


def token_of(metadata: dict[str, Any]) -> str:
    """Return the bearer's token; empty when there is none."""
    told = str(metadata.get(AUTHORIZATION, ""))
    return told[len(BEARER) :] if told[: len(BEARER)].lower() == BEARER.lower() else ""


def lang_of(metadata: dict[str, Any]) -> str:
    """Return the first language of the caller's that we speak, English otherwise."""
    for asked in str(metadata.get(LANGUAGE, "")).split(","):
        lang = asked.strip()[:2].lower()
        if lang in LANGS:
            return lang
    return "en"


@cache
def _fault_codec() -> tuple[Callable[[Fault], bytes], Callable[[bytes], Fault]]:
    return value_codec(Fault)


def _clip(params: dict[str, str]) -> dict[str, str]:
    """Shorten the longest parameters until all fit into a trailer."""
    room = MAX_PARAMS // max(len(params), 1)
    return {
        name: value if len(value.encode(errors="replace")) <= room else _cut(value, room)
        for name, value in params.items()
    }


def _cut(value: str, room: int) -> str:
    return value.encode(errors="replace")[: room - 3].decode(errors="ignore") + "…"


def status_of(error: YijiError) -> grpc.StatusCode:
    """Return the gRPC status of an error's kind."""
    return grpc.StatusCode[error.facts.grpc]


def pack(error: YijiError, lang: str) -> tuple[grpc.StatusCode, str, bytes]:
    """Return status, sentence and detail of an error."""
    message, hint = explain(error, lang)
    sentence = f"{message} {hint}".strip()
    encode, _ = _fault_codec()
    detail = encode(Fault(code=error.code, kind=error.kind.value, params=_clip(error.params)))
    return status_of(error), sentence[:MAX_SENTENCE], detail


@cache
def _load_errors() -> None:
    """Import every plugin's error classes, so that `revive` finds them; a broken one costs only its own classes."""
    for record in plugins().records(Errors):
        try:
            import_module(record.module)
        except Exception:  # a stranger's module may fail in any way; `yiji plugin check` tells
            continue


def unpack(detail: bytes) -> YijiError:
    """Return the error that a detail speaks of; raises `InvalidMessage` when it is none."""
    _load_errors()
    _, decode = _fault_codec()
    fault = decode(detail)
    kind = fault.kind if fault.kind in set(Kind) else Kind.INTERNAL.value  # a newer server may know more kinds
    return revive(fault.code, kind, fault.params)


def from_status(code: grpc.StatusCode, sentence: str, trailers: Metadata, message: str, address: str) -> YijiError:
    """Return the error of a failed call to `message` at `address`, whether a yiji server or gRPC itself said no."""
    detail = dict(trailers).get(ERROR)
    if isinstance(detail, bytes):
        return unpack(detail)
    if code is grpc.StatusCode.DEADLINE_EXCEEDED:
        return DeadlinePassed(message=message)
    if code is grpc.StatusCode.UNIMPLEMENTED:
        return UnknownMessage(message=message)
    if code is grpc.StatusCode.UNAUTHENTICATED:
        return NotSignedIn(detail=sentence)
    if code is grpc.StatusCode.RESOURCE_EXHAUSTED:  # gRPC's own word for a message that is too large
        return InvalidMessage(message=message, detail=sentence)
    if code in (grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN):
        return InternalError(reference=f"{address} {sentence}")
    return ServerUnavailable(address=address, detail=f"{code.name} {sentence}".strip())
