"""Letters and ticks over a strip: ectopic beats by their class, paced beats where the findings say that it paces."""

from yiji.core.contract.report import ReportBody
from yiji.reports.page.canvas import Canvas
from yiji.reports.page.shapes import Ink
from yiji.reports.page.trace import Window
from yiji.reports.writing.template import Layout

_BLUE: Ink = (0, 70, 160)
_LETTERS = "VSF"


def is_paced(body: ReportBody) -> bool:
    """Whether a finding says that the heart is paced."""
    return any("pace" in one.code for one in body.findings)


def marks_of(body: ReportBody) -> list[str]:
    """Return the keys of the marks that the beats get: V, S, F, pace."""
    known = [letter for letter in _LETTERS if letter in body.classes]
    return [*known, "pace"] if "Q" in body.classes and is_paced(body) else known


def beat_marks(canvas: Canvas, body: ReportBody, window: Window, layout: Layout, left: float, y: float) -> None:
    """Mark the beats of a strip that begins at `left`; `y` is the letters' baseline."""
    marks = marks_of(body)
    for at, letter in zip(body.beats, body.classes, strict=False):
        if window.start <= at < window.stop:
            mark(canvas, "pace" if letter == "Q" else letter, marks, left + (at - window.start) * layout.speed, y)


def mark(canvas: Canvas, key: str, marks: list[str], x: float, y: float) -> None:
    """Draw one mark, where it is among those that are drawn."""
    if key not in marks:
        return
    if key == "pace":
        canvas.line(x, y - 2.4, x, y + 0.8, 0.45, _BLUE)
    else:
        canvas.text(x, y, key, 7.5, ink=_BLUE, bold=True, align="centre")
