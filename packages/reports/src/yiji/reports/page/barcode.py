"""Numbers as Code 128 bars (ISO/IEC 15417, recalled)."""

from barcode.codex import Code128  # pyright: ignore[reportMissingTypeStubs]

from yiji.reports.page.canvas import Canvas
from yiji.reports.page.shapes import BLACK, Box

MODULE = 0.254  # mm: 10 mil, which every hand scanner reads
QUIET = 10 * MODULE  # what must stay white on either side


def barcode_width(number: str) -> float:
    """Return the width in mm of a number's bars; 0 for what the code cannot hold."""
    return len(_modules(number)) * MODULE


def barcode(canvas: Canvas, number: str, x: float, y: float, height: float) -> None:
    """Draw the bars from `x` on, `y` being their top; nothing for what the code cannot hold."""
    for start, length in _bars(_modules(number)):
        canvas.add(Box(x + start * MODULE, y, length * MODULE, height, BLACK, filled=True))


def _modules(number: str) -> str:
    """Return the modules as 1 (bar) and 0 (space)."""
    return Code128(number).build()[0] if number and number.isascii() and number.isprintable() else ""


def _bars(modules: str) -> list[tuple[int, int]]:
    """Return each bar's first module and width."""
    starts = [at for at, one in enumerate(modules) if one == "1" and (at == 0 or modules[at - 1] == "0")]
    return [(at, len(modules[at:]) - len(modules[at:].lstrip("1"))) for at in starts]
