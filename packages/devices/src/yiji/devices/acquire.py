"""The acquisition daemon: it runs the drivers, each in a thread, and starts again one that fails."""

import logging
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from yiji.core import clock
from yiji.core.contract.recording import KeepRecording, RecordingInfo, ShowWorklist, Worklist
from yiji.core.errors import YijiError
from yiji.core.plug import resolve
from yiji.core.settings import Settings
from yiji.devices import settings as section
from yiji.devices.errors import UnknownDriver
from yiji.devices.hooks import DeviceDriver

if TYPE_CHECKING:
    from yiji.core.app import App

log = logging.getLogger(__name__)
LONGEST_PAUSE = 30.0  # s between starts of a driver that keeps failing


class HouseDoor:
    """The way into this house (`yiji.devices.hooks.Door`)."""

    def __init__(self, app: "App") -> None:
        self._app = app
        self._stopped = threading.Event()

    @property
    def settings(self) -> Settings:
        """The site's settings."""
        return self._app.settings

    def deliver(self, data: bytes, file_name: str, station: str = "", accession_number: str = "") -> RecordingInfo:
        """Keep a file and its recording; both are committed when this returns."""
        keep = KeepRecording(
            raw=data,
            file_name=file_name,
            station=station,
            accession_number=accession_number,
            arrived_at=clock.now(),
        )
        return self._bus().ask(keep)

    def worklist(self, station: str) -> Worklist:
        """Return what is scheduled for a station."""
        return self._bus().ask(ShowWorklist(station=station))

    def _bus(self) -> Any:
        return self._app.bus_as(self._app.system_token())

    def wait(self, seconds: float) -> bool:
        """Wait; return whether the daemon is to stop."""
        return self._stopped.wait(seconds)

    def stop(self) -> None:
        """Ask all drivers to return."""
        self._stopped.set()


class Running(threading.Thread):
    """One driver at work."""

    def __init__(self, driver: DeviceDriver, options: Mapping[str, Any], door: HouseDoor) -> None:
        super().__init__(name=f"driver {driver.name}", daemon=True)
        self._driver = driver
        self._options = options
        self._door = door

    def run(self) -> None:
        """Run the driver until the door closes; after a failure pause, each time twice as long, and run it again."""
        pause = 0.5
        while not self._door.wait(0):
            try:
                resolve(self._driver.target)(self._door, self._options)
                break
            except YijiError as fault:
                log.warning("driver %s: %s", self._driver.name, fault)
            except Exception:
                log.exception("driver %s failed", self._driver.name)
            self._door.wait(pause)
            pause = min(2 * pause, LONGEST_PAUSE)


def wanted_drivers(app: "App") -> list[tuple[DeviceDriver, Mapping[str, Any]]]:
    """Return the drivers to run with their options; raises `UnknownDriver` for one that no plugin brings."""
    known: dict[str, DeviceDriver] = {driver.name: driver for driver in app.plugins.hook("devices_drivers")}
    asked = section.of(app.settings).drivers
    for name in asked:
        if name not in known:
            raise UnknownDriver(driver=name, known=", ".join(sorted(known)))
    return [(driver, asked.get(name, {})) for name, driver in known.items() if driver.always or name in asked]


def run(app: "App") -> None:
    """Daemon target: take recordings in until the daemon is stopped; what is in hand is finished first."""
    door = HouseDoor(app)
    drivers = [Running(driver, options, door) for driver, options in wanted_drivers(app)]
    for driver in drivers:
        driver.start()
    try:
        app.wait()
    finally:
        door.stop()
        for driver in drivers:
            driver.join(timeout=10)
