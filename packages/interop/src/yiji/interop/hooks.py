"""What interop opens to plugins: the habits of a hospital's HL7, and ways to bring a result to a peer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import TYPE_CHECKING, Protocol

from yiji.core.plug import hookspec

if TYPE_CHECKING:  # a manifest reads this module: nothing here may cost `yiji --help` an import of pydantic
    from yiji.core.contract.report import ReportSigned
    from yiji.interop.hl7.profile import Profile
    from yiji.interop.settings import Peer


@dataclass(frozen=True, slots=True)
class Result:
    """A signed report on its way to one peer."""

    signed: "ReportSigned"
    pdf: bytes
    control_id: str  # the same each time it is tried
    application: str  # our own name
    facility: str
    zone: tzinfo
    lang: str
    profile: "Profile"


class Channel(Protocol):
    """A way to one peer; made anew, with the peer's settings, for every result."""

    def __init__(self, peer: "Peer") -> None: ...

    def compose(self, result: Result) -> bytes:
        """Return the message, the same bytes for the same result; raises `YijiError`."""
        ...

    def send(self, message: bytes) -> str:
        """Bring it to the peer and return the acknowledgement.

        An error of kind UNAVAILABLE or DEADLINE is tried again without end, any other three times.
        """
        ...


@dataclass(frozen=True, slots=True)
class ProfileRecord:
    """A profile: `target` is a `yiji.interop.Profile`."""

    name: str
    target: str


@dataclass(frozen=True, slots=True)
class ChannelRecord:
    """A channel: `target` is a class that is a `Channel`."""

    name: str
    target: str


@hookspec
def interop_profiles() -> Sequence[ProfileRecord]:  # pyright: ignore[reportReturnType]
    """Bring profiles that say which HL7 field carries what at a hospital."""


@hookspec
def interop_channels() -> Sequence[ChannelRecord]:  # pyright: ignore[reportReturnType]
    """Bring channels by which signed reports reach other systems."""
