"""How near the bounds of P, QRS and T come to those drawn by hand: LUDB, each lead by itself."""

import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yiji.core.signal import Recording
from yiji.devices.analysis.waves.bounds import find_bounds, find_spots
from yiji.devices.analysis.waves.delineate import delineate
from yiji.devices.analysis.waves.input import RATE

LEADS = ("i", "ii", "iii", "avr", "avl", "avf", "v1", "v2", "v3", "v4", "v5", "v6")
WAVES = {"p": 0, "t": 2} | dict.fromkeys("NABQV", 1)
POINTS = ("P on", "P off", "QRS on", "QRS off", "T on", "T off")
CROSS_VALIDATED = Path(__file__).with_name("ecg_waves_cv.json")
NEAR = 0.150  # s, a found point further off is another wave


@dataclass(frozen=True, eq=False)
class Drawn:
    """A record with its bounds: for each lead (waves, 4) of kind (0 P, 1 QRS, 2 T), on, peak, off; -1 where absent."""

    name: str
    fs: float
    signal: NDArray[np.float64]  # (leads, samples), mV
    waves: tuple[NDArray[np.int64], ...]


def ludb(folder: Path) -> Iterator[Drawn]:
    """Yield the records of LUDB."""
    import wfdb

    for path in sorted(folder.glob("*.hea"), key=lambda path: int(path.stem)):
        record = wfdb.rdrecord(str(path.with_suffix("")))
        waves = tuple(parse(wfdb.rdann(str(path.with_suffix("")), lead)) for lead in LEADS)
        yield Drawn(path.stem, float(record.fs), record.p_signal.T, waves)


def parse(annotation: Any) -> NDArray[np.int64]:
    """Return (waves, 4) of an annotation whose symbols are ``( p ) ( N ) ( t )``, brackets at times missing."""
    samples, symbols = annotation.sample, annotation.symbol
    rows = []
    for row, symbol in enumerate(symbols):
        if symbol in WAVES:
            on = samples[row - 1] if row and symbols[row - 1] == "(" else -1
            off = samples[row + 1] if row + 1 < len(symbols) and symbols[row + 1] == ")" else -1
            rows.append((WAVES[symbol], on, samples[row], off))
    return np.array(rows, dtype=np.int64).reshape(-1, 4)


def qtdb(folder: Path) -> Iterator[Drawn]:
    """Yield the records of QTDB that the first cardiologist has drawn, with five seconds on both sides of it."""
    import wfdb

    for path in sorted(folder.rglob("*.q1c")):
        name = str(path.with_suffix(""))
        waves = parse(wfdb.rdann(name, "q1c"))
        drawn = waves[:, 1:][waves[:, 1:] >= 0]
        fs = float(wfdb.rdheader(name).fs)
        first, last = max(0, int(drawn.min() - 5 * fs)), int(drawn.max() + 5 * fs)
        record = wfdb.rdrecord(name, sampfrom=first, sampto=min(last, wfdb.rdheader(name).sig_len))
        waves[:, 1:] = np.where(waves[:, 1:] >= 0, waves[:, 1:] - first, -1)
        yield Drawn(path.stem, fs, record.p_signal.T, (waves,) * record.n_sig)


def waves_table(folder: Path) -> dict[str, Any]:
    """Return what the bench shows of delineation: `cross_validated`, as stored by ``_train_waves.py FOLDER --cv``, and
    `shipped`: the package's weights on the LUDB records in the folder, which are fair only if they are not those that
    the weights were trained on (LUDB's odd ones). `folder`: LUDB's, or the one that it lies in as `ludb`.
    """
    inner = folder / "ludb"
    return {
        "cross_validated": json.loads(CROSS_VALIDATED.read_text()),
        "shipped": _shipped(inner if inner.is_dir() else folder),
    }


def _shipped(folder: Path) -> dict[str, Any]:
    tallies, times = empty(), list[float]()
    for drawn in ludb(folder):
        recording = Recording("ecg", LEADS, drawn.fs, drawn.signal.T, "wfdb")
        began = time.process_time()
        found = delineate(recording)
        times.append(1000 * (time.process_time() - began))
        for lead, waves in zip(LEADS, drawn.waves, strict=True):
            rows = found[lead][:, [0, 2, 3, 5, 6, 8]].astype(np.float64)
            compare(waves, np.where(rows < 0, np.nan, rows), drawn.fs, tallies)
    if not times:
        return {"records": 0, "points": {}}
    return {"records": len(times), "ms_a_record": round(float(np.median(times)), 1), "points": summary(tallies)}


def show(points: dict[str, dict[str, float]]) -> None:
    """Print a table, a line a kind of point."""
    print(f"{'':8}{'n':>7}{'mean ms':>9}{'sd ms':>8}{'Se %':>8}{'P+ %':>8}")
    for point, row in points.items():
        print(f"{point:8}{row['n']:7.0f}{row['mean']:9.2f}{row['sd']:8.2f}{row['se']:8.2f}{row['ppv']:8.2f}")


@dataclass
class Tally:
    """One kind of point: errors in ms (found less drawn), how many were missed, how many were found for nothing."""

    errors: list[float]
    missed: int = 0
    extra: int = 0


def empty() -> dict[str, Tally]:
    """Return a tally for each kind of point."""
    return {point: Tally([]) for point in POINTS}


def measure(drawn: Drawn, likely: NDArray[np.float32], tallies: dict[str, Tally]) -> None:
    """Compare what the network says of a record, (leads, samples at 250 Hz, 4), with what is drawn, all leads."""
    for waves, found in zip(drawn.waves, find_bounds(likely, find_spots(likely)), strict=True):
        compare(waves, found * (drawn.fs / RATE), drawn.fs, tallies)


def compare(drawn: NDArray[np.int64], found: NDArray[np.float64], fs: float, tallies: dict[str, Tally]) -> None:
    """Match one lead's found bounds (beats, 6), in samples, NaN where absent, to the drawn ones, point by point."""
    ends = drawn[:, 1:][drawn[:, 1:] >= 0]
    for column, point in enumerate(POINTS):
        rows = drawn[drawn[:, 0] == column // 2][:, 1 + 2 * (column % 2)]
        _match(rows[rows >= 0] / fs, found[:, column] / fs, (ends.min() / fs, ends.max() / fs), tallies[point])


def _match(drawn: NDArray[np.float64], found: NDArray[np.float64], span: tuple[float, float], tally: Tally) -> None:
    found = np.sort(found[~np.isnan(found)])
    hit = np.zeros(found.size, bool)
    for one in drawn:
        at = int(np.argmin(np.abs(found - one))) if found.size else -1
        if at >= 0 and abs(found[at] - one) <= NEAR:
            tally.errors.append(1000 * (found[at] - one))
            hit[at] = True
        else:
            tally.missed += 1
    tally.extra += int((~hit & (found >= span[0]) & (found <= span[1])).sum())


def summary(tallies: dict[str, Tally]) -> dict[str, dict[str, float]]:
    """Return for each kind of point the mean and sd of the error in ms, sensitivity and precision in percent."""
    return {
        point: {
            "n": len(tally.errors) + tally.missed,
            "mean": round(float(np.mean(tally.errors)), 2),
            "sd": round(float(np.std(tally.errors)), 2),
            "se": _percent(len(tally.errors), tally.missed),
            "ppv": _percent(len(tally.errors), tally.extra),
        }
        for point, tally in tallies.items()
    }


def _percent(good: int, bad: int) -> float:
    return round(100 * good / max(1, good + bad), 2)


if __name__ == "__main__":
    table = waves_table(Path(sys.argv[1]))
    for name, part in table.items():
        print(name, {key: value for key, value in part.items() if key != "points"})
        show(part["points"])
