"""A plot as PNG, ten pixels a millimetre (254 dpi, told in the file)."""

from io import BytesIO
from typing import Any

from yiji.devices.plot.sheet import LEFT, TOP, Line, Sheet, pulse
from yiji.devices.plot.svg import COARSE, FINE, INK

SCALE = 10  # pixels a millimetre
_LETTERS = 28  # pixels


def png(sheet: Sheet, title: str) -> bytes:
    """Return the plot as a PNG file; `title` stands in its corner, as far as Pillow's own letters know it."""
    from PIL import Image, ImageDraw, ImageFont

    image = Image.new("RGB", (round(sheet.width * SCALE), round(sheet.height * SCALE)), "white")
    draw = ImageDraw.Draw(image)
    _paper(draw, image.size)
    for row in sheet.rows:
        for line in (pulse(row.zero), *row.lines):
            draw.line(_pixels(line), INK, 3, joint="curve")
    _words(draw, sheet, title, ImageFont.load_default(_LETTERS))
    file = BytesIO()
    image.save(file, "PNG", dpi=(SCALE * 25.4, SCALE * 25.4))
    return file.getvalue()


def _paper(draw: Any, size: tuple[int, int]) -> None:
    for step, colour, width in ((1, FINE, 1), (5, COARSE, 2)):
        for x in range(0, size[0], step * SCALE):
            draw.line([(x, 0), (x, size[1])], colour, width)
        for y in range(0, size[1], step * SCALE):
            draw.line([(0, y), (size[0], y)], colour, width)


def _pixels(line: Line) -> list[tuple[float, float]]:
    return [(x * SCALE, y * SCALE) for x, y in line] * (2 if len(line) == 1 else 1)


def _words(draw: Any, sheet: Sheet, title: str, font: Any) -> None:
    for row in sheet.rows:
        draw.text((SCALE, (row.zero - 14) * SCALE), _plain(row.name), INK, font)
    for x, letter in sheet.marks:
        draw.line([(x * SCALE, (TOP - 1) * SCALE), (x * SCALE, (TOP + 1) * SCALE)], INK, 2)
        draw.text((x * SCALE, (TOP - 1) * SCALE), letter, INK, font, anchor="mb")
    draw.text((LEFT * SCALE, (sheet.height - 4) * SCALE), _plain(f"{title}  {sheet.foot}"), INK, font)


def _plain(text: str) -> str:
    return text.encode("latin-1", "replace").decode("latin-1")
