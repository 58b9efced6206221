"""What the first recording of the day should not wait for: its readers and its analysis."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from yiji.core.app import App


def acquire(app: "App") -> None:
    """Import the formats' readers and the handler that keeps recordings."""
    from yiji.core.plug import resolve

    _readers(app)
    resolve("yiji.devices.handlers.recordings:keep_recording")


def analyse(app: "App") -> None:
    """Import the formats' readers and the analyses."""
    from yiji.core.plug import resolve

    _readers(app)
    for record in app.plugins.hook("devices_analyses"):
        resolve(record.target)


def _readers(app: "App") -> None:
    from yiji.core.plug import resolve

    for record in app.plugins.hook("devices_formats"):
        resolve(record.read)
