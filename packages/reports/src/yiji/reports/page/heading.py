"""The top of the sheet: hospital, title, state, barcode and the table of who, what and when."""

from barcode.codex import Code128  # pyright: ignore[reportMissingTypeStubs]

from yiji.reports.page.canvas import Canvas
from yiji.reports.page.content import Content
from yiji.reports.page.frame import HEADER, LEFT, RIGHT, ROW, TITLE, WIDTH
from yiji.reports.page.shapes import BLACK, GREY, RED, Box
from yiji.reports.writing.fields import label, value
from yiji.reports.writing.findings import has_critical
from yiji.reports.writing.template import Cell

_MODULE = 0.254  # mm, a Code 128 module: 10 mil, which every hand scanner reads
_BAR_HEIGHT = 7.0


def heading(canvas: Canvas, content: Content, continued: bool = False) -> None:
    """Draw the top of a sheet; a continuation page says so in its title."""
    middle = LEFT + WIDTH / 2
    title = content.template.title.of(content.lang) + (content.word("continued") if continued else "")
    canvas.text(middle, TITLE, content.hospital, 15, bold=True, align="centre")
    canvas.text(middle, TITLE + 7, title, 12.5, bold=True, align="centre")
    _badges(canvas, content)
    _barcode(canvas, content.body.order.accession_number)
    for number, cells in enumerate(content.template.header):
        _row(canvas, content, HEADER + number * ROW, cells)
    canvas.line(LEFT, header_bottom(content), RIGHT, header_bottom(content), 0.3)
    canvas.line(LEFT, HEADER, RIGHT, HEADER, 0.3)


def header_bottom(content: Content) -> float:
    """Return where the header table ends."""
    return HEADER + len(content.template.header) * ROW


def _badges(canvas: Canvas, content: Content) -> None:
    """Say loudly what the reader must not miss: not confirmed yet, critical value."""
    x = LEFT
    if content.seal is None:
        x += _badge(canvas, x, content.word("unconfirmed")) + 2
    if has_critical(content.body.findings):
        _badge(canvas, x, content.word("critical"))


def _badge(canvas: Canvas, x: float, text: str) -> float:
    width = canvas.width(text, 9) + 4
    canvas.add(Box(x, TITLE - 5.2, width, 6.4, RED, 0.4))
    canvas.text(x + 2, TITLE - 0.8, text, 9, ink=RED, bold=True)
    return width


def _barcode(canvas: Canvas, number: str) -> None:
    """Draw the accession number as Code 128 with its digits; what the code cannot hold is only written."""
    x = RIGHT
    if number and number.isascii() and number.isprintable():
        modules = Code128(number).build()[0]
        x = RIGHT - len(modules) * _MODULE
        for start, length in _bars(modules):
            canvas.add(Box(x + start * _MODULE, TITLE - 7, length * _MODULE, _BAR_HEIGHT, BLACK, filled=True))
    canvas.text((x + RIGHT) / 2, TITLE + 3, number, 7.5, align="centre" if x < RIGHT else "right")


def _bars(modules: str) -> list[tuple[int, int]]:
    """Return each bar's first module and width."""
    starts = [at for at, one in enumerate(modules) if one == "1" and (at == 0 or modules[at - 1] == "0")]
    return [(at, len(modules[at:]) - len(modules[at:].lstrip("1"))) for at in starts]


def _row(canvas: Canvas, content: Content, top: float, cells: tuple[Cell, ...]) -> None:
    unit = WIDTH / sum(cell.span for cell in cells)
    x = LEFT
    for cell in cells:
        name = label(cell.field, content.body, content.lang)
        text = value(cell.field, content.body, content.lang, content.zone)
        taken = canvas.text(x, top + 3.9, f"{name} ", 7.5, ink=GREY)
        canvas.fitted(x + taken, top + 3.9, text, cell.span * unit - taken - 2, 9)
        x += cell.span * unit
