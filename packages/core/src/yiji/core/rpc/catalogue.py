"""What is told on the wire: every request of the contract and the plugins, and the values and enums that these reach.

One proto package for each module: contract `booking` becomes ``yiji.booking.v1`` with the service ``BookingService``.
A stranger's module keeps its own path: ``yiji_hospital.contract`` becomes ``yiji_hospital.contract.v1``.
"""

import logging
import pkgutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from importlib import import_module
from typing import Any

from pydantic import BaseModel

from yiji.core import contract
from yiji.core.message import Command, Done, Query, Request, Watch, home_of
from yiji.core.plug.manager import plugins
from yiji.core.plug.manifest import Handles, resolve
from yiji.core.rpc.fault import Fault
from yiji.core.rpc.shape import Shape, shape_of, shapes

log = logging.getLogger(__name__)
VERSION = "v1"
OWN = ("yiji.core.contract.", "yiji.core.rpc.")  # ours are published without the rooms they live in


@dataclass
class Package:
    """One proto package: what one module publishes."""

    module: str
    requests: list[type[Request[Any]]] = field(default_factory=list[type[Request[Any]]])
    values: list[type[BaseModel]] = field(default_factory=list[type[BaseModel]])
    enums: list[type[StrEnum]] = field(default_factory=list[type[StrEnum]])

    @property
    def name(self) -> str:
        """``yiji.booking.v1``."""
        return package_name(self.module)

    @property
    def file(self) -> str:
        """``yiji/booking/v1/booking.proto``."""
        return file_name(self.module)

    @property
    def service(self) -> str:
        """``BookingService``."""
        return "".join(part.capitalize() for part in self.module.rpartition(".")[2].split("_")) + "Service"


def package_name(module: str) -> str:
    """Return the proto package that a Python module is published as."""
    for prefix in OWN:
        if module.startswith(prefix):
            return f"yiji.{module.removeprefix(prefix)}.{VERSION}"
    return f"{module}.{VERSION}"


def file_name(module: str) -> str:
    """Return the import path of the proto file that a Python module is published in."""
    return f"{package_name(module).replace('.', '/')}/{module.rpartition('.')[2]}.proto"


def full_name(kind: type[Any]) -> str:
    """Return the proto name of a value or enum, without a leading dot."""
    return f"{package_name(home_of(kind))}.{kind.__name__}"


def method_path(request: type[Request[Any]]) -> str:
    """Return the HTTP/2 path of a request's rpc: ``/yiji.booking.v1.BookingService/BookExam``."""
    package = Package(home_of(request))
    return f"/{package.name}.{package.service}/{request.__name__}"


def result_shape(request: type[Request[Any]]) -> Shape | None:
    """Return the shape of the response's only field `result`; None when there is nothing to tell."""
    result = request.result_type()
    if result is Done:
        return None
    return shape_of("result", result, where=f"{request.__module__}.{request.__name__} result")


def contract_modules() -> Iterator[str]:
    """Return the modules of the contract."""
    for found in pkgutil.iter_modules(contract.__path__, f"{contract.__name__}."):
        yield found.name


def plugin_modules() -> list[str]:
    """Return the modules outside the contract whose messages plugins handle; one that cannot be told harms no other."""
    named = {record.message for record in plugins().records(Handles) if not record.message.startswith(OWN[0])}
    return sorted({module for message in named if (module := _tellable(message))})


def _tellable(message: str) -> str:
    """Return the module that defines a message, if all it publishes has a form; else an empty string."""
    try:
        module = home_of(resolve(message))
        packages([module])
    except Exception as fault:  # a stranger's module may fail in any way
        log.warning("%s is not served over gRPC: %s", message, fault)
        return ""
    return module


def _defined_in(module: str, base: type[Any]) -> list[type[Any]]:
    """Return what a module itself defines, in its order; pydantic leaves ``Command[Order]`` and the like there too."""
    found = [kind for name, kind in vars(import_module(module)).items() if isinstance(kind, type) and "[" not in name]
    return [kind for kind in found if issubclass(kind, base) and home_of(kind) == module]


def _targets(told: Iterable[Shape | None]) -> Iterator[type[Any]]:
    return (shape.target for shape in told if shape and shape.target)


def _reach(requests: Iterable[type[Request[Any]]]) -> set[type[Any]]:
    """Return every value and enum that a call may carry."""
    reached: set[type[Any]] = {Fault}
    waiting: list[type[Any]] = [Fault]
    for request in requests:
        waiting += [*_targets(shapes(request)), *_targets([result_shape(request)])]
    while waiting:
        kind = waiting.pop()
        if kind not in reached and issubclass(kind, BaseModel):
            waiting += _targets(shapes(kind))
        reached.add(kind)
    return reached


def _requests(module: str) -> list[type[Request[Any]]]:
    return [kind for kind in _defined_in(module, Request) if issubclass(kind, Command | Query | Watch)]


def packages(modules: Iterable[str]) -> list[Package]:
    """Return what the requests of these modules need, by module name; raises `CannotTravel`."""
    asked = {module: _requests(module) for module in modules}
    reached = _reach(request for requests in asked.values() for request in requests)
    modules = {home_of(kind) for kind in reached} | {module for module, requests in asked.items() if requests}
    return [
        Package(
            module,
            asked.get(module, []),
            [kind for kind in _defined_in(module, BaseModel) if kind in reached],
            [kind for kind in _defined_in(module, StrEnum) if kind in reached],
        )
        for module in sorted(modules)
    ]
