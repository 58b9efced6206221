"""The demo hospital's manifest: what a hospital adds to yiji, each in a module of its own."""

from collections.abc import Sequence

from yiji.booking.hooks import BookingRule
from yiji.core.plug import Record, hookimpl
from yiji.interop.hooks import ProfileRecord
from yiji.reports.hooks import ReportTemplate
from yiji_demo_hospital.report import TEMPLATES


@hookimpl
def yiji_provides() -> Sequence[Record]:
    """No messages, daemons or commands: this hospital only fills the wings' hooks."""
    return ()


@hookimpl
def reports_templates() -> Sequence[ReportTemplate]:
    """The hospital's own ECG report: six rows of two leads."""
    return TEMPLATES


@hookimpl
def interop_profiles() -> Sequence[ProfileRecord]:
    """How the hospital's HIS writes HL7."""
    return (ProfileRecord("demo_hospital", "yiji_demo_hospital.hl7_profile:PROFILE"),)


@hookimpl
def booking_rules() -> Sequence[BookingRule]:
    """Time to walk from one examination to the next."""
    return (BookingRule("demo_hospital.walk", "yiji_demo_hospital.rules:time_to_walk"),)
