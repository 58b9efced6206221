"""What kind each beat is, told by how it differs from the patient's own usual beat.

Boosted ensembles of small trees (two for ventricular against the rest, whose mean counts; one for supraventricular
against normal), made by ``tests/bench/_train_classes.py``. They are monotonous where physiology is: a beat that is
earlier, wider or less alike is never held for less ventricular. Beats of one shape are judged together: most of the
evidence is the shape's mean. F and Q are never given (``docs/ecg-classes.md`` says why, and what was measured).
"""

from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yiji.devices.analysis.beats.features import Shapes, features
from yiji.devices.analysis.signals.filters import Places, Signal

FEWEST = 8  # beats; of fewer the usual one cannot be told
TOGETHER = 0.85  # share of the evidence that a beat has from others of its shape
WEIGHTS = "classes.npz"
SURE_V, SURE_S = -0.5, 0.0  # log odds above which a beat is V, or else S; a ventricular beat is missed less gladly
PARTS = ("features", "limits", "nexts", "values", "roots", "columns")


def classify(shapes: Shapes, times: Signal) -> NDArray[np.str_]:
    """Return a letter for each beat: N, S or V; `shapes`: see `shapes_of`, `times`: s, rising."""
    if len(shapes) < FEWEST:
        return np.full(len(shapes), "N")
    rows, kind = features(shapes, times)
    return labels(evidence(rows, weights()), kind)


def labels(odds: Signal, kind: Places) -> NDArray[np.str_]:
    """Return letters by the log odds of V and of S, shape (beats, 2), and the beats' kinds."""
    counts = np.maximum(np.bincount(kind), 1)
    together = (np.bincount(kind, odds[:, 0]) / counts)[kind]
    ventricular = (1 - TOGETHER) * odds[:, 0] + TOGETHER * together > SURE_V
    return np.where(ventricular, "V", np.where(odds[:, 1] > SURE_S, "S", "N"))


def evidence(rows: Signal, trees: dict[str, NDArray[Any]]) -> Signal:
    """Return the log odds of V (against all) and of S (against N), shape (beats, 2)."""
    from yiji.devices.analysis.beats.kernels_classes import boosted

    return boosted(rows.astype(np.float32), *[trees[name] for name in PARTS], depth=int(trees["depth"])) + trees["base"]


@cache
def weights() -> dict[str, NDArray[Any]]:
    """Return the trees that come with the project."""
    with (files("yiji.devices.analysis.beats") / WEIGHTS).open("rb") as stream, np.load(stream) as kept:
        return {name: kept[name] for name in kept.files}
