"""The demo hospital's manifest: what a hospital adds to yiji, each in a module of its own."""

from collections.abc import Sequence

from yiji.core.plug import hookimpl
from yiji.reports.hooks import ReportTemplate
from yiji_demo_hospital.report import TEMPLATES


@hookimpl
def reports_templates() -> Sequence[ReportTemplate]:
    """The hospital's own ECG report: six rows of two leads."""
    return TEMPLATES
