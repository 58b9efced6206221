"""Reports: drafted, signed, shown."""

from datetime import datetime
from enum import StrEnum

from yiji.core.contract.holter import HolterSummary
from yiji.core.contract.measure import Finding, LeadMeasure, Measurement, MedianBeat
from yiji.core.contract.order import OrderBrief
from yiji.core.message import Command, Event, Query, Value


class ReportState(StrEnum):
    """The life of a report (HL7 OBR-25 P and F, recalled)."""

    DRAFT = "draft"
    SIGNED = "signed"


class ReportBody(Value):
    """What a report says; the seal is taken over this."""

    order: OrderBrief
    recording_id: str
    trace: str  # sha256 of the trace blob
    template: str
    device: str = ""
    recorded_at: datetime | None = None
    measurements: tuple[Measurement, ...]
    findings: tuple[Finding, ...]
    conclusion: str = ""  # the doctor's own words
    beats: tuple[float, ...] = ()
    classes: str = ""  # a letter a beat: N S V F Q
    lead_measures: tuple[LeadMeasure, ...] = ()
    median: MedianBeat | None = None
    holter: HolterSummary | None = None


class Seal(Value):
    """The seal of a signed report: a keyed hash now, certificates later."""

    method: str
    value: str
    signer: str
    signer_name: str
    signed_at: datetime


class Report(Value):
    """A report as it is kept."""

    id: str
    state: ReportState
    revision: int
    body: ReportBody
    pdf: str = ""  # sha256 of the page
    drafted_at: datetime
    seal: Seal | None = None


class DraftReport(Command[Report], permission="report.draft"):
    """Draft a report from an analysis; one report an order item, a new analysis makes a new revision of the draft."""

    body: ReportBody


class SignReport(Command[Report], permission="report.sign"):
    """Sign a draft: seal it, draw the final page, let it go."""

    report_id: str
    revision: int = 0  # the revision that the doctor read; 0: the newest
    conclusion: str = ""


class ShowReport(Query[Report], permission="report.read"):
    """What does one report say? By its id, the accession number or the order item's id."""

    id: str


class ListReportsResult(Value):
    """Reports, newest draft first."""

    reports: tuple[Report, ...]


class ListReports(Query[ListReportsResult], permission="report.read"):
    """Which reports wait to be signed, or were signed?"""

    state: ReportState | None = None
    limit: int = 100


class ReportPage(Value):
    """A report's page."""

    report_id: str
    pdf: bytes
    sha256: str


class RenderReport(Query[ReportPage], permission="report.read"):
    """Draw a report's page: the kept one when signed, else the draft as it stands."""

    id: str


class VerifySealResult(Value):
    """Whether a signed report is still what was signed."""

    report_id: str
    intact: bool
    detail: str


class VerifySeal(Query[VerifySealResult], permission="report.read"):
    """Is a signed report still what was signed?"""

    id: str


class ReportDrafted(Event, aggregate="report_id"):
    """A draft is there to be read."""

    report_id: str
    revision: int
    order: OrderBrief


class ReportSigned(Event, aggregate="report_id"):
    """A report is signed and may leave the house."""

    report_id: str
    revision: int
    body: ReportBody
    pdf: str
    seal: Seal
