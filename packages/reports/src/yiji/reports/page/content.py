"""What a sheet is drawn from: the report, its trace and how the site wants it to look."""

from dataclasses import dataclass
from datetime import UTC, datetime

from yiji.core.contract.report import Report, ReportBody, Seal
from yiji.core.signal import Trace
from yiji.reports.writing.template import Template
from yiji.reports.writing.words import word

_NO_TIME = datetime(2000, 1, 1, tzinfo=UTC)  # a bare body without any time still gives the same bytes each time


@dataclass(frozen=True)
class Content:
    """One report about to be drawn."""

    body: ReportBody
    trace: Trace
    template: Template
    hospital: str
    lang: str
    zone: str
    seal: Seal | None
    at: datetime
    data: bytes = b""  # the record that is attached

    def word(self, key: str, **params: object) -> str:
        """Return a page's word in the report's language."""
        return word(key, self.lang, **params)


def seal_of(report: Report | ReportBody) -> Seal | None:
    """Return the seal of a signed report."""
    return report.seal if isinstance(report, Report) else None


def time_of(report: Report | ReportBody) -> datetime:
    """Return the time that stands for the page's making: signed, else drafted, else recorded."""
    if isinstance(report, Report):
        return report.seal.signed_at if report.seal else report.drafted_at
    at = report.recorded_at or report.order.ordered_at or _NO_TIME
    return at if at.tzinfo else at.replace(tzinfo=UTC)
