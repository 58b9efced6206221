"""The shapes of a recording's beats: those found in the one pass, joined where they are alike after all."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yiji.core.contract.holter import HolterTemplate
from yiji.core.signal import Recording
from yiji.devices.analysis.filters import Places, Signal
from yiji.devices.analysis.holter_stream import QRS_AFTER, QRS_BEFORE, Found, compared
from yiji.devices.analysis.holter_strips import microvolts

SAME = 0.93  # likeness from which two shapes of one class are one
MOST = {"V": 12, "S": 4, "N": 6, "F": 3, "Q": 3}  # that are shown
FEWEST = 2  # beats of a shape that is shown


@dataclass(frozen=True, eq=False)
class Templates:
    """`rows`: each beat's place in `shown`, -1 for none."""

    shown: tuple[HolterTemplate, ...]
    rows: Places


def templates(found: Found, recording: Recording, kept: NDArray[np.bool_]) -> Templates:
    """Return the shapes, ventricular ones first, then by count; `kept`: which of the beats are those of the rhythm."""
    owner = _owners(found, compared(recording))
    counts = np.bincount(owner[found.rows[found.rows >= 0]], minlength=owner.size)
    shown = [row for label, most in MOST.items() for row in _largest(found, counts, ord(label), most)]
    place = np.full(owner.size + 1, -1, np.int64)
    place[shown] = np.arange(len(shown))
    rows = np.where(found.rows >= 0, place[owner[found.rows]], -1)[kept]
    return Templates(tuple(_template(found, recording, owner, row, int(counts[row])) for row in shown), rows)


def _largest(found: Found, counts: Places, label: int, most: int) -> list[int]:
    rows = np.flatnonzero((found.shape_labels == label) & (counts >= FEWEST))
    return [int(row) for row in rows[np.argsort(-counts[rows], kind="stable")][:most]]


def _owners(found: Found, leads: list[int]) -> Places:
    """Return for each shape the one that it belongs to: itself, or a more frequent one of its class that is alike."""
    first, last = found.at - int(QRS_BEFORE * found.rate), found.at + int(QRS_AFTER * found.rate)
    units = _units(_means(found)[:, leads, first:last])
    owner, keepers = np.arange(len(units)), list[int]()
    for row in np.argsort(-found.shape_counts.max(axis=1), kind="stable"):
        alike = [keeper for keeper in keepers if found.shape_labels[keeper] == found.shape_labels[row]]
        best = max(alike, key=lambda keeper: float(units[row] @ units[keeper]), default=-1)
        if best >= 0 and units[row] @ units[best] >= SAME:
            owner[row] = best
        else:
            keepers.append(int(row))
    return owner


def _means(found: Found) -> Signal:
    return found.shape_sums / np.maximum(found.shape_counts, 1)[:, :, None]


def _units(shapes: Signal) -> Signal:
    flat = (shapes - shapes.mean(axis=2, keepdims=True)).reshape(len(shapes), -1)
    return flat / (np.linalg.norm(flat, axis=1, keepdims=True) + 1e-12)


def _template(found: Found, recording: Recording, owner: Places, row: int, count: int) -> HolterTemplate:
    own = owner == row
    mean = found.shape_sums[own].sum(axis=0) / np.maximum(found.shape_counts[own].sum(axis=0), 1)[:, None]
    return HolterTemplate(
        count=count,
        label=chr(found.shape_labels[row]),
        leads=recording.names or recording.leads,
        rate=found.rate,
        microvolts=microvolts(mean),
        at=found.at,
    )
