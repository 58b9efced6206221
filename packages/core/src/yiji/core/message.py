"""The kinds of message: a command asks for a change, a query asks a question, an event says what happened.

Every command and query names the permission that it needs; one that does not cannot even be imported.
"""

from functools import cache
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel, ConfigDict

R = TypeVar("R")


class Value(BaseModel):
    """A frozen value of the published language; unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_bytes="base64", val_json_bytes="base64")


class Kept(Value):
    """A value that is told again and again, the very same object: it carries its `encoded` form from the first time on.

    Copies do not take the form with them.
    """

    __slots__ = ("encoded",)


def _is_concrete(cls: type[BaseModel]) -> bool:
    return "[" not in cls.__name__ and cls.__module__ != __name__


class Request(Value, Generic[R]):
    """What one may ask of the bus; `R` is what comes back."""

    permission: ClassVar[str] = ""

    def __init_subclass__(cls, permission: str = "", **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if permission:
            cls.permission = permission

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        if _is_concrete(cls) and not cls.permission:
            raise TypeError(f"{cls.__name__} names no permission")

    @classmethod
    def result_type(cls) -> Any:
        """Return the type that an answer to this request has."""
        for base in cls.__mro__:
            arguments = getattr(base, "__pydantic_generic_metadata__", {}).get("args")
            if arguments:
                return arguments[0]
        raise TypeError(f"{cls.__name__} names no result")


class Command(Request[R], Generic[R]):
    """A wish for change, named by a verb: `BookExam`."""


class Query(Request[R], Generic[R]):
    """A question, answered without change: `FindSlots`."""


class Watch(Request[R], Generic[R]):
    """A question whose answer is sent again whenever it changes: `WatchQueue`."""


class Event(Value):
    """What happened, in the past tense: `ExamBooked`.

    `aggregate` names the field whose value orders deliveries: events of one aggregate reach a subscriber in order.
    """

    aggregate_field: ClassVar[str] = ""

    def __init_subclass__(cls, aggregate: str = "", **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.aggregate_field = aggregate

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        if cls.aggregate_field not in cls.model_fields:
            raise TypeError(f"{cls.__name__} names no aggregate among its fields")

    @property
    def aggregate(self) -> str:
        """The id of the thing that this event is about."""
        return getattr(self, self.aggregate_field)


class Done(Value):
    """The answer of a command that has nothing else to tell."""


def body_of(message: BaseModel) -> bytes:
    """Return a message as JSON; equal messages give equal bytes."""
    return message.__pydantic_serializer__.to_json(message)


_CONTRACT = "yiji.core.contract."


def home_of(kind: type[Any]) -> str:
    """Return the module that publishes a class: a part of the contract that has several files is published as one."""
    module = kind.__module__
    if not module.startswith(_CONTRACT):
        return module
    return _CONTRACT + module.removeprefix(_CONTRACT).partition(".")[0]


@cache
def name_of(message: type[BaseModel]) -> str:
    """Return the published name: ``booking.BookExam`` for the contract's ``booking``, else with the whole module."""
    return f"{home_of(message).removeprefix(_CONTRACT)}.{message.__name__}"
