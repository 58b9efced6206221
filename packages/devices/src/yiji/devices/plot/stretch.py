"""The part of a recording that is drawn: some leads, some seconds."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from yiji.core.signal import Recording, in_order
from yiji.devices.errors import NoSuchLead, NoSuchTime


def stretch(recording: Recording, leads: Sequence[str] = (), first: float = 0.0, seconds: float = 10.0) -> Recording:
    """Return the leads that are named (as in the file or in our spelling; all for none) from second `first` on.

    Only this part of the samples is read. Raises `NoSuchLead` or `NoSuchTime`.
    """
    begin = round(first * recording.fs)
    end = min(recording.samples, begin + max(1, round(seconds * recording.fs)))
    if not 0 <= begin < end:
        raise NoSuchTime(seconds=f"{recording.seconds:.1f}")
    rows = [_row(recording, lead) for lead in leads] or in_order(recording.names or recording.leads)
    return replace(
        recording,
        leads=tuple(recording.leads[row] for row in rows),
        names=tuple((recording.names or recording.leads)[row] for row in rows),
        counts=recording.counts[begin:end][:, rows],
        scale=np.broadcast_to(recording.scale, len(recording.leads))[rows],
        offset=np.broadcast_to(recording.offset, len(recording.leads))[rows],
    )


def _row(recording: Recording, lead: str) -> int:
    for names in (recording.leads, recording.names):
        for row, name in enumerate(names):
            if name.casefold() == lead.casefold():
                return row
    raise NoSuchLead(lead=lead, known=" ".join(recording.leads))
