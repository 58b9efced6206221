"""What no ECG can be, whichever format tells it: the last look before a recording is handed out."""

import numpy as np

from yiji.core.signal import Recording
from yiji.devices.errors import DamagedFile, NoEcg

SLOWEST, FASTEST = 20.0, 100_000.0  # Hz; a loop recorder has 64, an electrophysiology laboratory a few thousand
MOST_LEADS = 256
MOST_STEP = 10.0  # mV a count; real ones lie below 0.02
FAR = 1000.0  # mV; an amplifier's electrode offset stays within 300 (IEC 60601-2-25, recalled)


def sane(recording: Recording, name: str) -> Recording:
    """Return the recording; raises `NoEcg` for one without samples, `DamagedFile` for one that cannot be right."""
    if not recording.samples or not recording.leads:
        raise NoEcg(file=name, detail=f"{len(recording.leads)} leads, {recording.samples} samples")
    for wrong in _wrongs(recording):
        raise DamagedFile(file=name, detail=wrong)
    return recording


def _wrongs(recording: Recording) -> list[str]:
    scale, offset = np.asarray(recording.scale), np.asarray(recording.offset)
    whole = np.issubdtype(recording.counts.dtype, np.integer)
    told = {
        f"{recording.fs:g} samples a second": not SLOWEST <= recording.fs <= FASTEST,
        f"{len(recording.leads)} leads": len(recording.leads) > MOST_LEADS,
        "a lead without a name": not all(recording.leads),
        "scale of no ECG": not np.all(np.isfinite(scale) & (scale != 0) & (not whole or np.abs(scale) <= MOST_STEP)),
        "offset of no ECG": not np.all(np.isfinite(offset)),
        "infinite samples": not whole and bool(np.isinf(recording.counts).any()),
        "no voltage of an ECG": not _near(recording),
    }
    return [wrong for wrong, true in told.items() if true]


def _near(recording: Recording) -> bool:
    """Say whether every lead's middle lies where an amplifier can have it; a few samples tell."""
    step = max(1, recording.samples // 2000)
    counts = recording.counts[::step].astype(np.float64)
    if recording.gap is not None:
        counts[counts == recording.gap] = np.nan
    valid = np.isfinite(counts)
    with np.errstate(all="ignore"):
        values = np.where(valid, counts * recording.scale + recording.offset, 0.0)
    return bool(np.all(np.isfinite(values)) and np.all(np.abs(values).mean(axis=0) <= FAR))
