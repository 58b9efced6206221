"""What the notifier does when a reminder falls due: offer, claim, hand over, settle.

The claim is the point of no return: it is granted once, so whatever crashes, a reminder goes out at most once. What can
fail and be tried again (the way to the gateway, sender, recipient) comes before it; what cannot comes after.
"""

from typing import Protocol, TypeVar

from yiji.core import clock, ids
from yiji.core.contract.booking import ReminderDue
from yiji.core.contract.reminder import ClaimReminder, SettleReminder
from yiji.core.errors import Kind, YijiError
from yiji.core.message import Request
from yiji.core.settings import Settings
from yiji_notify_smtp.settings import SmtpSection

R = TypeVar("R")
NOT_OURS = {Kind.CONFLICT, Kind.REFUSED, Kind.NOT_FOUND}  # taken before, or not needed any more


class Reaction(Protocol):
    """What the relay gives a listener to work with."""

    @property
    def settings(self) -> Settings:
        """The site's settings."""
        ...

    def ask(self, request: Request[R], timeout: float = 30.0, key: str = "") -> R:
        """Ask the bus."""
        ...


def on_reminder_due(event: ReminderDue, reaction: Reaction) -> None:
    """Send one reminder; raises what the relay is to try again."""
    from yiji_notify_smtp.message import recipient

    section = reaction.settings.section("notify.smtp", SmtpSection)
    to = recipient(section.to, event.order.patient)
    if section.host and to and clock.now() < event.starts_at:
        _deliver(event, reaction, section, to)


def _deliver(event: ReminderDue, reaction: Reaction, section: SmtpSection, to: str) -> None:
    from yiji_notify_smtp.message import compose
    from yiji_notify_smtp.sending import hand_over, offer, session

    message = compose(event, to, section.sender, reaction.settings.site, clock.now())
    with session(section, reaction.settings.root) as smtp:
        refused = offer(smtp, section, to)
        if not _is_ours(event, reaction):
            return
        sent, said = (False, refused) if refused else hand_over(smtp, message)
        reaction.ask(SettleReminder(**_named(event), sent=sent, detail=said))  # pyright: ignore[reportArgumentType]


def _is_ours(event: ReminderDue, reaction: Reaction) -> bool:
    """Claim the reminder; the key is fresh, for a grant that was given before a crash must not be given again."""
    try:
        reaction.ask(ClaimReminder(**_named(event)), key=ids.new("clm"))  # pyright: ignore[reportArgumentType]
    except YijiError as refusal:
        if refusal.kind in NOT_OURS:
            return False
        raise
    return True


def _named(event: ReminderDue) -> dict[str, object]:
    return {"appointment_id": event.appointment_id, "starts_at": event.starts_at, "hours": event.hours}
