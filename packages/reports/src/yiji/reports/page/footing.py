"""The bottom of the sheet: scale, what is shown of the recording, signatures and seal."""

from yiji.reports.page.canvas import Canvas
from yiji.reports.page.content import Content
from yiji.reports.page.frame import FOOT, FOOT_STEP, LEFT, RIGHT
from yiji.reports.page.marks import marks_of
from yiji.reports.page.shapes import GREY, RED, Box
from yiji.reports.page.trace import STRIP_MM
from yiji.reports.writing.fields import moment
from yiji.reports.writing.findings import has_critical, rule_sets


def footing(canvas: Canvas, content: Content, page: int, pages: int) -> None:
    """Draw the bottom of page `page` (counted from 1) of `pages`."""
    on = page - 1
    told = content.word("page", page=page, pages=pages)
    room = RIGHT - LEFT - canvas.width(told, 7.5) - 4
    canvas.fitted(LEFT, FOOT, "   ".join(_scale(content)), room, 7.5, page=on)
    canvas.text(RIGHT, FOOT, told, 7.5, align="right", ink=GREY, page=on)
    signed = _signatures(canvas, content, on)
    if has_critical(content.body.findings):
        _acknowledgement(canvas, content, RIGHT - signed - 6, on)
    _origin(canvas, content, on)


def _acknowledgement(canvas: Canvas, content: Content, right: float, page: int) -> None:
    """Leave a place, in red, for whom the critical value was told to, when, and that he heard it."""
    y = FOOT + FOOT_STEP
    blanks = "  ".join(f"{content.word(key)} __________" for key in ("told_at", "told_to", "acknowledged"))
    canvas.add(Box(LEFT, y - 3.5, right - LEFT, 5.0, RED, 0.35), page)
    canvas.fitted(LEFT + 1.5, y, f"{content.word('acknowledge')}  {blanks}", right - LEFT - 3, 8, ink=RED, page=page)


def _origin(canvas: Canvas, content: Content, page: int) -> None:
    """Say where the numbers come from: seal, algorithm, rules, the attachment that lists them."""
    y, told = FOOT + 2 * FOOT_STEP, list[str]()
    if content.seal:
        told.append(f"{content.word('seal')} {content.seal.method} {short(content.seal.value)}")
    if content.body.holter is not None:
        told.append(content.word("algorithm", name=content.body.holter.algorithm))
    if sets := rule_sets(content.body.findings):
        told.append(content.word("rules", sets=sets))
    told.append(content.word("attached"))
    canvas.fitted(LEFT, y, "   ".join(told), RIGHT - LEFT, 7, ink=GREY, page=page)


def short(value: str) -> str:
    """Return a seal's short form: its first 16 digits in groups of four."""
    head = value[:16].upper()
    return "-".join(head[at : at + 4] for at in range(0, len(head), 4))


def _scale(content: Content) -> list[str]:
    """Say how the strips are drawn; of a Holter report each strip says what it shows itself."""
    layout, trace = content.template.layout, content.trace
    if content.body.holter is not None:
        return [f"{layout.speed:g} mm/s", f"{layout.gain:g} mm/mV", content.word("filter")]
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
    return told + _marked(content) + _undrawn(content)


def _marked(content: Content) -> list[str]:
    layout, marks = content.template.layout, marks_of(content.body)
    last = [*layout.rows, *((lead,) for lead in layout.rhythm)][-1]
    if not marks or not layout.marks or len(last) > 1:
        return []
    return [content.word("marks", marks=" ".join(content.word(f"mark.{key}") for key in marks))]


def _undrawn(content: Content) -> list[str]:
    layout = content.template.layout
    drawn = {lead.casefold() for row in (*layout.rows, layout.rhythm) for lead in row}
    others = [lead for lead in content.trace.leads if lead.casefold() not in drawn]
    return [content.word("others", leads=" ".join(others))] if others else []


def _signatures(canvas: Canvas, content: Content, page: int) -> float:
    """Write who reported and when, and return how wide that is.

    The reviewer's line stays open for a hand, for a report has one signer so far.
    """
    y, seal = FOOT + FOOT_STEP, content.seal
    signer = (seal.signer_name or seal.signer) if seal else "____________"
    at = moment(seal.signed_at, content.zone) if seal else "____________"
    parts = [f"{content.word('reporter')} {signer}", f"{content.word('time')} {at}"]
    parts += [f"{content.word('reviewer')} ____________", f"{content.word('time')} ____________"]
    return canvas.text(RIGHT, y, "    ".join(parts), 8.5, align="right", page=page)
