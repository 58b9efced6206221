"""The manifest: data, no work, and nothing heavy imported."""

from collections.abc import Sequence

from yiji.booking.hooks import BookingRule
from yiji.core.plug import Commands, Errors, Locale, Record, hookimpl


@hookimpl
def yiji_provides() -> Sequence[Record]:
    """A command, an error and their words."""
    return (
        Commands("fasting", "yiji_stranger.cli:app", "When patients come fasting.", "空腹检查时段。"),
        Errors("yiji_stranger.errors"),
        Locale("yiji_stranger.locale"),
    )


@hookimpl
def booking_rules() -> Sequence[BookingRule]:
    """Fasting examinations are in the morning."""
    return (BookingRule("stranger.fasting", "yiji_stranger.rules:in_the_morning"),)
