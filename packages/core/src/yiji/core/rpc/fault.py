"""How an error travels."""

from pydantic import Field

from yiji.core.message import Value


class Fault(Value):
    """What the trailing metadata `yiji-error-bin` of a failed call holds."""

    code: str  # booking.slot_full; docs/errors.md lists them
    kind: str  # invalid, not_found, conflict, ...: decide by this
    params: dict[str, str] = Field(default_factory=dict[str, str])  # what the text speaks of
