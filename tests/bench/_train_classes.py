"""Train the trees that tell the kinds of beats, and write them into the package.

    python tests/bench/_train_classes.py MITDB QTDB

`MITDB`: a folder with MIT-BIH records; `QTDB`: a folder with the unpacked QT database, of which the records that are
not from MIT-BIH and have beat annotations are taken. scikit-learn is needed here only.
"""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from _ecg_records import Record, matched, mitdb, qtdb
from numpy.typing import NDArray

from yiji.core.signal import Recording
from yiji.devices.analysis import classes
from yiji.devices.analysis.beats import stretches
from yiji.devices.analysis.classes_features import NAMES, features, shapes_of

HERE = Path(__file__).resolve().parent
WEIGHTS = HERE.parents[1] / "packages/devices/src/yiji/devices/analysis/data" / classes.WEIGHTS
PACED = ("102", "104", "107", "217")
MOST = {"N": 250, "S": 200, "V": 250}  # beats of one record that are learnt from
NORMAL = 1000  # what the normal beats of one record count for at most
RISING = ("log_after_before", "width", "wider", "widest", "difference", "kind_wider")
FALLING = ("before", "qrs", "st", "least", "kind_early", "kind_alike", "unrest")
MONOTONOUS = {
    "V": dict.fromkeys(RISING, 1) | dict.fromkeys(FALLING, -1),
    "S": {"before": -1, "log_after_before": 1, "kind_early": -1, "unrest": -1, "p": -1},
}
TREES = {
    "max_iter": 60,
    "max_depth": 4,
    "learning_rate": 0.1,
    "l2_regularization": 5.0,
    "min_samples_leaf": 80,
    "max_bins": 64,
    "early_stopping": False,
    "random_state": 0,
}


@dataclass(frozen=True, eq=False)
class Told:
    """The beats found in one record: their numbers and kinds, the annotators' letters ("O" none, "X" not scored).

    `missed`: letters of the annotated beats that were not found.
    """

    name: str
    rows: NDArray[np.float64]
    kind: NDArray[np.int64]
    letters: NDArray[np.str_]
    missed: NDArray[np.str_]


def told(record: Record, leads: int) -> Told:
    """Find the beats of a record in its first leads, and what the annotators say about each."""
    recording = Recording("ecg", record.leads[:leads], record.fs, record.signal[:, :leads], "bench")
    parts = [(found, shapes_of(block, found - first, record.fs)) for first, block, found in stretches(recording)]
    places = np.concatenate([found for found, _ in parts])
    rows, kind = features(np.concatenate([shapes for _, shapes in parts]), places / record.fs)
    letters = np.full(places.size, "X")
    scored, annotated = np.flatnonzero(record.scored(places)), record.scored(record.places)
    found_of, place_of = matched(record.places[annotated], places[scored], record.fs)
    letters[scored] = np.where(place_of >= 0, record.letters[annotated][place_of], "O")
    return Told(record.name, rows, kind, letters, record.letters[annotated][found_of < 0])


def train(records: list[Told]) -> dict[str, NDArray[Any]]:
    """Return the trees, as `classes.evidence` takes them, learnt from records."""
    chosen = [_chosen(record) for record in records if record.name not in PACED]
    rows, letters, counts = (np.concatenate([parts[column] for parts in chosen]) for column in range(3))
    rest = letters != "V"
    return _packed([_fitted(rows, letters, counts, "V"), _fitted(rows[rest], letters[rest], counts[rest], "S")])


def _chosen(record: Told) -> tuple[NDArray[np.float64], NDArray[np.str_], NDArray[np.float64]]:
    """Return rows, letters and weights of some beats of a record, so that no record outvotes the others."""
    random = np.random.default_rng(0)
    taken: list[NDArray[np.int64]] = []
    counts: list[NDArray[np.float64]] = []
    for letter, most in MOST.items():
        all_of = np.flatnonzero(record.letters == letter)
        some = random.permutation(all_of)[:most]
        taken.append(some)
        whole = min(all_of.size, NORMAL) / max(some.size, 1) if letter == "N" else 2.0
        counts.append(np.full(some.size, whole))
    index = np.concatenate(taken)
    return record.rows[index], record.letters[index], np.concatenate(counts)


def _fitted(rows: Any, letters: Any, counts: Any, letter: str) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier

    model = HistGradientBoostingClassifier(monotonic_cst=[MONOTONOUS[letter].get(name, 0) for name in NAMES], **TREES)
    hidden = np.where(np.array(NAMES) == "usual", 0.0, rows)  # the heart rate itself tells no kind
    return model.fit(hidden, letters == letter, sample_weight=counts)


def _packed(models: list[Any]) -> dict[str, NDArray[Any]]:
    """Return all trees' nodes in one row, with where each tree's root is."""
    nodes, roots, offset = [], np.zeros((TREES["max_iter"], len(models)), np.int64), 0
    for column, model in enumerate(models):
        for number, (tree,) in enumerate(model._predictors):
            roots[number, column] = offset
            nodes.append((tree.nodes, offset))
            offset += len(tree.nodes)
    leaf = np.concatenate([tree["is_leaf"] for tree, _ in nodes]).astype(bool)
    features_of = np.concatenate([tree["feature_idx"] for tree, _ in nodes]).astype(np.int64)
    return {
        "features": np.where(leaf, -1, features_of),
        "limits": np.concatenate([tree["num_threshold"] for tree, _ in nodes]),
        "lefts": np.concatenate([tree["left"].astype(np.int64) + start for tree, start in nodes]),
        "rights": np.concatenate([tree["right"].astype(np.int64) + start for tree, start in nodes]),
        "values": np.concatenate([tree["value"] for tree, _ in nodes]),
        "roots": roots,
        "base": np.array([float(np.ravel(model._baseline_prediction)[0]) for model in models]),
    }


def prepared(mit: Path, qt: Path | None) -> list[Told]:
    """Return what there is to learn from: each record with both its leads, and with the first alone."""
    records = [*mitdb(mit), *(qtdb(qt) if qt else [])]
    return [told(record, leads) for record in records for leads in (2, 1)]


def main() -> None:
    """Train on all records, and write the trees."""
    trees = train(prepared(Path(sys.argv[1]), Path(sys.argv[2])))
    WEIGHTS.parent.mkdir(exist_ok=True)
    np.savez_compressed(WEIGHTS, **trees)
    print(f"{WEIGHTS.name}: {trees['values'].size} nodes, {WEIGHTS.stat().st_size / 1024:.0f} KB")


if __name__ == "__main__":
    main()
