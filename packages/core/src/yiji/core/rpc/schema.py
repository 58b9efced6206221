"""From the contract to protobuf's descriptors, at run time; the committed .proto text is printed from the same ones."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from google.protobuf import descriptor_pb2
from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
)
from pydantic import BaseModel

from yiji.core.message import Request, Watch, home_of
from yiji.core.rpc.catalogue import Package, file_name, full_name, result_shape
from yiji.core.rpc.numbers import Entry, Lock
from yiji.core.rpc.shape import AS_TEXT, Shape, shapes

TIMESTAMP = "google/protobuf/timestamp.proto"
TYPES = {
    "string": FieldDescriptorProto.TYPE_STRING,
    "date": FieldDescriptorProto.TYPE_STRING,
    "time": FieldDescriptorProto.TYPE_STRING,
    "int64": FieldDescriptorProto.TYPE_INT64,
    "double": FieldDescriptorProto.TYPE_DOUBLE,
    "bool": FieldDescriptorProto.TYPE_BOOL,
    "bytes": FieldDescriptorProto.TYPE_BYTES,
    "enum": FieldDescriptorProto.TYPE_ENUM,
    "message": FieldDescriptorProto.TYPE_MESSAGE,
    "timestamp": FieldDescriptorProto.TYPE_MESSAGE,
}


def type_name(shape: Shape) -> str:
    """Return the type of one element as .proto text writes it."""
    if shape.target:
        return full_name(shape.target)
    if shape.kind == "timestamp":
        return "google.protobuf.Timestamp"
    return "string" if shape.kind in AS_TEXT else shape.kind


def lock_type(shape: Shape) -> str:
    """Return what the lock remembers as the field's type; `optional` may come and go without harm and is not in it."""
    if shape.form == "map":
        return f"map<string, {type_name(shape)}>"
    return f"repeated {type_name(shape)}" if shape.form == "many" else type_name(shape)


def enum_prefix(kind: type[StrEnum]) -> str:
    """Return what all values of an enum begin with: ``ORDER_STATE_``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", kind.__name__).upper() + "_"


def enum_numbers(kind: type[StrEnum], lock: Lock) -> dict[StrEnum, int]:
    """Return the number of each value; 0 is never one."""
    entry = lock[full_name(kind)]
    return {member: entry.fields[member.name][0] for member in kind}


@dataclass(frozen=True)
class Message:
    """A proto message to make: a value, or the request or response of an rpc."""

    name: str
    shapes: tuple[Shape, ...]
    source: type[BaseModel]


def messages(package: Package) -> list[Message]:
    """Return the messages of one package: its calls first, then its values."""
    calls = [message for request in package.requests for message in _call(request)]
    return calls + [Message(value.__name__, shapes(value), value) for value in package.values]


def _call(request: type[Request[Any]]) -> tuple[Message, Message]:
    result = result_shape(request)
    return (
        Message(f"{request.__name__}Request", shapes(request), request),
        Message(f"{request.__name__}Response", (result,) if result else (), request),
    )


def renew(lock: Lock, published: list[Package]) -> Lock:
    """Return the lock with what is published now; what is gone keeps its entry and so its numbers."""
    after = dict(lock)
    for package in published:
        for message in messages(package):
            name = f"{package.name}.{message.name}"
            after[name] = lock.get(name, Entry()).renew({shape.name: lock_type(shape) for shape in message.shapes})
        for kind in package.enums:
            name = full_name(kind)
            after[name] = lock.get(name, Entry()).renew({member.name: member.value for member in kind})
    return after


def files_of(published: list[Package], lock: Lock) -> list[FileDescriptorProto]:
    """Return one file for each package; `lock` must be renewed for them."""
    return [_file(package, lock) for package in published]


def _file(package: Package, lock: Lock) -> FileDescriptorProto:
    told = messages(package)
    file = FileDescriptorProto(name=package.file, package=package.name, syntax="proto3")
    file.dependency.extend(_imports(package, told))
    for message in told:
        name = f"{package.name}.{message.name}"
        file.message_type.append(_message(name, message, lock[name]))
    for kind in package.enums:
        file.enum_type.append(_enum(kind, lock))
    if package.requests:
        file.service.append(_service(package))
    return file


def _imports(package: Package, told: list[Message]) -> list[str]:
    every = [shape for message in told for shape in message.shapes]
    needed = {file_name(home_of(shape.target)) for shape in every if shape.target} - {package.file}
    return sorted(needed | {TIMESTAMP for shape in every if shape.kind == "timestamp"})


def _service(package: Package) -> descriptor_pb2.ServiceDescriptorProto:
    service = descriptor_pb2.ServiceDescriptorProto(name=package.service)
    for request in package.requests:
        stem = f".{package.name}.{request.__name__}"
        method = service.method.add(name=request.__name__, input_type=f"{stem}Request", output_type=f"{stem}Response")
        if issubclass(request, Watch):
            method.server_streaming = True
    return service


def _message(name: str, message: Message, entry: Entry) -> DescriptorProto:
    made = DescriptorProto(name=message.name)
    for shape in message.shapes:
        field = _field(shape, entry.fields[shape.name][0])
        if shape.form == "map":
            _make_map(name, made, field)
        made.field.append(field)
    for field in made.field:
        if field.proto3_optional:  # protobuf tells presence by a oneof of one
            field.oneof_index = len(made.oneof_decl)
            made.oneof_decl.add(name=f"_{field.name}")
    for number, gone in sorted(entry.gone.items()):
        made.reserved_range.add(start=number, end=number + 1)
        if gone not in entry.fields and gone not in made.reserved_name:
            made.reserved_name.append(gone)
    return made


def _field(shape: Shape, number: int) -> FieldDescriptorProto:
    label = FieldDescriptorProto.LABEL_OPTIONAL if shape.form == "one" else FieldDescriptorProto.LABEL_REPEATED
    field = FieldDescriptorProto(name=shape.name, number=number, label=label, type=TYPES[shape.kind])
    if shape.kind in ("message", "enum", "timestamp"):
        field.type_name = f".{type_name(shape)}"
    if shape.optional and shape.form == "one":
        field.proto3_optional = True
    return field


def _make_map(holder: str, made: DescriptorProto, field: FieldDescriptorProto) -> None:
    """Give a map field its entry message, as protoc does."""
    stem = "".join(part.capitalize() for part in field.name.split("_"))
    entry = made.nested_type.add(name=f"{stem}Entry")
    entry.field.add(name="key", number=1, label=FieldDescriptorProto.LABEL_OPTIONAL, type=TYPES["string"])
    value = entry.field.add()
    value.CopyFrom(field)
    value.name, value.number, value.label = "value", 2, FieldDescriptorProto.LABEL_OPTIONAL
    entry.options.map_entry = True
    field.type, field.type_name = FieldDescriptorProto.TYPE_MESSAGE, f".{holder}.{entry.name}"


def _enum(kind: type[StrEnum], lock: Lock) -> EnumDescriptorProto:
    made, prefix = EnumDescriptorProto(name=kind.__name__), enum_prefix(kind)
    made.value.add(name=f"{prefix}UNSPECIFIED", number=0)
    for member, number in enum_numbers(kind, lock).items():
        made.value.add(name=prefix + member.name, number=number)
    entry = lock[full_name(kind)]
    for number, name in sorted(entry.gone.items()):
        made.reserved_range.add(start=number, end=number)  # inclusive, unlike a message's
        if name not in entry.fields:
            made.reserved_name.append(prefix + name)
    return made
