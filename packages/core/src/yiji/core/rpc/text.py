"""Prints a package as .proto text, from the run-time descriptors, with the contract's own words as comments."""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Any

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    MethodDescriptorProto,
    ServiceDescriptorProto,
)

from yiji.core.rpc.catalogue import Package
from yiji.core.rpc.remarks import call_remark, default_remark, docstring, field_remarks
from yiji.core.rpc.schema import Message, enum_prefix, messages
from yiji.core.rpc.shape import Shape

HEAD = "// Made from the contract by `python -m yiji.core.rpc.generate`; do not edit.\n"
SCALARS = {
    FieldDescriptorProto.TYPE_STRING: "string",
    FieldDescriptorProto.TYPE_INT64: "int64",
    FieldDescriptorProto.TYPE_DOUBLE: "double",
    FieldDescriptorProto.TYPE_BOOL: "bool",
    FieldDescriptorProto.TYPE_BYTES: "bytes",
}
ISO = {"date": "ISO 8601 date: 2026-01-31", "time": "ISO 8601 time of day: 08:00:00"}


def print_file(package: Package, file: FileDescriptorProto) -> str:
    """Return the text of one .proto file."""
    parts = [f'{HEAD}\nsyntax = "proto3";\n\npackage {file.package};\n']
    if file.dependency:
        parts.append("".join(f'import "{name}";\n' for name in sorted(file.dependency)))
    parts += [_service(package, service) for service in file.service]
    told = {message.name: message for message in messages(package)}
    parts += [_message(told[made.name], made, file.package) for made in file.message_type]
    kinds = {kind.__name__: kind for kind in package.enums}
    parts += [_enum(kinds[made.name], made) for made in file.enum_type]
    return "\n".join(parts)


def _comment(words: str, indent: str = "") -> str:
    return "".join(f"{indent}// {line}".rstrip() + "\n" for line in words.splitlines())


def _block(head: str, lines: Iterable[str]) -> str:
    body = "".join(lines)
    return f"{head} {{\n{body}}}\n" if body else f"{head} {{}}\n"


def _service(package: Package, service: ServiceDescriptorProto) -> str:
    calls = {request.__name__: call_remark(request) for request in package.requests}
    lines = [
        f"{_comment(calls[rpc.name], '  ')}  rpc {rpc.name}({rpc.name}Request) returns ({_response(rpc)});\n"
        for rpc in service.method
    ]
    words = f"The commands and queries of {package.module}."
    return _comment(words) + _block(f"service {service.name}", lines)


def _response(rpc: MethodDescriptorProto) -> str:
    return f"stream {rpc.name}Response" if rpc.server_streaming else f"{rpc.name}Response"


def _message(told: Message, made: DescriptorProto, package: str) -> str:
    return _comment(_message_words(told)) + _block(f"message {made.name}", _message_lines(told, made, package))


def _message_words(told: Message) -> str:
    if told.name == told.source.__name__:
        return docstring(told.source)
    side = "asks" if told.name.endswith("Request") else "answers"
    return f"What {told.source.__name__} {side}."


def _message_lines(told: Message, made: DescriptorProto, package: str) -> Iterator[str]:
    yield from _reserved([(span.start, span.end - 1) for span in made.reserved_range], made.reserved_name)
    for shape, field in zip(told.shapes, made.field, strict=True):
        yield _comment(_field_words(told, shape), "  ")
        yield f"  {_field_type(shape, field, made, package)} {field.name} = {field.number};\n"


def _field_words(told: Message, shape: Shape) -> str:
    if shape.name not in told.source.model_fields:  # a response's result
        return ""
    default = default_remark(told.source, shape.name)
    words = (field_remarks(told.source).get(shape.name), ISO.get(shape.kind), default and f"left out: {default}")
    return "; ".join(word for word in words if word)


def _field_type(shape: Shape, field: FieldDescriptorProto, made: DescriptorProto, package: str) -> str:
    if shape.form == "map":
        entry = next(nested for nested in made.nested_type if field.type_name.endswith(f".{nested.name}"))
        return f"map<string, {_element(entry.field[1], package)}>"
    label = "repeated " if shape.form == "many" else "optional " if field.proto3_optional else ""
    return label + _element(field, package)


def _element(field: FieldDescriptorProto, package: str) -> str:
    return SCALARS.get(field.type) or field.type_name.removeprefix(".").removeprefix(f"{package}.")


def _reserved(spans: list[tuple[int, int]], names: Iterable[str]) -> Iterator[str]:
    if spans:
        told = [str(first) if first == last else f"{first} to {last}" for first, last in spans]
        yield f"  reserved {', '.join(told)};\n"
    if names:
        yield "  reserved " + ", ".join(f'"{name}"' for name in names) + ";\n"


def _enum(kind: type[StrEnum], made: EnumDescriptorProto) -> str:
    return _comment(docstring(kind)) + _block(f"enum {made.name}", _enum_lines(kind, made))


def _enum_lines(kind: type[Any], made: EnumDescriptorProto) -> Iterator[str]:
    yield from _reserved([(span.start, span.end) for span in made.reserved_range], made.reserved_name)
    remarks, prefix = field_remarks(kind), enum_prefix(kind)
    for value in made.value:
        yield _comment(remarks.get(value.name.removeprefix(prefix), ""), "  ")
        yield f"  {value.name} = {value.number};\n"
