"""Drawing a kept report as its site wants it."""

from yiji.core import signal
from yiji.core.contract.queue import GuidePage, GuideSheet
from yiji.core.contract.report import Report
from yiji.core.errors import NotFound
from yiji.core.store.db import Tx
from yiji.reports import templates
from yiji.reports.errors import TraceMissing
from yiji.reports.settings import ReportsSection


def section(tx: Tx) -> ReportsSection:
    """Return [reports] of the settings."""
    return tx.settings.section("reports", ReportsSection)


def draw(tx: Tx, report: Report) -> bytes:
    """Return the report's page as PDF, in the site's language.

    Raises `MissingGlyph`, `BadFont`, `UnknownTemplate`, `BadTemplate`, `TraceMissing` or `BlobDamaged`.
    """
    from yiji.reports.page.sheet import needs_trace, render  # not for daemons that draw nothing

    site, template = tx.settings.site, templates.find(tx.plugins, report.body.template)
    return render(
        report,
        _trace(tx, report.body.trace) if needs_trace(report.body, template) else {},
        template=template,
        hospital=site.name,
        lang=site.lang,
        zone=site.zone,
        fonts=section(tx).fonts,
    )


def draw_guide(tx: Tx, sheet: GuideSheet, lang: str) -> GuidePage:
    """Return a guide sheet as PDF; raises `MissingGlyph`, `BadFont` or `GuideTooLong`."""
    from yiji.reports.page.guide import render_guide  # the drawing library is not for daemons that draw nothing

    return render_guide(sheet, lang=lang, fonts=section(tx).fonts)


def _trace(tx: Tx, name: str) -> signal.Trace:
    try:
        return signal.decode(tx.blobs.get(name))
    except (NotFound, ValueError):
        raise TraceMissing(trace=name) from None
