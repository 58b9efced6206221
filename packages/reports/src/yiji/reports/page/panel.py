"""Between header and grid: the numbers on the left, the findings and the conclusion on the right."""

from collections.abc import Sequence
from dataclasses import dataclass

from yiji.core.contract.measure import Finding
from yiji.reports.page.canvas import Canvas
from yiji.reports.page.content import Content
from yiji.reports.page.details import INKS
from yiji.reports.page.frame import GRID_BOTTOM, LEFT, PANEL_BOTTOM, RIGHT
from yiji.reports.page.heading import header_bottom
from yiji.reports.page.shapes import BLACK, GREY, Box, Ink
from yiji.reports.writing.findings import is_comparison, ordered, statement
from yiji.reports.writing.numbers import lines

_COLUMN = 52.0  # width of a column of numbers
_VALUE = 26.0  # where the value begins in it
_GAP = 4.0
SIZES = (9.0, 8.0, 7.0)  # points; smaller ones are not readable at the bedside


@dataclass(frozen=True)
class Said:
    """One line of the right panel; `mark` is the ink of the square before it, if it has one."""

    text: str
    mark: Ink | None = None
    bold: bool = False
    ink: Ink = BLACK


def numbers(canvas: Canvas, content: Content) -> float:
    """Draw the table of numbers in two columns and return where it ends on the right."""
    table = lines(content.template.measures, content.body.measurements, content.lang)
    top, deep = header_bottom(content), (len(table) + 1) // 2
    step = min(6.0, (PANEL_BOTTOM - top - 1) / max(deep, 1))
    for number, one in enumerate(table):
        x, y = LEFT + number // deep * (_COLUMN + _GAP), top + 1 + (number % deep + 0.75) * step
        canvas.fitted(x, y, one.label, _VALUE - 1, 8)
        taken = min(canvas.width(one.value, 9), _COLUMN - _VALUE - 6)
        canvas.fitted(x + _VALUE, y, one.value, taken, 9, bold=True)
        canvas.text(x + _VALUE + taken + 1, y, one.unit, 7, ink=GREY)
    return LEFT + 2 * _COLUMN + 2 * _GAP


def words(canvas: Canvas, content: Content, left: float) -> list[Said]:
    """Draw conclusion and findings in the panel, in smaller type where they need it; return what did not fit."""
    top = header_bottom(content) + 1.0
    said, room, size = _fitting(canvas, content, RIGHT - left, PANEL_BOTTOM - top)
    if len(said) <= room:
        write(canvas, said, left, top, size)
        return []
    write(canvas, [*said[: room - 1], Said(content.word("more"))], left, top, size)
    return said[room - 1 :]


def _fitting(canvas: Canvas, content: Content, width: float, height: float) -> tuple[list[Said], int, float]:
    """Return the lines in the largest type in which they fit, else the smallest; how many fit; and the size."""
    for size in SIZES[:-1]:
        said, room = said_lines(canvas, content, width, size), int(height / line_step(size))
        if len(said) <= room:
            return said, room, size
    least = SIZES[-1]
    return said_lines(canvas, content, width, least), int(height / line_step(least)), least


def overleaf(canvas: Canvas, content: Content, said: list[Said]) -> list[Said]:
    """Write on a continuation page what did not fit; return what does not fit there either."""
    top = header_bottom(content) + 3
    room = int((GRID_BOTTOM - top) / line_step(SIZES[-1]))
    write(canvas, said[:room], LEFT, top, SIZES[-1])
    return said[room:]


def said_lines(canvas: Canvas, content: Content, room: float, size: float) -> list[Said]:
    """Return the doctor's conclusion first, so that it is on the first page whatever follows, then the findings."""
    findings = [one for one in ordered(content.body.findings) if not is_comparison(one)]
    compared = [one for one in ordered(content.body.findings) if is_comparison(one)]
    out = _concluded(canvas, content, room, size)
    out.append(Said(content.word("findings"), bold=True))
    out += _told(canvas, content, findings, room, size) or [Said(content.word("no_findings"))]
    if compared:
        out.append(Said(content.word("compared"), bold=True))
        out += _told(canvas, content, compared, room, size)
    return out if content.seal else [*out, Said(content.word("unconfirmed_long"))]


def _told(canvas: Canvas, content: Content, findings: Sequence[Finding], room: float, size: float) -> list[Said]:
    """Return findings as lines, the first of each marked by how grave it is."""
    out: list[Said] = []
    for one in findings:
        text, *rest = canvas.wrapped(statement(one, content.lang), room - 4, size)
        ink = INKS.get(one.severity, BLACK)
        out += [Said(text, mark=ink, ink=ink), *(Said(line, ink=ink) for line in rest)]
    return out


def _concluded(canvas: Canvas, content: Content, room: float, size: float) -> list[Said]:
    if not content.body.conclusion:
        return []
    parts = content.body.conclusion.splitlines()
    words = [Said(line) for part in parts for line in canvas.wrapped(part, room - 4, size)]
    return [Said(content.word("conclusion"), bold=True), *words]


def line_step(size: float) -> float:
    """Return how high a line is, in mm, in type of `size` points."""
    return size * 0.47


def write(canvas: Canvas, said: list[Said], left: float, top: float, size: float) -> None:
    """Write lines one below the other."""
    for number, one in enumerate(said):
        y = top + (number + 0.78) * line_step(size)
        if one.mark:
            canvas.add(Box(left, y - size * 0.22, size * 0.18, size * 0.18, one.mark, filled=True))
        canvas.text(left if one.bold else left + 4, y, one.text, size, bold=one.bold, ink=one.ink)
