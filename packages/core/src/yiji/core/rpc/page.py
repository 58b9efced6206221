"""Prints docs/wire.md: what another system needs to know to call us."""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from yiji.core.errors import KINDS
from yiji.core.message import Command, Query, Request
from yiji.core.rpc import wire
from yiji.core.rpc.catalogue import Package, result_shape
from yiji.core.rpc.remarks import default_remark, docstring
from yiji.core.rpc.shape import Shape, shapes

_MIB = wire.MAX_MESSAGE // 2**20
HEAD = f"""\
<!-- Made by `python -m yiji.core.rpc.generate`; do not edit. -->
# The wire: yiji over gRPC

`yiji serve rpc` listens at `[rpc] host` and `port` of `yiji.toml` (default 127.0.0.1:50150). The `.proto` files lie in
the installed package, in `yiji/core/proto`; server reflection and `grpc.health.v1` answer without a token. The server
speaks plain HTTP/2: between machines, put it behind a proxy that ends TLS.

| metadata | |
|---|---|
| `{wire.AUTHORIZATION}` | `Bearer TOKEN`, from `yiji user token`; every call needs it |
| `{wire.KEY}` | of commands: the same key again gives the same answer and does nothing twice |
| `{wire.LANGUAGE}` | `zh` or `en`: the language of error sentences (default `en`) |
| `{wire.ERROR}` | in the trailers of a failed call: a serialized `yiji.fault.v1.Fault` (code, kind, parameters) |

Choose an idempotency key for each wish and send the same one with each retry. Deadlines are gRPC's own; a call that got
no answer in time may still be done: send it again with the same key. A message is at most {_MIB} MiB.

A watch is a server stream: the answer of now, and another whenever it differs, at most five a second. It ends when you
cancel it, at its deadline, with the error that it met, or with UNAVAILABLE when the server stops: then open it again.

Moments are `google.protobuf.Timestamp` with microseconds; days (`date`) and times of day (`time`) are ISO 8601 strings.
`name = value` tells what a field is when it is left out, `name?` may be missing altogether; any other text, number or
list that is left out is empty or 0, any other message or enum must be there.

| kind | gRPC status | worth a retry |
|---|---|---|
"""


def print_page(published: list[Package]) -> str:
    """Return the page."""
    kinds = [f"| {kind} | {facts.grpc} | {'yes' if facts.retry else 'no'} |\n" for kind, facts in KINDS.items()]
    return HEAD + "".join(kinds) + "".join(part for package in published for part in _package(package))


def _package(package: Package) -> Iterator[str]:
    yield f"\n## {package.name}\n"
    if package.requests:
        yield f"Service `{package.name}.{package.service}`.\n\n"
        yield "| rpc | | permission | fields | result |\n|---|---|---|---|---|\n"
        yield from (_call(request) for request in package.requests)
    if package.values:
        yield "\n| message | | fields |\n|---|---|---|\n"
        yield from (f"| {kind.__name__} | {_first(kind)} | {_fields(kind)} |\n" for kind in package.values)
    if package.enums:
        yield "\n| enum | | values |\n|---|---|---|\n"
        yield from (f"| {kind.__name__} | {_first(kind)} | {', '.join(kind)} |\n" for kind in package.enums)


def _call(request: type[Request[Any]]) -> str:
    sort = "command" if issubclass(request, Command) else "query" if issubclass(request, Query) else "watch"
    result = result_shape(request)
    told = _short(result) if result else "-"
    return (
        f"| {request.__name__} ({sort}) | {_first(request)} | `{request.permission}` | {_fields(request)} | {told} |\n"
    )


def _first(kind: type[Any]) -> str:
    return docstring(kind).partition("\n")[0].replace("|", "\\|")


def _fields(model: type[BaseModel]) -> str:
    return ", ".join(_field(model, shape) for shape in shapes(model)) or "-"


def _field(model: type[BaseModel], shape: Shape) -> str:
    default = default_remark(model, shape.name)
    return f"{shape.name}{'?' if shape.nullable else ''}: {_short(shape)}{default and f' = {default}'}"


def _short(shape: Shape) -> str:
    name = shape.target.__name__ if shape.target else "Timestamp" if shape.kind == "timestamp" else shape.kind
    if shape.form == "map":
        return f"map of {name}"
    return f"[{name}]" if shape.form == "many" else name
