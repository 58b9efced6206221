"""A driver without a device: it makes a simulated recording for whatever a station has on its worklist.

Asked for by ``[devices.drivers.sim]`` with ``station = "..."`` and, if wanted, ``every = SECONDS``.
"""

import zlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from yiji.core.contract.recording import WorklistEntry
from yiji.devices.hooks import Door
from yiji_sim.cart import file_name


def run(door: Door, options: Mapping[str, Any]) -> None:
    """Driver target: deliver one recording for each entry of the station's worklist."""
    station = str(options["station"])
    while not door.wait(float(options.get("every", 1.0))):
        for entry in door.worklist(station).entries:
            at = datetime.now(ZoneInfo(door.settings.site.zone))
            door.deliver(recording_of(entry, at), file_name(entry, at), station)


def recording_of(entry: WorklistEntry, at: datetime) -> bytes:
    """Return a DICOM ECG of a simulated patient; the same accession number gives the same heart."""
    from yiji_sim.patient import dicom, simulate

    seed = zlib.crc32(entry.accession_number.encode())
    return dicom(simulate(heart_rate=55 + seed % 50, seed=seed), entry, at)
