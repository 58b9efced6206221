"""A whole report: its sheets from title to signature."""

from collections.abc import Mapping, Sequence

from yiji.core.contract.report import Report, ReportBody
from yiji.core.signal import Trace
from yiji.reports.errors import TraceMissing, UnknownTemplate
from yiji.reports.page.canvas import About, Canvas
from yiji.reports.page.content import Content, seal_of, time_of
from yiji.reports.page.fonts import Fonts
from yiji.reports.page.footing import footing
from yiji.reports.page.frame import GRID, GRID_HEIGHT, LEFT, WIDTH
from yiji.reports.page.heading import heading
from yiji.reports.page.panel import numbers, overleaf, words
from yiji.reports.page.paper import grid, strips
from yiji.reports.page.shapes import PALE
from yiji.reports.writing.template import Template, load


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

    Raises `MissingGlyph` for a character that no font has, `TraceMissing`, and `UnknownTemplate` where the body names
    a template other than ``ecg-12`` and none is handed over.

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
    content = Content(
        body=body,
        trace=_trace(body, traces),
        template=template or _builtin(body.template),
        hospital=hospital,
        lang=lang,
        zone=zone,
        seal=seal_of(report),
        at=time_of(report),
    )
    return _draw(content, Canvas(Fonts(fonts)))


def _trace(body: ReportBody, traces: Trace | Mapping[str, Trace]) -> Trace:
    if isinstance(traces, Trace):
        return traces
    if body.trace not in traces:
        raise TraceMissing(trace=body.trace)
    return traces[body.trace]


def _builtin(name: str) -> Template:
    template = load()
    if name != template.name:
        raise UnknownTemplate(template=name, known=template.name)
    return template


def _draw(content: Content, canvas: Canvas) -> bytes:
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
    for page in range(1, len(canvas.pages) + 1):
        footing(canvas, content, page, len(canvas.pages))
    return canvas.pdf(_about(content))


def _about(content: Content) -> About:
    title = content.template.title.of(content.lang)
    subject = f"{title} {content.body.order.accession_number}"
    return About(
        f"{content.hospital} {title}".strip(), subject, "en-US" if content.lang == "en" else "zh-CN", content.at
    )


def _watermark(canvas: Canvas, content: Content) -> None:
    """Write across the paper, under its grid, that nobody has confirmed this."""
    x, y = LEFT + WIDTH / 2, GRID + GRID_HEIGHT / 2 + 8
    canvas.text(x, y, content.word("unconfirmed"), 60, ink=PALE, align="centre", angle=20)
