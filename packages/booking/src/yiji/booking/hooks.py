"""What booking opens to plugins: rules of a hospital's own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from yiji.core.plug import hookspec

if TYPE_CHECKING:  # a manifest reads this module: nothing here may cost `yiji --help` an import of pydantic
    from yiji.core.contract.order import OrderBrief


@dataclass(frozen=True, slots=True)
class Proposal:
    """An examination that asks for a place, and the patient's other live appointments: (id, exam code, from, to)."""

    order: "OrderBrief"
    device: str
    starts_at: datetime
    ends_at: datetime
    others: tuple[tuple[str, str, datetime, datetime], ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a rule says no: the reason in the user's words, the appointment in the way, the earliest legal time."""

    reason: str
    conflict: str = ""
    earliest: datetime | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule, ready to be asked."""

    id: str
    check: Callable[[Proposal], Refusal | None]


@dataclass(frozen=True, slots=True)
class BookingRule:
    """A plugin's rule: `target` is a pure function from a `Proposal` to a `Refusal` or None."""

    id: str
    target: str


@hookspec
def booking_rules() -> Sequence[BookingRule]:  # pyright: ignore[reportReturnType]
    """Bring rules that every booking and move must pass."""
