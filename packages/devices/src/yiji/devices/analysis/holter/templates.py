"""The shapes of a recording's beats: those found in the one pass, joined where they are alike after all."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yiji.core.contract.holter import HolterTemplate
from yiji.core.signal import Recording
from yiji.devices.analysis.holter.rhythm import Rhythm
from yiji.devices.analysis.holter.stream import QRS_AFTER, QRS_BEFORE, Found, compared
from yiji.devices.analysis.holter.strips import HOUR, microvolts, strip
from yiji.devices.analysis.signals.filters import Places, Signal

SAME = 0.93  # likeness from which two shapes of one class are one
MOST = {"V": 12, "S": 4, "N": 6, "F": 3, "Q": 3}  # that are shown
STRIPS = {"V": 6, "S": 2, "N": 2, "F": 1, "Q": 1}  # that are shown among the beats around them
FEWEST = 2  # beats of a shape that is shown


@dataclass(frozen=True, eq=False)
class Templates:
    """`rows`: each beat's place in `shown`, -1 for none."""

    shown: tuple[HolterTemplate, ...]
    rows: Places


def templates(found: Found, recording: Recording, kept: NDArray[np.bool_], rhythm: Rhythm) -> Templates:
    """Return the shapes, ventricular ones first, then by count, the first of each class with a strip.

    `kept`: which of the beats found are those of the rhythm.
    """
    owner = _owners(found, compared(recording))
    own = np.where(found.rows >= 0, owner[found.rows], -1)[kept]
    own[found.shape_labels[own] != rhythm.labels.astype("S1").view(np.uint8)] = -1  # in AF no beat is premature
    counts = np.bincount(own[own >= 0], minlength=owner.size)
    shown = [row for label, most in MOST.items() for row in _largest(found, counts, ord(label), most)]
    place = np.full(owner.size + 1, -1, np.int64)
    place[shown] = np.arange(len(shown))
    rows = place[own]
    told = [_template(found, recording, owner, row, rhythm.seconds[own == row]) for row in shown]
    return Templates(tuple(_with_strips(told, recording, rhythm, rows)), rows)


def _with_strips(
    told: list[HolterTemplate], recording: Recording, rhythm: Rhythm, rows: Places
) -> Iterator[HolterTemplate]:
    """Give the most frequent of each class a strip, around the middle one of its beats."""
    left = dict(STRIPS)
    for row, one in enumerate(told):
        beats = np.flatnonzero(rows == row)
        left[one.label] -= 1
        if left[one.label] < 0 or not beats.size:
            yield one
        else:
            at = float(rhythm.seconds[beats[beats.size // 2]])
            yield one.model_copy(update={"strip": strip(recording, rhythm, at, (_clearest(one, recording),))})


def _clearest(one: HolterTemplate, recording: Recording) -> int:
    """Return the lead, of those that are compared, in which a shape is largest."""
    mean = np.frombuffer(one.microvolts, "<i2").reshape(len(one.leads), -1)
    return max(compared(recording), key=lambda lead: int(np.ptp(mean[lead].astype(np.int64))))


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


def _template(found: Found, recording: Recording, owner: Places, row: int, at: Signal) -> HolterTemplate:
    own = owner == row
    mean = found.shape_sums[own].sum(axis=0) / np.maximum(found.shape_counts[own].sum(axis=0), 1)[:, None]
    return HolterTemplate(
        count=at.size,
        label=chr(found.shape_labels[row]),
        leads=recording.names or recording.leads,
        rate=found.rate,
        microvolts=microvolts(mean),
        at=found.at,
        hours=tuple(np.bincount((at // HOUR).astype(np.int64), minlength=-(-int(recording.seconds) // HOUR)).tolist()),
    )
