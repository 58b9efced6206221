"""What the first recording of the day should not wait for: its readers and its analysis."""

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from yiji.core.app import App
    from yiji.core.signal import Recording

log = logging.getLogger(__name__)


def acquire(app: "App") -> None:
    """Import the formats' readers and the handler that keeps recordings."""
    from yiji.core.plug import resolve

    _readers(app)
    resolve("yiji.devices.handlers.recordings:keep_recording")


def analyse(app: "App") -> None:
    """Import the formats' readers and the analyses, and measure an ECG that is nobody's.

    After an installation the measuring is compiled at its first use: a quarter of a minute that no patient waits for.
    """
    from yiji.core.plug import resolve
    from yiji.devices.plugged import analysis_of, run_analysis

    _readers(app)
    for record in app.plugins.hook("devices_analyses"):
        resolve(record.target)
    found = run_analysis(analysis_of(app.plugins, app.settings, "ecg"), practice(), None)
    log.info("ready to measure: %s", found.algorithm)


def practice() -> "Recording":
    """Return fifteen seconds of twelve leads with P, QRS and T, made by a formula."""
    import numpy as np

    from yiji.core.signal import STANDARD, Recording, Trace

    rate, waves = 500.0, ((-0.16, 0.02, 0.12), (0.0, 0.012, 1.0), (0.28, 0.05, 0.3))  # s from R, s wide, mV
    since = (np.arange(int(15 * rate)) / rate + 0.4) % 0.8 - 0.4
    beat = sum(height * np.exp(-(((since - at) / wide) ** 2)) for at, wide, height in waves)
    gains = np.linspace(0.5, 1.5, len(STANDARD))[:, None]
    return Recording.of("ecg", Trace(STANDARD, rate, (gains * beat).astype(np.float32)), "made")


def _readers(app: "App") -> None:
    from yiji.core.plug import resolve

    for record in app.plugins.hook("devices_formats"):
        resolve(record.read)
