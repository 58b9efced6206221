"""Reports' manifest."""

from collections.abc import Sequence

from yiji.core.plug import Commands, Errors, Handles, Hooks, Listens, Locale, Migrations, Reads, Record, Warms, hookimpl
from yiji.reports.hooks import ReportSeal, ReportTemplate

_REPORT = "yiji.core.contract.report"


@hookimpl
def yiji_provides() -> Sequence[Record]:
    """Reports: drafted, drawn, signed, verified; guide sheets, drawn."""
    return (
        Handles(f"{_REPORT}:DraftReport", "yiji.reports.handlers:draft_report", batch=32),
        Handles(f"{_REPORT}:SignReport", "yiji.reports.handlers:sign_report"),
        Handles(f"{_REPORT}:ShowReport", "yiji.reports.queries:show_report"),
        Handles(f"{_REPORT}:ListReports", "yiji.reports.queries:list_reports"),
        Handles(f"{_REPORT}:RenderReport", "yiji.reports.queries:render_report"),
        Handles(f"{_REPORT}:VerifySeal", "yiji.reports.queries:verify_seal"),
        Handles("yiji.core.contract.queue:RenderGuide", "yiji.reports.queries:render_guide"),
        Listens(
            "yiji.core.contract.recording:RecordingAnalysed",
            "yiji.reports.policies:on_recording_analysed",
            "reports.analysed",
        ),
        Warms("rpc", "yiji.reports.warm:page"),
        Commands(
            "report", "yiji.reports.cli:app", "Show, draw, sign, verify reports.", "报告：查看、出图、签发、验签。"
        ),
        Migrations("reports", "yiji.reports.migrations"),
        Locale("yiji.reports.locale"),
        Reads("reports", "yiji.reports.settings:ReportsSection"),
        Errors("yiji.reports.errors"),
        Hooks("yiji.reports.hooks"),
    )


@hookimpl
def reports_templates() -> Sequence[ReportTemplate]:
    """The resting ECG and the Holter; the last of a kind is taken where nobody chooses another."""
    own = (
        ("ecg-12x1", "ecg"),
        ("ecg-6x2", "ecg"),
        ("ecg-3x4-3r", "ecg"),
        ("ecg-12", "ecg"),
        ("holter-full", "holter"),
        ("holter", "holter"),
    )
    return tuple(ReportTemplate(name, f"yiji.reports.writing.templates:{name}.toml", kind) for name, kind in own)


@hookimpl
def reports_seals() -> Sequence[ReportSeal]:
    """Keyed hashes under the site's secret."""
    from yiji.reports.signing.seal import own_seals

    return own_seals()
