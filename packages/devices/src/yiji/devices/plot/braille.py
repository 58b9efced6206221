"""A plot in the terminal: Braille letters, each two dots wide and four high."""

from collections.abc import Iterable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from yiji.core.signal import Recording

_DOTS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]])  # Unicode's order (U+2800 and on)
_LEAST_RANGE = 0.5  # mV


def braille(part: Recording, columns: int, beats: Iterable[tuple[float, str]] = (), rows: int = 5) -> str:
    """Return each lead of a stretch as `rows` lines of at most `columns` cells, under its name and range.

    A column of dots shows all that lies between the lowest and the highest sample of its time, so no QRS is lost.
    """
    columns = max(20, columns)
    lines = [_beats(beats, part.seconds, columns)] if beats else []
    for name, lead in zip(part.names or part.leads, part.signal.T, strict=True):
        low, high = _range(lead)
        lines.append(f"{name}  {low:.2f} … {high:.2f} mV"[:columns])
        lines += _drawn(lead, low, high, columns, rows)
    lines.append(f"{part.seconds:g} s")
    return "\n".join(lines)


def _range(lead: NDArray[np.float64]) -> tuple[float, float]:
    valid = lead[np.isfinite(lead)]
    low, high = (float(valid.min()), float(valid.max())) if valid.size else (0.0, 0.0)
    spare = max(0.0, _LEAST_RANGE - (high - low)) / 2
    return low - spare, high + spare


def _drawn(lead: NDArray[np.float64], low: float, high: float, columns: int, rows: int) -> list[str]:
    """Return the lines of one lead: dots from the highest to the lowest sample of each column, joined to the next."""
    dots = np.zeros((4 * rows, 2 * columns), bool)
    edges = np.linspace(0, lead.size, 2 * columns + 1).astype(np.int64)
    for column, (first, last) in enumerate(pairwise(edges.tolist())):
        valid = lead[first : min(last + 1, lead.size)]
        valid = valid[np.isfinite(valid)]
        if valid.size:
            top, bottom = (_height(value, low, high, 4 * rows) for value in (valid.max(), valid.min()))
            dots[top : bottom + 1, column] = True
    cells = dots.reshape(rows, 4, columns, 2).transpose(0, 2, 1, 3)
    return ["".join(chr(0x2800 + int(code)) for code in line) for line in (cells * _DOTS).sum(axis=(2, 3))]


def _height(value: float, low: float, high: float, dots: int) -> int:
    return min(dots - 1, int((high - value) / (high - low) * dots))


def _beats(beats: Iterable[tuple[float, str]], seconds: float, columns: int) -> str:
    """Return a line with each beat's letter over its place."""
    line = [" "] * columns
    for at, letter in beats:
        line[min(columns - 1, int(at / seconds * columns))] = letter
    return "".join(line).rstrip()
