"""The SMTP notifier's manifest."""

from collections.abc import Sequence

from yiji.core.plug import Errors, Listens, Locale, Reads, Record, hookimpl


@hookimpl
def yiji_provides() -> Sequence[Record]:
    """A listener that sends what falls due; without a host in its section it keeps silent."""
    return (
        Listens(
            "yiji.core.contract.booking:ReminderDue",
            "yiji_notify_smtp.listening:on_reminder_due",
            "notify_smtp.reminders",
        ),
        Locale("yiji_notify_smtp.locale"),
        Reads("notify.smtp", "yiji_notify_smtp.settings:SmtpSection"),
        Errors("yiji_notify_smtp.errors"),
    )
