"""A whole report: its sheets from title to signature."""

from collections.abc import Mapping, Sequence

import numpy as np

from yiji.core.contract.report import Report, ReportBody
from yiji.core.signal import Trace
from yiji.reports.errors import TraceMissing, UnknownTemplate
from yiji.reports.page.canvas import Canvas
from yiji.reports.page.content import Content, seal_of, time_of
from yiji.reports.page.details import details, wanted
from yiji.reports.page.flow import Flow
from yiji.reports.page.fonts import Fonts
from yiji.reports.page.footing import footing
from yiji.reports.page.frame import GRID, GRID_HEIGHT, LEFT, WIDTH
from yiji.reports.page.heading import heading
from yiji.reports.page.holter import holter
from yiji.reports.page.metadata import About
from yiji.reports.page.panel import numbers, overleaf, words
from yiji.reports.page.paper import grid, strips
from yiji.reports.page.shapes import PALE
from yiji.reports.writing.inherit import OURS, load, ours
from yiji.reports.writing.record import record
from yiji.reports.writing.template import Template


def render(
    report: Report | ReportBody,
    traces: Trace | Mapping[str, Trace],
    *,
    template: Template | None = None,
    hospital: str = "",
    lang: str = "zh",
    zone: str = "Asia/Shanghai",
    fonts: Sequence[str] = (),
) -> bytes:
    """Draw a report as PDF, A4 landscape, to true scale (25 mm/s and 10 mm/mV unless its template says otherwise).

    `traces` is the report's trace, or traces by the hash that ``body.trace`` names; samples in mV. A draft, and a bare
    body, is marked 未确认 UNCONFIRMED. `lang` is ``zh`` or ``en``; times are told in `zone`; `fonts` are paths of font
    files for characters that Noto Sans SC lacks. The same input gives the same bytes.

    A body with a `holter` summary becomes a Holter report. The PDF is PDF/A-3U as fpdf2 enforces it (not certified),
    and carries every number that it shows, with code, method and rule, as the attachment ``report.json``.

    Raises `MissingGlyph` for a character that no font has, `TraceMissing`, and `UnknownTemplate` where the body names
    a template that is not ours and none is handed over.

    >>> import numpy as np
    >>> from yiji.core.contract.order import OrderBrief
    >>> from yiji.core.contract.patient import PatientBrief
    >>> order = OrderBrief(order_id="1", item_id="1", accession_number="E1", placer_number="1", sender="HIS",
    ...     patient=PatientBrief(name="王喆"), exam_code="ECG12", exam_name="十二导联心电图", department="ECG")
    >>> body = ReportBody(order=order, recording_id="1", trace="", template="ecg-12", measurements=(), findings=())
    >>> trace = Trace(leads=("I", "II"), rate=500.0, samples=np.zeros((2, 5000), np.float32))
    >>> render(body, trace, hospital="示例医院")[:5]
    b'%PDF-'
    """
    body = report.body if isinstance(report, Report) else report
    chosen = _fitting(body, template or _builtin(body.template))
    content = Content(
        body=body,
        trace=_trace(body, traces, chosen),
        template=chosen,
        hospital=hospital,
        lang=lang,
        zone=zone,
        seal=seal_of(report),
        at=time_of(report),
        data=record(report, chosen),
    )
    return _draw(content, Canvas(Fonts(fonts)))


def _trace(body: ReportBody, traces: Trace | Mapping[str, Trace], template: Template) -> Trace:
    """Return the report's trace; a Holter report needs none but for the full disclosure."""
    if isinstance(traces, Trace):
        return traces
    if body.trace in traces:
        return traces[body.trace]
    if not needs_trace(body, template):
        return Trace((), 1.0, np.zeros((0, 0), np.float32))
    raise TraceMissing(trace=body.trace)


def needs_trace(body: ReportBody, template: Template) -> bool:
    """Say whether a report is drawn from its trace; a Holter report is only for its full disclosure."""
    return body.holter is None or "disclosure" in _fitting(body, template).holter.pages


def _builtin(name: str) -> Template:
    if name not in OURS:
        raise UnknownTemplate(template=name, known=", ".join(OURS))
    return load(ours(name))


def _fitting(body: ReportBody, template: Template) -> Template:
    """Return the template, or ours for Holter where it is meant for another kind of report."""
    return load(ours("holter")) if body.holter is not None and template.kind != "holter" else template


def _draw(content: Content, canvas: Canvas) -> bytes:
    if content.body.holter is not None:
        holter(Flow(canvas, content), content.body.holter)
    else:
        _resting(Flow(canvas, content))
    for page in range(1, len(canvas.pages) + 1):
        footing(canvas, content, page, len(canvas.pages))
    return canvas.pdf(_about(content))


def _resting(flow: Flow) -> None:
    """Draw the sheet of a resting ECG, what did not fit on it, and its details."""
    canvas, content = flow.canvas, flow.content
    canvas.page()
    if content.seal is None:
        _watermark(canvas, content)
    grid(canvas)
    heading(canvas, content)
    rest = words(canvas, content, numbers(canvas, content))
    strips(canvas, content)
    while rest:
        canvas.page()
        heading(canvas, content, continued=True)
        rest = overleaf(canvas, content, rest)
    if wanted(content):
        details(flow)


def _about(content: Content) -> About:
    title = content.template.title.of(content.lang)
    subject = f"{title} {content.body.order.accession_number}"
    lang = "en-US" if content.lang == "en" else "zh-CN"
    return About(f"{content.hospital} {title}".strip(), subject, lang, content.at, content.data)


def _watermark(canvas: Canvas, content: Content) -> None:
    """Write across the paper, under its grid, that nobody has confirmed this."""
    x, y = LEFT + WIDTH / 2, GRID + GRID_HEIGHT / 2 + 8
    canvas.text(x, y, content.word("unconfirmed"), 60, ink=PALE, align="centre", angle=20)
