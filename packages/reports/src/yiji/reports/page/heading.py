"""The top of the sheet: hospital, title, state, barcode and the table of who, what and when."""

from yiji.reports.page.barcode import barcode, barcode_width
from yiji.reports.page.canvas import Canvas
from yiji.reports.page.content import Content
from yiji.reports.page.frame import HEADER, LEFT, RIGHT, ROW, TITLE, WIDTH
from yiji.reports.page.shapes import GREY, RED, WHITE, Box
from yiji.reports.writing.fields import label, value
from yiji.reports.writing.findings import has_critical
from yiji.reports.writing.template import Cell

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
    if content.seal is None:
        _badge(canvas, LEFT, TITLE - 5.2, content.word("unconfirmed"))
    if has_critical(content.body.findings):
        top = TITLE + 2.2 if content.seal is None else TITLE - 5.2
        _badge(canvas, LEFT, top, content.word("critical"), filled=True)


def _badge(canvas: Canvas, x: float, top: float, text: str, *, filled: bool = False) -> None:
    width = canvas.width(text, 9) + 4
    canvas.add(Box(x, top, width, 6.4, RED, 0.4, filled=filled))
    canvas.text(x + 2, top + 4.4, text, 9, ink=WHITE if filled else RED, bold=True)


def _barcode(canvas: Canvas, number: str) -> None:
    """Draw the accession number as Code 128 with its digits; what the code cannot hold is only written."""
    x = RIGHT - barcode_width(number)
    barcode(canvas, number, x, TITLE - 7, _BAR_HEIGHT)
    canvas.text((x + RIGHT) / 2, TITLE + 3, number, 7.5, align="centre" if x < RIGHT else "right")


def _row(canvas: Canvas, content: Content, top: float, cells: tuple[Cell, ...]) -> None:
    unit = WIDTH / sum(cell.span for cell in cells)
    x = LEFT
    for cell in cells:
        name = label(cell.field, content.body, content.lang)
        text = value(cell.field, content.body, content.lang, content.zone)
        taken = canvas.text(x, top + 3.9, f"{name} ", 7.5, ink=GREY)
        canvas.fitted(x + taken, top + 3.9, text, cell.span * unit - taken - 2, 9)
        x += cell.span * unit
