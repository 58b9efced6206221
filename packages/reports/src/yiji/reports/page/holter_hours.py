"""The hours of a Holter report, one a line, and what its findings rest on."""

from yiji.core.contract.holter import HolterSpan, HolterSummary
from yiji.reports.page.details import statements
from yiji.reports.page.flow import Flow
from yiji.reports.page.frame import LEFT, WIDTH
from yiji.reports.page.table import Column, Row, Style, table
from yiji.reports.writing.holter import hour_cells, hour_heads, say, when

_FIRST = 27.0  # width of the column that says which hour
_STYLE = Style(7.2, 3.9)


def hours(flow: Flow, told: HolterSummary) -> None:
    """Draw the table, over as many sheets as it needs, then the statements."""
    lang = flow.content.lang
    heads = hour_heads(lang)
    wide = (WIDTH - _FIRST) / len(heads)
    columns = [Column(say("hour", lang), _FIRST, "left"), *(Column(head, wide) for head in heads)]
    rows = [Row((_hour(flow, told, span), *hour_cells(span))) for span in told.hours]
    rows += [
        Row((say(name, lang), *hour_cells(span)), bold=True)
        for name, span in (("by_day", told.day), ("by_night", told.night), ("whole", told.total))
        if span is not None
    ]
    while rows:
        flow.turn()
        flow.title(say("hours", lang))
        room = max(1, int(flow.left_over / _STYLE.step) - 1)
        flow.y = table(flow.canvas, LEFT, flow.y, columns, rows[:room], _STYLE) + 3
        rows = rows[room:]
    statements(flow)


def _hour(flow: Flow, told: HolterSummary, span: HolterSpan) -> str:
    return when(told, span.first, flow.content.zone, "%m-%d %H:%M")
