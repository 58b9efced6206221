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
from yiji.devices.analysis.beats import classes
from yiji.devices.analysis.beats.features import NAMES, features, shapes_of
from yiji.devices.analysis.beats.finding import stretches

HERE = Path(__file__).resolve().parent
WEIGHTS = HERE.parents[1] / "packages/devices/src/yiji/devices/analysis/beats" / classes.WEIGHTS
PACED = ("102", "104", "107", "217")
MOST = {"N": 200, "S": 200, "V": 200}  # beats of one record that are learnt from
CALM, FEWER = 10, 60  # ectopic beats, of no more of which a record has fewer normal ones that are learnt from
NORMAL, ECTOPIC = 1000, 2.0  # what the normal beats of one record count for at most, and what an ectopic one does
RISES = {
    "V": ("log_after_before", "surprise", "width", "wider", "widest", "difference", "p_lack"),
    "S": ("log_after_before", "surprise", "p_lack", "p_usual"),
}
FALLS = {
    "V": ("before", "shortest", "qrs", "st", "least", "p", "unrest", "noise"),
    "S": ("before", "shortest", "log_before_earlier", "p", "unrest"),
}
MONOTONOUS = {
    letter: {
        f"{kind}{name}": sign
        for sign, names in ((1, RISES), (-1, FALLS))
        for name in names[letter]
        for kind in ("", "kind_")
    }
    for letter in "VS"
}
TREES = {
    "max_iter": 60,
    "max_depth": 4,
    "learning_rate": 0.1,
    "l2_regularization": 5.0,
    "min_samples_leaf": 80,
    "max_bins": 32,
    "early_stopping": False,
    "random_state": 0,
}
RATE = ("usual", "kind_usual")  # the heart rate itself tells no kind
IRREGULAR = tuple(f"{kind}{name}" for name in ("unrest", "surprise") for kind in ("", "kind_"))
OF_KIND = {"kind_share", "kind_before", "kind_qrs", "kind_wider"}
MEANS = tuple(name for name in NAMES if name.startswith("kind_") and name not in OF_KIND)


@dataclass(frozen=True)
class Model:
    """What a model tells, what it does not look at, and how much rarer kinds are preferred when it learns."""

    letter: str
    hidden: tuple[str, ...]
    rare: float


MODELS = (Model("V", (*RATE, *MEANS), 0.0), Model("V", (*RATE, *IRREGULAR), 0.5), Model("S", RATE, 0.5))


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
    learnt = [record for record in records if record.name not in PACED]
    return _packed([(_learnt(learnt, model), model.letter) for model in MODELS])


def _learnt(records: list[Told], model: Model) -> Any:
    """Return a fitted model of what it looks at; what it does not is the same for all beats."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    chosen = [_chosen(record, model.rare) for record in records]
    rows, letters, counts = (np.concatenate([parts[column] for parts in chosen]) for column in range(3))
    asked = np.isin(letters, ("V", "N", "S") if model.letter == "V" else ("N", "S"))
    hidden = np.where(np.isin(np.array(NAMES), model.hidden), 0.0, rows[asked])
    signs = [MONOTONOUS[model.letter].get(name, 0) for name in NAMES]
    return HistGradientBoostingClassifier(monotonic_cst=signs, **TREES).fit(
        hidden, letters[asked] == model.letter, sample_weight=counts[asked]
    )


def _chosen(record: Told, rare: float) -> tuple[NDArray[np.float64], NDArray[np.str_], NDArray[np.float64]]:
    """Return rows, letters and weights of some beats of a record, so that no record outvotes the others.

    `rare`: by which power of its frequency a kind of beats is chosen less often, so that no kind outvotes the others.
    """
    random = np.random.default_rng(0)
    calm = np.isin(record.letters, ("S", "V")).sum() <= CALM
    chance = np.bincount(record.kind)[record.kind].astype(float) ** -rare
    taken: list[NDArray[np.int64]] = []
    counts: list[NDArray[np.float64]] = []
    for letter, most in (MOST | ({"N": FEWER} if calm else {})).items():
        all_of = np.flatnonzero(record.letters == letter)
        if all_of.size:
            share = chance[all_of] / chance[all_of].sum()
            some = random.choice(all_of, min(most, all_of.size), replace=False, p=share)
            taken.append(some)
            counts.append(np.full(some.size, min(all_of.size, NORMAL) / some.size if letter == "N" else ECTOPIC))
    index = np.concatenate(taken)
    return record.rows[index], record.letters[index], np.concatenate(counts)


def _packed(models: list[tuple[Any, str]]) -> dict[str, NDArray[Any]]:
    """Return all trees' nodes in one row, with where each tree's root is and what it tells."""
    letters = [letter for _, letter in models]
    trees = [
        (tree.nodes, 1 / letters.count(letter), "VS".index(letter))
        for model, letter in models
        for (tree,) in model._predictors
    ]
    sizes = [len(nodes) for nodes, _, _ in trees]
    roots = np.cumsum([0, *sizes[:-1]])
    nodes, first = np.concatenate([nodes for nodes, _, _ in trees]), np.repeat(roots, sizes)
    leaf, own = nodes["is_leaf"].astype(bool), np.arange(len(nodes))
    nexts = np.stack([nodes[side].astype(np.int64) + first for side in ("left", "right")], axis=1)
    base = np.zeros(2)
    for model, letter in models:
        base["VS".index(letter)] += float(np.ravel(model._baseline_prediction)[0]) / letters.count(letter)
    return {
        "features": np.where(leaf, 0, nodes["feature_idx"]).astype(np.uint16),
        "limits": np.where(leaf, np.inf, nodes["num_threshold"]).astype(np.float32),
        "nexts": np.where(leaf[:, None], own[:, None], nexts).astype(np.uint16),
        "values": (nodes["value"] * np.repeat([share for _, share, _ in trees], sizes)).astype(np.float32),
        "roots": roots.astype(np.uint16),
        "columns": np.array([column for _, _, column in trees], np.int64),
        "depth": np.array(TREES["max_depth"]),
        "base": base,
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
