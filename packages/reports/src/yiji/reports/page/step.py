"""One examination on a guide sheet: a card that is measured first and drawn where it fits."""

from collections.abc import Iterator
from dataclasses import dataclass

from yiji.core.contract.queue import GuideStep
from yiji.reports.page.barcode import QUIET, barcode, barcode_width
from yiji.reports.page.canvas import Canvas
from yiji.reports.page.shapes import AMBER, BLACK, GREY, Box, Disc, Ink
from yiji.reports.writing.guide import clock, pick, say, stamp

LEFT, RIGHT = 15.0, 195.0
SPINE = 40.0  # x of the line that the times stand along
CARD = 47.0  # where a card begins
PAD = 3.5
GAP = 4.0  # between two cards
TEAL: Ink = (0, 105, 120)
EDGE: Ink = (205, 212, 216)
_TINT: Ink = (240, 246, 247)
_BAR_HEIGHT = 10.0
_LINE = 0.47  # mm a line is high for each point of its type


@dataclass(frozen=True)
class Said:
    """One line of a card, in type of `size` points; `after` mm stay free below it."""

    text: str
    size: float
    ink: Ink = BLACK
    bold: bool = False
    after: float = 0.0

    @property
    def height(self) -> float:
        """How much of the card it takes."""
        return self.size * _LINE + self.after


@dataclass(frozen=True)
class Card:
    """A step laid out: what stands beside the barcode, and the preparation under both."""

    step: GuideStep
    number: int  # 1 for the first of the sheet
    zone: str
    top: tuple[Said, ...]
    below: tuple[Said, ...]

    @property
    def upper(self) -> float:
        """The height down to where the preparation begins."""
        return max(sum(said.height for said in self.top), _BAR_HEIGHT + 5.5) + PAD + 1.5

    @property
    def height(self) -> float:
        """The height of the whole card."""
        lower = sum(said.height for said in self.below)
        return self.upper + (lower + 2 * PAD if self.below else PAD)


def lay_out(canvas: Canvas, step: GuideStep, number: int, zone: str, lang: str, size: float) -> Card:
    """Return a step's card, its running text in type of `size` points; raises `MissingGlyph`."""
    beside = RIGHT - CARD - 2 * PAD - barcode_width(step.accession_number) - 2 * QUIET
    top = [
        *_texts(canvas, pick(step.exam_name, step.exam_name_en, lang=lang), beside, size + 3.5, bold=True, after=1.0),
        *_held(canvas, step, zone, lang, beside, size),
        *_place(canvas, step, lang, beside, size),
    ]
    return Card(step, number, zone, tuple(top), tuple(_preparation(canvas, step, lang, size)))


def _texts(
    canvas: Canvas,
    texts: tuple[str, ...],
    room: float,
    size: float,
    *,
    ink: Ink = BLACK,
    bold: bool = False,
    after: float = 0.0,
) -> Iterator[Said]:
    """Break texts into lines; the second language in smaller, grey type."""
    for number, text in enumerate(texts):
        type_size = size if number == 0 else max(size * 0.8, 7.0)
        for part in text.splitlines():
            for line in canvas.wrapped(part, room, type_size):
                yield Said(line, type_size, ink if number == 0 or ink != BLACK else GREY, bold and number == 0)
    yield Said("", 0, after=after)


def _held(canvas: Canvas, step: GuideStep, zone: str, lang: str, room: float, size: float) -> Iterator[Said]:
    if step.held_until is not None:
        until = stamp(step.held_until, zone)
        yield from _texts(canvas, say("held", lang, until=until), room, size, ink=AMBER, bold=True, after=1.0)


def _place(canvas: Canvas, step: GuideStep, lang: str, room: float, size: float) -> Iterator[Said]:
    """Say where: department and room, then how to get there."""
    zh = "  ".join(part for part in (step.department, step.room_name) if part)
    en = ", ".join(
        part for part in (step.department_en or step.department, step.room_name_en or step.room_name) if part
    )
    yield from _texts(canvas, pick(zh, en, lang=lang), room, size + 1, bold=True)
    yield from _texts(canvas, pick(step.place, step.place_en, lang=lang), room, size)


def _preparation(canvas: Canvas, step: GuideStep, lang: str, size: float) -> Iterator[Said]:
    texts = pick(step.preparation, step.preparation_en, lang=lang)
    if texts:
        room = RIGHT - CARD - 4 * PAD
        title = "  ".join(say("preparation", lang))
        yield Said(title, size - 1, TEAL, True, 0.4)
        yield from _texts(canvas, texts, room, size)


def draw(canvas: Canvas, card: Card, y: float) -> None:
    """Draw a card with its top at `y`, its time on the left and its mark on the spine."""
    canvas.add(Box(CARD, y, RIGHT - CARD, card.height, EDGE, 0.25))
    _time(canvas, card, y)
    _write(canvas, card.top, CARD + PAD, y + PAD)
    _bars(canvas, card.step.accession_number, y + PAD)
    if card.below:
        top = y + card.upper
        canvas.add(Box(CARD + PAD, top, RIGHT - CARD - 2 * PAD, card.height - card.upper - PAD, _TINT, filled=True))
        _write(canvas, card.below, CARD + 2 * PAD, top + PAD / 2)


def _time(canvas: Canvas, card: Card, y: float) -> None:
    step, baseline = card.step, y + PAD + 4.6
    ink = AMBER if step.held_until else TEAL
    canvas.text(SPINE - 5.5, baseline, clock(step.starts_at, card.zone), 15, bold=True, ink=ink, align="right")
    canvas.text(SPINE - 5.5, baseline + 5, f"– {clock(step.ends_at, card.zone)}", 9, ink=GREY, align="right")
    canvas.line(SPINE, baseline - 1.9, CARD, baseline - 1.9, 0.25, EDGE)
    canvas.add(Disc(SPINE, baseline - 1.9, 2.9, ink, 0.5 if step.held_until else 0.0))
    canvas.text(
        SPINE, baseline - 0.75, str(card.number), 9, bold=True, align="centre",
        ink=ink if step.held_until else (255, 255, 255),
    )  # fmt: skip


def _bars(canvas: Canvas, number: str, top: float) -> None:
    width = barcode_width(number)
    left = RIGHT - PAD - QUIET - width
    barcode(canvas, number, left, top, _BAR_HEIGHT)
    if width:
        canvas.text(left + width / 2, top + _BAR_HEIGHT + 3.6, number, 9, align="centre")
    else:
        canvas.text(RIGHT - PAD, top + 4, number, 9, align="right")


def _write(canvas: Canvas, lines: tuple[Said, ...], x: float, top: float) -> None:
    for said in lines:
        if said.text:
            canvas.text(x, top + said.size * _LINE * 0.78, said.text, said.size, ink=said.ink, bold=said.bold)
        top += said.height
