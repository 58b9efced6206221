"""How near the global measures of real records come to what annotators drew lead by lead: P, PR, QRS and QT in LUDB.

``python tests/bench/_ecg_real.py LUDB_FOLDER`` prints what analysis says less what is drawn, in ms: once against the
outermost bounds (the 10 % and 90 % quantiles over the leads), once against the middle lead, each the median over the
beats. Nobody drew global bounds, so the mean has no truth and the scatter has; the middle lead scatters least.

Fair only for `even`: the wave network was trained on LUDB's odd records, and the rules that join it with the feet of
the waves were made with all of these in view.
"""

import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from _ecg_waves import LEADS, Drawn, ludb
from numpy.typing import NDArray

from yiji.core.signal import Recording
from yiji.devices import analyse

SPANS = {"p": (0, 1, 0, 3), "pr": (0, 1, 1, 1), "qrs": (1, 1, 1, 3), "qt": (1, 1, 2, 3)}  # wave, column, wave, column
MIDDLE, OUTER = 0.5, 0.1
APART = 0.15  # s, QRS peaks that are nearer are one beat's
LEAST_LEADS = 3
LATE, FAR = 480.0, 80.0  # ms, of QTc (Bazett) that alarms; and an error that is another wave
PARTS = ("even", "odd")
Errors = dict[str, list[float]]


def real_table(folder: Path) -> dict[str, dict[str, float]]:
    """Return by ``odd.qt.outer`` and so on: mean, sd and worst error (ms), how many are far off, missed, extra."""
    found: dict[str, list[float | None]] = defaultdict(list)
    extra: dict[str, int] = defaultdict(int)
    alarms: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for drawn in ludb(folder):
        part = PARTS[int(drawn.name) % 2]
        analysis = analyse(Recording("ecg", LEADS, drawn.fs, drawn.signal.T, "wfdb"))
        alarms[part][0] += (analysis.value("qtc") or 0) > LATE
        alarms[part][1] += spans(drawn, OUTER).get("qt", 0) / np.sqrt((analysis.value("rr") or 0) / 1000) > LATE
        for share, kind in ((OUTER, "outer"), (MIDDLE, "middle")):
            true = spans(drawn, share)
            for code in SPANS:
                value = analysis.value(code)
                if code in true:
                    found[f"{part}.{code}.{kind}"].append(None if value is None else value - true[code])
                else:
                    extra[f"{part}.{code}.{kind}"] += value is not None
    rows = {name: _summary(errors) | {"extra": extra[name]} for name, errors in found.items()}
    return rows | {f"{part}.qtc_alarms": {"n": told, "drawn": true} for part, (told, true) in alarms.items()}


def spans(drawn: Drawn, share: float) -> dict[str, float]:
    """Return the measures (ms) that are drawn, over the leads by a quantile, over the beats by the median."""
    beats = list(_beats(drawn, share))
    told: dict[str, float] = {}
    for code, (wave, column, last_wave, last_column) in SPANS.items():
        lengths = [
            b[last_wave, last_column] - b[wave, column]
            for b in beats
            if {(wave, column), (last_wave, last_column)} <= b.keys()
        ]
        if lengths:
            told[code] = 1000 * float(np.median(lengths)) / drawn.fs
    return told


def _beats(drawn: Drawn, share: float) -> Iterator[dict[tuple[int, int], float]]:
    """Yield each beat's bounds over all leads, by wave and column (1 on, 3 off), those that enough leads have."""
    places: dict[int, dict[tuple[int, int], list[int]]] = defaultdict(lambda: defaultdict(list))
    middles = _middles(drawn)
    for waves in drawn.waves:
        for row, wave in enumerate(waves):
            qrs = waves[max(0, row - 1) : row + 2] if wave[0] != 1 else wave[None]
            qrs = qrs[(qrs[:, 0] == 1) & ((qrs[:, 2] > wave[2]) if wave[0] == 0 else (qrs[:, 2] <= wave[2]))]
            if len(qrs):
                beat = int(np.argmin(np.abs(middles - qrs[0, 2])))
                for column in (1, 3):
                    if wave[column] >= 0:
                        places[beat][int(wave[0]), column].append(int(wave[column]))
    for bounds in places.values():
        yield {
            key: float(np.quantile(at, share if key[1] == 1 else 1 - share))
            for key, at in bounds.items()
            if len(at) >= LEAST_LEADS
        }


def _middles(drawn: Drawn) -> NDArray[np.float64]:
    """Return where the beats' QRS are, all leads together."""
    peaks = np.sort(np.concatenate([waves[waves[:, 0] == 1, 2] for waves in drawn.waves]))
    groups = np.split(peaks, np.flatnonzero(np.diff(peaks) > APART * drawn.fs) + 1)
    return np.array([np.median(group) for group in groups])


def _summary(errors: list[float | None]) -> dict[str, float]:
    known = np.array([error for error in errors if error is not None])
    return {
        "n": len(errors),
        "mean": float(known.mean()),
        "sd": float(known.std()),
        "worst": float(known[np.argmax(np.abs(known))]),
        "far": int((np.abs(known) > FAR).sum()),
        "missed": len(errors) - known.size,
    }


if __name__ == "__main__":
    for name, row in sorted(real_table(Path(sys.argv[1])).items()):
        told = (f"{key} {value:+.1f}" if isinstance(value, float) else f"{key} {value}" for key, value in row.items())
        print(f"{name:18}", "  ".join(told))
