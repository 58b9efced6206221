"""The bottom of the sheet: scale, what is shown of the recording, signatures and seal."""

from yiji.reports.page.canvas import Canvas
from yiji.reports.page.content import Content
from yiji.reports.page.frame import FOOT, FOOT_STEP, LEFT, RIGHT
from yiji.reports.page.shapes import GREY
from yiji.reports.page.trace import STRIP_MM
from yiji.reports.writing.fields import moment


def footing(canvas: Canvas, content: Content, page: int, pages: int) -> None:
    """Draw the bottom of page `page` (counted from 1) of `pages`."""
    canvas.text(LEFT, FOOT, "   ".join(_scale(content)), 7.5, page=page - 1)
    told = content.word("page", page=page, pages=pages)
    canvas.text(RIGHT, FOOT, told, 7.5, align="right", ink=GREY, page=page - 1)
    _signatures(canvas, content, page - 1)
    if content.seal:
        text = f"{content.word('seal')} {content.seal.method} {short(content.seal.value)}"
        canvas.text(LEFT, FOOT + 2 * FOOT_STEP, text, 7.5, ink=GREY, page=page - 1)


def short(value: str) -> str:
    """Return a seal's short form: its first 16 digits in groups of four."""
    head = value[:16].upper()
    return "-".join(head[at : at + 4] for at in range(0, len(head), 4))


def _scale(content: Content) -> list[str]:
    layout, trace = content.template.layout, content.trace
    shown = STRIP_MM / layout.speed
    told = [
        f"{layout.speed:g} mm/s",
        f"{layout.gain:g} mm/mV",
        content.word("filter"),
        f"{trace.rate:g} Hz",
        content.word("length", seconds=f"{trace.seconds:.1f}"),
    ]
    if trace.seconds > shown + 0.05:
        told.append(content.word("first", shown=f"{shown:g}"))
    elif trace.seconds < shown - 0.05:
        told.append(content.word("overlap", page=f"{shown:g}"))
    return told + _undrawn(content)


def _undrawn(content: Content) -> list[str]:
    layout = content.template.layout
    drawn = {lead.casefold() for row in (*layout.rows, layout.rhythm) for lead in row}
    others = [lead for lead in content.trace.leads if lead.casefold() not in drawn]
    return [content.word("others", leads=" ".join(others))] if others else []


def _signatures(canvas: Canvas, content: Content, page: int) -> None:
    """Write who reported and when; the reviewer's line stays open for a hand, for a report has one signer so far."""
    y, seal = FOOT + FOOT_STEP, content.seal
    signer = (seal.signer_name or seal.signer) if seal else "____________"
    at = moment(seal.signed_at, content.zone) if seal else "____________"
    parts = [f"{content.word('reporter')} {signer}", f"{content.word('time')} {at}"]
    parts += [f"{content.word('reviewer')} ____________", f"{content.word('time')} ____________"]
    canvas.text(RIGHT, y, "    ".join(parts), 8.5, align="right", page=page)
