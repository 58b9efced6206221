"""The hospital's own report templates.

A site takes one by its settings::

    [reports.templates]
    ecg = "demo-ecg-6x2"
"""

from yiji.reports.hooks import ReportTemplate

TEMPLATES = (ReportTemplate(name="demo-ecg-6x2", source="yiji_demo_hospital.report_templates:ecg-6x2.toml"),)
