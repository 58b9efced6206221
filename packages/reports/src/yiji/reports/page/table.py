"""Tables: a head, rows with hair lines between them, cells aligned and shrunk to their columns."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from yiji.reports.page.canvas import Canvas
from yiji.reports.page.shapes import BLACK, GREY, Box, Ink, Lines

HAIR: Ink = (214, 220, 224)
HEAD: Ink = (240, 244, 246)


Align = Literal["left", "right", "centre"]


@dataclass(frozen=True)
class Column:
    """A column: its head, its width in mm, where its cells stand."""

    head: str
    width: float
    align: Align = "right"


@dataclass(frozen=True)
class Style:
    """Type size in points and height of a row in mm."""

    size: float = 7.5
    step: float = 4.2


@dataclass(frozen=True)
class Row:
    """A row's cells, in one ink."""

    cells: tuple[str, ...]
    ink: Ink = BLACK
    bold: bool = False


def table(canvas: Canvas, x: float, y: float, columns: Sequence[Column], rows: Sequence[Row], style: Style) -> float:
    """Draw a table with its top left corner at `x`, `y`; return where it ends."""
    width, step = sum(column.width for column in columns), style.step
    canvas.add(Box(x, y, width, step, HEAD, filled=True))
    _cells(canvas, x, y, columns, Row(tuple(column.head for column in columns), GREY), style)
    for number, row in enumerate(rows, 1):
        _cells(canvas, x, y + number * step, columns, row, style)
    levels = y + step * np.arange(1, len(rows) + 2, dtype=np.float64)
    canvas.add(
        Lines(np.column_stack([np.full_like(levels, x), levels, np.full_like(levels, x + width), levels]), HAIR, 0.15)
    )
    return y + step * (len(rows) + 1)


def _cells(canvas: Canvas, x: float, y: float, columns: Sequence[Column], row: Row, style: Style) -> None:
    base = y + style.step * 0.5 + style.size * 0.13
    for column, text in zip(columns, row.cells, strict=True):
        if text:
            room = column.width - 1.6
            needed = canvas.width(text, style.size)
            size = style.size if needed <= room else style.size * room / needed
            at = x + {"left": 0.8, "centre": column.width / 2, "right": column.width - 0.8}[column.align]
            canvas.text(at, base, text, size, align=column.align, ink=row.ink, bold=row.bold)
        x += column.width
