"""A plot as SVG, written by hand: its unit is the millimetre, so that it prints to scale."""

from collections.abc import Iterator
from html import escape

from yiji.devices.plot.sheet import LEFT, TOP, Line, Sheet, pulse

FINE, COARSE, INK = "#f6c9c9", "#e79a9a", "#111111"  # paper of 1 mm and 5 mm, and the trace


def svg(sheet: Sheet, title: str) -> str:
    """Return the plot as an SVG document; `title` stands in its corner."""
    return "\n".join([_head(sheet), *_paper(sheet), *_leads(sheet), *_words(sheet, title), "</svg>", ""])


def _head(sheet: Sheet) -> str:
    size = (
        f'width="{sheet.width:.2f}mm" height="{sheet.height:.2f}mm" viewBox="0 0 {sheet.width:.2f} {sheet.height:.2f}"'
    )
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="3">'


def _paper(sheet: Sheet) -> Iterator[str]:
    for step, colour, width in ((1, FINE, 0.1), (5, COARSE, 0.2)):
        across = "".join(f"M0 {y}H{sheet.width:.2f}" for y in range(0, int(sheet.height) + 1, step))
        down = "".join(f"M{x} 0V{sheet.height:.2f}" for x in range(0, int(sheet.width) + 1, step))
        yield f'<path d="{across}{down}" stroke="{colour}" stroke-width="{width}" fill="none"/>'


def _leads(sheet: Sheet) -> Iterator[str]:
    for row in sheet.rows:
        yield _path(pulse(row.zero))
        yield from map(_path, row.lines)


def _path(line: Line) -> str:
    points = " ".join(f"{x:.3f},{y:.3f}" for x, y in line)
    return f'<polyline points="{points}" fill="none" stroke="{INK}" stroke-width="0.25" stroke-linejoin="round"/>'


def _words(sheet: Sheet, title: str) -> Iterator[str]:
    for row in sheet.rows:
        yield f'<text x="1" y="{row.zero - 11:.2f}" font-weight="bold">{escape(row.name)}</text>'
    for x, letter in sheet.marks:
        yield f'<path d="M{x:.3f} {TOP - 1:.2f}v2" stroke="{INK}" stroke-width="0.2"/>'
        yield f'<text x="{x:.3f}" y="{TOP - 1.5:.2f}" text-anchor="middle">{escape(letter)}</text>'
    yield f'<text x="{LEFT:.2f}" y="{sheet.height - 1:.2f}">{escape(title)}  {sheet.foot}</text>'
