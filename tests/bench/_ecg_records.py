"""Annotated records for the ECG benches, and how found beats are held against annotated ones."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

BEATS = "NLRBAaJSVrFejnE/fQ?"
WINDOW = 0.15  # s, ANSI/AAMI EC57 (recalled)
CLASS = (
    dict.fromkeys("NLRBej", "N")
    | dict.fromkeys("AaJSn", "S")
    | dict.fromkeys("VEr", "V")
    | {"F": "F"}
    | dict.fromkeys("/fQ?", "Q")
)


@dataclass(frozen=True, eq=False)
class Record:
    """One record: `signal` in mV, shape (samples, leads); annotated beats with their classes; stretches not scored."""

    name: str
    leads: tuple[str, ...]
    fs: float
    signal: NDArray[np.float64]
    places: NDArray[np.int64]
    letters: NDArray[np.str_]
    left_out: tuple[tuple[int, int], ...]

    def scored(self, places: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return which places are scored: those outside ventricular flutter and fibrillation."""
        out = [(places >= first) & (places <= last) for first, last in self.left_out]
        return ~np.any(out, axis=0) if out else np.ones(places.size, bool)


def read(path: Path) -> Record:
    """Read a WFDB record (named without extension) with its ``.atr`` annotations."""
    import wfdb

    record, notes = wfdb.rdrecord(str(path)), wfdb.rdann(str(path), "atr")
    pairs = [(int(at), symbol) for at, symbol in zip(notes.sample, notes.symbol, strict=True)]
    opened = [at for at, symbol in pairs if symbol == "["]
    closed = [at for at, symbol in pairs if symbol == "]"] + [record.sig_len]
    beats = [(at, CLASS[symbol]) for at, symbol in pairs if symbol in BEATS]
    places = np.array([at for at, _ in beats], np.int64)
    letters = np.array([letter for _, letter in beats])
    left_out = tuple((first, next(last for last in closed if last >= first)) for first in opened)
    return Record(path.name, tuple(record.sig_name), float(record.fs), record.p_signal, places, letters, left_out)


def mitdb(folder: Path) -> Iterator[Record]:
    """Yield the MIT-BIH records of a folder."""
    for header in sorted(folder.glob("*.hea")):
        yield read(header.with_suffix(""))


def qtdb(folder: Path) -> Iterator[Record]:
    """Yield QT database records with beat annotations, none from MIT-BIH; only what is annotated is scored."""
    for notes in sorted(folder.rglob("*.atr")):
        number = notes.stem.removeprefix("sel")
        if number.isdigit() and (100 <= int(number) <= 124 or 200 <= int(number) <= 234):
            continue
        record = read(notes.with_suffix(""))
        near = int(WINDOW * record.fs)
        outside = ((0, int(record.places[0]) - near - 1), (int(record.places[-1]) + near + 1, len(record.signal)))
        yield Record(
            f"qt-{record.name}", record.leads, record.fs, record.signal, record.places, record.letters, outside
        )


def matched(
    annotated: NDArray[np.int64], found: NDArray[np.int64], fs: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Match one to one, the nearest first; return each annotated beat's row in `found`, and the reverse; -1 none."""
    window = int(WINDOW * fs)
    first, last = np.searchsorted(found, annotated - window), np.searchsorted(found, annotated + window, side="right")
    pairs = sorted(
        (abs(int(found[column]) - int(annotated[row])), row, column)
        for row in range(annotated.size)
        for column in range(first[row], last[row])
    )
    found_of, annotated_of = np.full(annotated.size, -1), np.full(found.size, -1)
    for _, row, column in pairs:
        if found_of[row] < 0 and annotated_of[column] < 0:
            found_of[row], annotated_of[column] = column, row
    return found_of, annotated_of
