"""What booking opens to plugins: rules of a hospital's own, in code where data does not reach."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from yiji.core.plug import hookspec

if TYPE_CHECKING:  # a manifest reads this module: nothing here may cost `yiji --help` an import of pydantic
    from yiji.core.contract.order import OrderBrief


@dataclass(frozen=True, slots=True)
class Traits:
    """What rules may ask of an examination."""

    code: str
    department: str = ""
    modality: str = ""
    body_part: str = ""
    tags: frozenset[str] = frozenset()
    visit_class: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an examination is made."""

    device: str
    room: str = ""
    department: str = ""
    campus: str = ""


@dataclass(frozen=True, slots=True)
class Other:
    """Another appointment of the same patient: live, or made not long ago."""

    id: str
    exam: Traits
    place: Place
    starts_at: datetime
    ends_at: datetime
    live: bool = True


@dataclass(frozen=True, slots=True)
class Fact:
    """What is known about a patient since a moment."""

    value: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Proposal:
    """An examination that asks for a place. `facts`: the newest of each code; moments are aware; `zone`: IANA name."""

    order: "OrderBrief"
    exam: Traits
    place: Place
    starts_at: datetime
    ends_at: datetime
    now: datetime
    zone: str
    others: tuple[Other, ...] = ()
    facts: Mapping[str, Fact] = field(default_factory=dict[str, Fact])
    paid: bool = False

    @property
    def device(self) -> str:
        """The device's code."""
        return self.place.device


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a rule says no: the reason in the user's words, the appointment in the way, the earliest legal time.

    `reason_en` is the reason in English; where it is left out, `reason` serves both.
    """

    reason: str
    conflict: str = ""
    earliest: datetime | None = None
    reason_en: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule, ready to be asked."""

    id: str
    check: Callable[[Proposal], Refusal | None]
    overridable: bool = True


@dataclass(frozen=True, slots=True)
class BookingRule:
    """A plugin's rule: `target` is a pure function from a `Proposal` to a `Refusal` or None."""

    id: str
    target: str
    overridable: bool = True


@hookspec
def booking_rules() -> Sequence[BookingRule]:  # pyright: ignore[reportReturnType]
    """Bring rules that every booking and move must pass."""
