"""Beats: how well they are found and told apart, and how fast, against the field's open detectors.

    python tests/bench/_ecg_beats.py MITDB [QTDB]

`MITDB`: a folder with MIT-BIH records. `QTDB`: the unpacked QT database, learnt from besides MIT-BIH when the classes
are held against records that were left out of the learning.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from _ecg_records import Record, matched, mitdb
from _train_classes import PACED, Told, prepared, told, train
from numpy.typing import NDArray

from yiji.core.signal import Recording
from yiji.devices.analysis.beats import classes
from yiji.devices.analysis.beats.finding import find_beats

Counts = NDArray[np.int64]  # true, missed, false
ROUNDS = 5
ONE_PATIENT = (("201", "202"),)  # records of MIT-BIH (its directory, recalled)


def one_lead(record: Record) -> Recording:
    """Return a record's first channel alone."""
    return Recording("ecg", record.leads[:1], record.fs, np.ascontiguousarray(record.signal[:, :1]), "bench")


def counted(record: Record, found: NDArray[np.int64]) -> tuple[Counts, NDArray[np.float64]]:
    """Return how many beats are true, missed and false, and the true ones' errors in ms."""
    annotated, found = record.places[record.scored(record.places)], found[record.scored(found)]
    found_of, annotated_of = matched(annotated, found, record.fs)
    hit = found_of >= 0
    errors = (found[found_of[hit]] - annotated[hit]) / record.fs * 1000
    return np.array([hit.sum(), (~hit).sum(), (annotated_of < 0).sum()]), errors


def rates(counts: Counts) -> dict[str, float]:
    """Return sensitivity, predictive value and F1 in percent."""
    true, missed, false = (float(count) for count in counts[:3])
    return {
        "se": round(100 * true / max(true + missed, 1.0), 3),
        "ppv": round(100 * true / max(true + false, 1.0), 3),
        "f1": round(200 * true / max(2 * true + missed + false, 1.0), 3),
    }


def gqrs(record: Record) -> NDArray[np.int64]:
    """Find beats with wfdb's gqrs."""
    from wfdb import processing

    return np.asarray(processing.gqrs_detect(record.signal[:, 0], fs=record.fs), np.int64)


def beats_table(folder: Path, against_gqrs: bool = True) -> dict[str, Any]:
    """Hold the beats found in channel 0 against the annotations, record by record and in sum, beside gqrs."""
    ours, theirs, errors, rows = np.zeros(3, np.int64), np.zeros(3, np.int64), [], {}
    for record in mitdb(folder):
        counts, error = counted(record, find_beats(one_lead(record)).samples)
        ours += counts
        errors.append(error)
        rows[record.name] = {"missed": int(counts[1]), "false": int(counts[2]), "ms": float(np.median(error))}
        if against_gqrs:
            other, _ = counted(record, gqrs(record))
            theirs += other
            rows[record.name] |= {"gqrs_missed": int(other[1]), "gqrs_false": int(other[2])}
        print(record.name, rows[record.name], flush=True)
    total = rates(ours) | {"median_abs_ms": float(np.median(np.abs(np.concatenate(errors))))}
    return {"records": rows, "sum": total, "gqrs": rates(theirs) if against_gqrs else {}}


def speed_table(folder: Path, against_gqrs: bool = True) -> dict[str, float]:
    """Return CPU ms a record for finding and classing beats in channel 0, beside sleepecg and gqrs that only find."""
    import sleepecg

    took = {"ours": 0.0, "sleepecg": 0.0, "gqrs": 0.0}
    records = list(mitdb(folder))
    for record in records:
        recording, channel = one_lead(record), np.ascontiguousarray(record.signal[:, 0])
        find_beats(recording)
        took["ours"] += _least(lambda recording=recording: find_beats(recording))
        took["sleepecg"] += _least(lambda x=channel, fs=record.fs: sleepecg.detect_heartbeats(x, fs))
    if against_gqrs:
        took["gqrs"] = _least(lambda: gqrs(records[0]), 1) * len(records)
    return {name: round(1000 * seconds / len(records), 2) for name, seconds in took.items()}


def _least(run: Callable[[], object], rounds: int = ROUNDS) -> float:
    times: list[float] = []
    for _ in range(rounds):
        begin = time.process_time()
        run()
        times.append(time.process_time() - begin)
    return min(times)


def classes_table(folder: Path, qt: Path | None = None) -> dict[str, Any]:
    """Hold the classes against EC57, each patient's beats told by trees learnt from all others, and as shipped.

    The shipped trees have seen these very records: their figures count where they have not.
    """
    learnt = prepared(folder, qt)
    names = sorted({one.name for one in learnt if not one.name.startswith("qt-") and one.name not in PACED})
    result: dict[str, Any] = {"records": {}}
    sums = {leads: np.zeros((2, 4), np.int64) for leads in ("both", "first", "both_shipped")}
    for name in names:
        same = {name, *next((pair for pair in ONE_PATIENT if name in pair), ())}
        trees = train([one for one in learnt if one.name not in same])
        for one, leads in _with_leads(learnt):
            if one.name != name:
                continue
            counts = ec57(one, trees)
            sums[leads] += counts
            result["records"][f"{name} {leads}"] = counts.tolist()
            print(name, leads, "VEB", counts[0].tolist(), "SVEB", counts[1].tolist(), flush=True)
            if leads == "both":
                sums["both_shipped"] += ec57(one, classes.weights())
    told_apart = {leads: {"VEB": rates(both[0]), "SVEB": rates(both[1])} for leads, both in sums.items()}
    return result | told_apart


def shipped_table(folder: Path) -> dict[str, Any]:
    """Hold the shipped trees' classes against EC57 on records that they have not been learnt from."""
    sums = np.zeros((2, 4), np.int64)
    for record in mitdb(folder):
        if record.name not in PACED:
            sums += ec57(told(record, record.signal.shape[1]), classes.weights())
    return {"VEB": rates(sums[0]), "SVEB": rates(sums[1])}


def _with_leads(learnt: list[Told]) -> list[tuple[Told, str]]:
    return [(one, "both" if number % 2 == 0 else "first") for number, one in enumerate(learnt)]


def ec57(one: Told, trees: dict[str, NDArray[Any]]) -> Counts:
    """Return for VEB and SVEB: true, missed, false, and how many fusion or unknown beats were called so.

    As in EC57 (recalled) those last are no false VEB, and unknown beats no false SVEB.
    """
    called = classes.labels(classes.evidence(one.rows, trees), one.kind)
    rows: list[list[int]] = []
    for letter, free in (("V", "FQ"), ("S", "Q")):
        is_one, so_called = one.letters == letter, called == letter
        uncounted = np.isin(one.letters, list(free))
        false = so_called & ~is_one & ~uncounted & (one.letters != "X")
        missed = int((is_one & ~so_called).sum() + (one.missed == letter).sum())
        rows.append([int((is_one & so_called).sum()), missed, int(false.sum()), int((so_called & uncounted).sum())])
    return np.array(rows)


if __name__ == "__main__":
    base = Path(sys.argv[1])
    print(beats_table(base)["sum"])
    print(speed_table(base))
    print({k: v for k, v in classes_table(base, *map(Path, sys.argv[2:3])).items() if k != "records"})
