"""The guide sheet 导引单: what a patient takes along, A4 upright, the day's examinations along a line of time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from yiji.core.clock import local
from yiji.core.contract.queue import GuidePage, GuideSheet
from yiji.reports.errors import GuideTooLong
from yiji.reports.page.canvas import Canvas
from yiji.reports.page.fonts import Fonts
from yiji.reports.page.metadata import About
from yiji.reports.page.shapes import BLACK, GREY, Box
from yiji.reports.page.step import EDGE, GAP, LEFT, RIGHT, SPINE, TEAL, Card, draw, lay_out
from yiji.reports.writing.guide import day_words, patient_words, say, stamp

_TOP, _BOTTOM = 46.0, 273.0  # between them stand the steps
_DAY = 9.0  # height of a day's heading
_SIZES = (10.5, 9.0, 7.5)  # points; in the largest in which each step fits on a page


@dataclass(frozen=True)
class Placed:
    """A card on its page: `heads` says that its day's heading stands above it."""

    card: Card
    page: int
    y: float
    heads: bool


def render_guide(sheet: GuideSheet, *, lang: str = "zh", fonts: Sequence[str] = ()) -> GuidePage:
    """Draw a guide sheet as PDF (A4); `lang` is ``zh``, ``en`` or ``both``. The same sheet gives the same bytes.

    Each step carries its accession number as Code 128. A step is never split between pages.

    Raises `MissingGlyph` for a character that no font has, `GuideTooLong` for a step that fills more than a page.

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 11, 23, 0, 30, tzinfo=UTC)
    >>> sheet = GuideSheet(patient_id="1", patient_name="王喆", patient_sex="female", patient_age="65",
    ...     hospital="示例医院", zone="Asia/Shanghai", printed_at=at, steps=())
    >>> render_guide(sheet, lang="both").pages
    1
    """
    canvas = Canvas(Fonts(fonts), "portrait")
    placed = _placed(_cards(canvas, sheet, lang), sheet)
    pages = placed[-1].page + 1 if placed else 1
    for page in range(pages):
        canvas.page()
        _heading(canvas, sheet, lang, continued=page > 0)
        _steps(canvas, [one for one in placed if one.page == page], sheet, lang)
        _footing(canvas, lang, page, pages)
    if not placed:
        _lines(canvas, LEFT, _TOP + 10, say("none", lang), 12)
    about = About(
        title=f"{sheet.hospital} {say('title', lang)[0]}".strip(),
        subject=" ".join(step.accession_number for step in sheet.steps),
        lang="en-US" if lang == "en" else "zh-CN",
        at=sheet.printed_at,
    )
    return GuidePage(pdf=canvas.pdf(about), pages=pages)


def _cards(canvas: Canvas, sheet: GuideSheet, lang: str) -> list[Card]:
    """Lay the steps out in the order of time, in one size of type for the whole sheet."""
    steps = sorted(sheet.steps, key=lambda step: (step.starts_at, step.accession_number))
    cards: list[Card] = []
    for size in _SIZES:
        cards = [lay_out(canvas, step, number, sheet.zone, lang, size) for number, step in enumerate(steps, 1)]
        if all(card.height + _DAY <= _BOTTOM - _TOP for card in cards):
            return cards
    longest = max(cards, key=lambda card: card.height)
    raise GuideTooLong(accession=longest.step.accession_number, exam=longest.step.exam_name)


def _placed(cards: Sequence[Card], sheet: GuideSheet) -> list[Placed]:
    """Give each card its page and place; a day's heading keeps with its first card, and comes again on a new page."""
    out: list[Placed] = []
    page, y, day = 0, _TOP, None
    for card in cards:
        its_day = local(card.step.starts_at, sheet.zone).date()
        needed = card.height + (_DAY if its_day != day else 0)
        if y + needed > _BOTTOM:
            page, y, day = page + 1, _TOP, None
        heads = its_day != day
        y += _DAY if heads else 0
        out.append(Placed(card, page, y, heads))
        y, day = y + card.height + GAP, its_day
    return out


def _heading(canvas: Canvas, sheet: GuideSheet, lang: str, *, continued: bool) -> None:
    """Draw hospital, title and patient; every page says whose it is."""
    title = "  ".join(say("title_continued" if continued else "title", lang))
    canvas.text((LEFT + RIGHT) / 2, 17, sheet.hospital, 15, bold=True, align="centre")
    canvas.text((LEFT + RIGHT) / 2, 25, title, 13, bold=True, ink=TEAL, align="centre")
    canvas.add(Box(LEFT, 29, RIGHT - LEFT, 12.5, (240, 246, 247), filled=True))
    name = min(canvas.width(sheet.patient_name, 14), 75.0)
    canvas.fitted(LEFT + 4, 37, sheet.patient_name, name, 14, bold=True)
    canvas.fitted(LEFT + 8 + name, 37, patient_words(sheet, lang), 40, 10.5)
    days = len({local(step.starts_at, sheet.zone).date() for step in sheet.steps})
    told = [" / ".join(say("printed", lang, at=stamp(sheet.printed_at, sheet.zone)))]
    if sheet.steps:
        told.insert(0, " / ".join(say("count", lang, steps=len(sheet.steps), days=days)))
    for number, text in enumerate(told):
        canvas.text(RIGHT - 4, 34 + number * 4.8, text, 8, ink=GREY, align="right")


def _steps(canvas: Canvas, placed: Sequence[Placed], sheet: GuideSheet, lang: str) -> None:
    """Draw the line of time, day by day, then the cards along it."""
    for stretch in _days(placed):
        first, last = stretch[0], stretch[-1]
        canvas.line(SPINE, first.y, SPINE, last.y + last.card.height, 0.6, EDGE)
        if first.heads:
            words = day_words(first.card.step.starts_at, sheet.zone, lang)
            _beside(canvas, LEFT, first.y - 3.2, words, 12)
    for one in placed:
        draw(canvas, one.card, one.y)


def _days(placed: Sequence[Placed]) -> Iterator[list[Placed]]:
    """Cut a page's cards where a day's heading stands."""
    starts = [number for number, one in enumerate(placed) if one.heads]
    for start, stop in pairwise([*starts, len(placed)]):
        yield list(placed[start:stop])


def _beside(canvas: Canvas, x: float, y: float, texts: tuple[str, ...], size: float) -> None:
    """Write two languages on one line, the second smaller and grey."""
    for number, text in enumerate(texts):
        small = size * 0.8
        x += 3 + canvas.text(x, y, text, small if number else size, bold=not number, ink=GREY if number else BLACK)


def _lines(canvas: Canvas, x: float, y: float, texts: tuple[str, ...], size: float) -> None:
    for number, text in enumerate(texts):
        canvas.text(x, y + number * size * 0.5, text, size, ink=GREY)


def _footing(canvas: Canvas, lang: str, page: int, pages: int) -> None:
    canvas.line(LEFT, _BOTTOM + 2, RIGHT, _BOTTOM + 2, 0.25, EDGE)
    notes = [" ".join(parts) for parts in zip(say("check_in", lang), say("change", lang), strict=True)]
    lines = [line for note in notes for line in canvas.wrapped(note, RIGHT - LEFT - 16, 8)]
    for number, line in enumerate(lines):
        canvas.text(LEFT, _BOTTOM + 6.5 + number * 4, line, 8)
    canvas.text(RIGHT, _BOTTOM + 6.5, f"{page + 1} / {pages}", 8, ink=GREY, align="right")
