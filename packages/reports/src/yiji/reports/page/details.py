"""The second sheet of an ECG report: median beats with marks, a table of leads, every measurement, every statement."""

from yiji.core.contract.measure import Finding, LeadMeasure, Measurement, MedianBeat, Severity
from yiji.reports.page.beatbox import beats_of, box, fitting
from yiji.reports.page.content import Content
from yiji.reports.page.flow import TITLE_HEIGHT, Flow
from yiji.reports.page.frame import LEFT, WIDTH
from yiji.reports.page.shapes import AMBER, BLACK, RED, Ink
from yiji.reports.page.table import Align, Column, Row, Style, table
from yiji.reports.writing.findings import ordered
from yiji.reports.writing.measures import measure_name, method_words
from yiji.reports.writing.numbers import number
from yiji.reports.writing.words import unit_word

INKS: dict[Severity, Ink] = {Severity.CRITICAL: RED, Severity.ABNORMAL: RED, Severity.BORDERLINE: AMBER}
_ACROSS = 6  # boxes side by side
_BOX = 25.0  # height of a box
_LEADS_WIDTH = 156.0
_GAP = 4.0
_STYLE = Style(6.8, 3.6)


def wanted(content: Content) -> bool:
    """Whether there is anything to draw on a second sheet."""
    body = content.body
    return content.template.details and (body.median is not None or bool(body.lead_measures))


def details(flow: Flow) -> None:
    """Draw the sheet, and more where one does not hold it."""
    body = flow.content.body
    flow.turn()
    if body.median is not None:
        _median(flow, body.median)
    top = flow.y
    lowest = _lead_table(flow, body.lead_measures) if body.lead_measures else top
    flow.y = top
    _measurements(flow, body.measurements, LEFT + _LEADS_WIDTH + _GAP if body.lead_measures else LEFT)
    flow.y = max(flow.y, lowest) + 2
    statements(flow)


def _median(flow: Flow, median: MedianBeat) -> None:
    marks = (median.p_on, median.p_off, median.qrs_on, median.qrs_off, median.t_off)
    placed = tuple(mark for mark in marks if mark is not None)
    beats = beats_of(median.leads, median.rate, median.microvolts, placed)
    width = WIDTH / _ACROSS
    scale = fitting(beats, width, _BOX)
    flow.title(flow.content.word("median", speed=f"{scale.speed:g}", gain=f"{scale.gain:g}"))
    for first in range(0, len(beats), _ACROSS):
        flow.need(_BOX)
        for column, beat in enumerate(beats[first : first + _ACROSS]):
            box(flow.canvas, beat, LEFT + column * width, flow.y, width - 0.8, _BOX - 0.8, scale)
        flow.y += _BOX
    flow.y += 1


def _lead_table(flow: Flow, leads: tuple[LeadMeasure, ...]) -> float:
    """Draw the leads one below the other; return where the table ends."""
    flow.title(flow.content.word("lead_table"))
    heads = ("P", "Q", "R", "S", "R'", "Q", "R", "S", "ST J", "ST J+60", "ST J+80", "T")
    units = ("mV",) * 5 + ("ms",) * 3 + ("mV",) * 4
    wide = (_LEADS_WIDTH - 10.0) / len(heads)
    columns = [Column(flow.content.word("lead"), 10.0, "left")]
    columns += [Column(f"{head} {unit}", wide) for head, unit in zip(heads, units, strict=True)]
    room = max(1, int(flow.left_over / _STYLE.step) - 1)
    return table(flow.canvas, LEFT, flow.y, columns, [_lead_row(lead) for lead in leads[:room]], _STYLE)


def _lead_row(lead: LeadMeasure) -> Row:
    heights = (lead.p, -lead.q if lead.q else 0.0, lead.r, -lead.s if lead.s else 0.0, lead.r2)
    lengths = (lead.q_ms, lead.r_ms, lead.s_ms)
    levels = (lead.st_j, lead.st_60, lead.st_80, lead.t)
    told = [number(value, 2) for value in heights] + [number(value) for value in lengths]
    return Row((lead.lead, *told, *(number(value, 2) for value in levels)))


def _measurements(flow: Flow, measurements: tuple[Measurement, ...], x: float) -> None:
    """Draw every measurement with its name and method beside the leads."""
    content = flow.content
    flow.title(content.word("all_measures"), x)
    columns = measure_columns(content, LEFT + WIDTH - x)
    rows = [_measurement_row(one, content.lang) for one in measurements]
    kept = TITLE_HEIGHT + 2 + (len(_said(flow)[1]) + 2) * _STYLE.step  # for the statements below
    step = min(_STYLE.step, max(2.6, (flow.left_over - kept) / (len(rows) + 1)))
    style = Style(min(_STYLE.size, step * 1.75), step)
    while True:
        room = max(1, int(flow.left_over / step) - 1)
        flow.y = table(flow.canvas, x, flow.y, columns, rows[:room], style)
        rows = rows[room:]
        if not rows:
            return
        flow.turn()


def measure_columns(content: Content, width: float) -> list[Column]:
    """Return the columns of a table of measurements."""
    shares: tuple[tuple[str, float, Align], ...] = (
        ("measure", 0.31, "left"),
        ("value", 0.17, "right"),
        ("unit", 0.13, "left"),
        ("method", 0.39, "left"),
    )
    return [Column(content.word(key), width * share, align) for key, share, align in shares]


def _measurement_row(one: Measurement, lang: str) -> Row:
    digits = 0 if one.unit in ("ms", "/min", "deg") else 3 if one.unit == "mV" else 2
    return Row((measure_name(one, lang), number(one.value, digits), unit_word(one.unit, lang), method_words(one, lang)))


def statements(flow: Flow) -> None:
    """Draw every statement with its severity, the numbers it rests on, its rule and its Minnesota code."""
    columns, rows = _said(flow)
    if not rows:
        return
    flow.need(TITLE_HEIGHT + 3 * _STYLE.step)
    flow.title(flow.content.word("statements"))
    while rows:
        room = max(1, int(flow.left_over / _STYLE.step) - 1)
        flow.y = table(flow.canvas, LEFT, flow.y, columns, rows[:room], _STYLE)
        rows = rows[room:]
        if rows:
            flow.turn()


def _said(flow: Flow) -> tuple[list[Column], list[Row]]:
    """Return the columns and rows of the table of statements."""
    shares = (("severity", 14.0), ("statement", 76.0), ("grounds", 92.0), ("rule", 60.0), ("minnesota", 18.0))
    columns = [Column(flow.content.word(key), width, "left") for key, width in shares]
    return columns, [row for one in ordered(flow.content.body.findings) for row in _statement_rows(flow, columns, one)]


def _statement_rows(flow: Flow, columns: list[Column], one: Finding) -> list[Row]:
    """Return a statement's lines: what is longer than its column goes on below."""
    content = flow.content
    text = one.text_en if content.lang == "en" else one.text_zh
    cells = (content.word(f"severity.{one.severity.value}"), text, one.why(content.lang), one.rule, one.minnesota)
    parts = [
        flow.canvas.wrapped(cell, column.width - 1.6, _STYLE.size) for cell, column in zip(cells, columns, strict=True)
    ]
    deep = max(len(part) for part in parts)
    lines = zip(*([*part, *[""] * (deep - len(part))] for part in parts), strict=True)
    return [Row(line, INKS.get(one.severity, BLACK)) for line in lines]
