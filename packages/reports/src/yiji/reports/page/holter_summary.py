"""The first sheet of a Holter report: numbers in four groups, conclusion and findings, the day's heart rate."""

from yiji.core.contract.holter import HolterSummary
from yiji.reports.page.flow import Flow
from yiji.reports.page.frame import GRID_BOTTOM, LEFT, WIDTH
from yiji.reports.page.holter_trends import rate_chart
from yiji.reports.page.panel import SIZES, Said, line_step, overleaf, said_lines, write
from yiji.reports.page.shapes import GREY, Box
from yiji.reports.page.table import HAIR
from yiji.reports.writing.holter import Pair, groups

_GAP = 4.0
_STEP = 4.7
_CHART = 40.0  # height of the trend at the sheet's foot


def summary(flow: Flow, told: HolterSummary) -> None:
    """Draw the sheet."""
    flow.turn()
    lang, zone = flow.content.lang, flow.content.zone
    listed = list(groups(told, lang, zone))
    width = (WIDTH - _GAP * (len(listed) - 1)) / len(listed)
    top = flow.y
    deepest = max(_group(flow, LEFT + at * (width + _GAP), top, width, *one) for at, one in enumerate(listed))
    flow.y = deepest + 3
    rest = _words(flow, GRID_BOTTOM - _CHART - 10)
    rate_chart(flow, told, GRID_BOTTOM - _CHART, _CHART - 4)
    while rest:
        flow.turn()
        rest = overleaf(flow.canvas, flow.content, rest)
    flow.y = GRID_BOTTOM


def _group(flow: Flow, x: float, y: float, width: float, title: str, lines: list[Pair]) -> float:
    """Draw one group in its box; return where it ends."""
    height = (len(lines) + 1.3) * _STEP + 1
    flow.canvas.add(Box(x, y, width, height, HAIR, 0.25))
    flow.y = y
    flow.title(title, x + 2)
    for number, (name, value) in enumerate(lines):
        base = y + (number + 2.0) * _STEP
        taken = flow.canvas.text(x + 2, base, name, 8, ink=GREY)
        room = width - taken - 6
        size = min(8.5, 8.5 * room / max(flow.canvas.width(value, 8.5), 0.1))
        flow.canvas.text(x + width - 2, base, value, size, bold=True, align="right")
    return y + height


def _words(flow: Flow, bottom: float) -> list[Said]:
    """Write conclusion and findings down to `bottom`, in the largest type in which they fit; return what is left."""
    said, size, room = list[Said](), SIZES[-1], 0
    for size in SIZES:
        said, room = said_lines(flow.canvas, flow.content, WIDTH, size), int((bottom - flow.y) / line_step(size))
        if len(said) <= room:
            write(flow.canvas, said, LEFT, flow.y, size)
            return []
    write(flow.canvas, [*said[: room - 1], Said(flow.content.word("more"))], LEFT, flow.y, size)
    return said[room - 1 :]
