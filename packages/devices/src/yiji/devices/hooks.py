"""What devices opens to plugins: ways by which devices deliver, file formats, analyses."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from yiji.core.plug import hookspec

if TYPE_CHECKING:  # a manifest reads this module: nothing here may cost `yiji --help` an import of pydantic
    from yiji.core.contract.recording import RecordingInfo, Worklist
    from yiji.core.settings import Settings


class Door(Protocol):
    """What a driver holds: the way into the house, and when to stop."""

    @property
    def settings(self) -> "Settings":
        """The site's settings."""
        ...

    def deliver(self, data: bytes, file_name: str, station: str = "", accession_number: str = "") -> "RecordingInfo":
        """Keep a device's file durably and its recording; raises `YijiError`. The same bytes again change nothing."""
        ...

    def worklist(self, station: str) -> "Worklist":
        """Return what is scheduled for a station."""
        ...

    def wait(self, seconds: float) -> bool:
        """Wait so long, or until the driver has to stop; return whether it has to."""
        ...


@dataclass(frozen=True, slots=True)
class DeviceDriver:
    """A way by which devices deliver.

    `target` is a function (door: Door, options: Mapping) -> None that returns when `door.wait` says so. It runs in a
    thread of ``yiji serve acquire`` when the settings have a table ``[devices.drivers.NAME]``, whose content are the
    options; a driver with `always` runs without being asked for.
    """

    name: str
    target: str
    always: bool = False


@dataclass(frozen=True, slots=True)
class DeviceFormat:
    """A file format: `sniff` is a function from bytes to bool, `read` one from (bytes, file name) to a `Recording`."""

    name: str
    sniff: str
    read: str


@dataclass(frozen=True, slots=True)
class DeviceAnalysis:
    """An analysis of a kind of recording.

    `target` is a function (recording: Recording, patient: PatientBrief | None) -> `yiji.devices.Analysis`. Where it is
    asked for, it is handed more by name: `statements`, the rule sets that the site lays over the analysis's own, and
    `hrv`, which measures of variability are wanted. The settings choose by ``[devices.analyses] KIND = "NAME"``;
    without that the wing's own analysis of the kind goes before others.
    """

    name: str
    kind: str
    target: str


@hookspec
def devices_drivers() -> Sequence[DeviceDriver]:  # pyright: ignore[reportReturnType]
    """Bring ways by which devices deliver recordings."""


@hookspec
def devices_formats() -> Sequence[DeviceFormat]:  # pyright: ignore[reportReturnType]
    """Bring readers of file formats; they are asked before the built-in ones."""


@hookspec
def devices_analyses() -> Sequence[DeviceAnalysis]:  # pyright: ignore[reportReturnType]
    """Bring analyses of recordings."""
