"""The run-time descriptors and message classes, built once in a process."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from google.protobuf import descriptor_pb2, message_factory, timestamp_pb2
from google.protobuf.descriptor_pool import DescriptorPool

from yiji.core.rpc import numbers, schema
from yiji.core.rpc.catalogue import Package, contract_modules, packages, plugin_modules


@dataclass(frozen=True)
class Book:
    """All that is published: the packages, the lock that numbers them and their descriptors."""

    packages: list[Package]
    lock: numbers.Lock
    files: list[descriptor_pb2.FileDescriptorProto]
    pool: DescriptorPool


@cache
def book() -> Book:
    """Return the book of what this environment publishes."""
    return bind(packages([*contract_modules(), *plugin_modules()]))


def bind(published: list[Package]) -> Book:
    """Build the descriptors of some packages, with the committed numbers."""
    lock = schema.renew(numbers.committed(), published)
    files = schema.files_of(published, lock)
    return Book(published, lock, files, _pool(files))


def _pool(files: list[descriptor_pb2.FileDescriptorProto]) -> DescriptorPool:
    pool = DescriptorPool()
    pool.AddSerializedFile(timestamp_pb2.DESCRIPTOR.serialized_pb)
    waiting, known = list(files), {timestamp_pb2.DESCRIPTOR.name}
    while waiting:  # a pool wants a file after those that it imports
        ready = [file for file in waiting if known.issuperset(file.dependency)]
        if not ready:
            raise ImportError(f"proto files import each other in a circle: {[file.name for file in waiting]}")
        for file in ready:
            pool.AddSerializedFile(file.SerializeToString())
            known.add(file.name)
        waiting = [file for file in waiting if file.name not in known]
    return pool


@cache
def message_class(name: str) -> type[Any]:
    """Return the class of a proto message by its full name."""
    return message_factory.GetMessageClass(book().pool.FindMessageTypeByName(name))
