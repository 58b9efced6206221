"""The message: to whom, and what it says, in the site's language and on the hospital's clock. Pure."""

import re
from datetime import UTC, datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from yiji.core.clock import local
from yiji.core.contract.booking import ReminderDue
from yiji.core.contract.patient import PatientBrief
from yiji.core.i18n import text
from yiji.core.settings import SiteSection

_PLAIN = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+")  # what a phone or a number makes, and nothing cleverer


def recipient(template: str, patient: PatientBrief) -> str:
    """Return the patient's address, or nothing where he has not got what the template asks for."""
    numbers = {number.system: number.value for number in patient.identifiers}
    told = {"phone": patient.phone, "patient_id": patient.id, "visit_number": patient.visit_number}
    try:
        made = "".join(template.format(numbers=numbers, **told).split())
    except (KeyError, ValueError, IndexError, AttributeError):
        return ""
    return made if _PLAIN.fullmatch(made) else ""


def message_id(event: ReminderDue, domain: str) -> str:
    """Return the Message-ID: the same for the same reminder, so that a gateway can tell a repetition as well."""
    at = event.starts_at.astimezone(UTC)
    return f"<reminder.{event.appointment_id}.{at:%Y%m%dT%H%M%SZ}.{event.hours}@{domain}>"


def compose(event: ReminderDue, to: str, sender: str, site: SiteSection, sent_at: datetime) -> EmailMessage:
    """Return the message: UTF-8 in base64, so that any gateway carries it."""
    words = {
        "hospital": site.name,
        "name": event.order.patient.name,
        "exam": event.order.exam_name,
        "time": _time(local(event.starts_at, site.zone), site.lang),
        "place": " ".join(part for part in (event.place, event.room_name) if part),
    }
    told = text("notify_smtp.body", site.lang, **words)
    if event.preparation:
        told += text("notify_smtp.preparation", site.lang, preparation=event.preparation)
    told += text("notify_smtp.end", site.lang, **words)
    made = EmailMessage(policy=policy.SMTP)
    made["From"] = Address(_line(site.name), addr_spec=sender)
    made["To"] = Address(addr_spec=to)
    made["Subject"] = _line(text("notify_smtp.subject", site.lang, **words))
    made["Date"] = format_datetime(sent_at)
    made["Message-ID"] = message_id(event, sender.rpartition("@")[2])
    made["Auto-Submitted"] = "auto-generated"  # RFC 3834 (recalled): no automatic answers, please
    made.set_content(told, charset="utf-8", cte="base64")
    return made


def _line(told: str) -> str:
    """Return what may stand in a header: a line break in it would be another header."""
    return " ".join(told.split())


def _time(at: datetime, lang: str) -> str:
    weekday = text("notify_smtp.weekdays", lang).split()[at.weekday()]
    month = text("notify_smtp.months", lang).split()[at.month - 1]
    named = {"year": at.year, "month": month, "day": at.day, "weekday": weekday, "clock": f"{at:%H:%M}"}
    return text("notify_smtp.time", lang, **named)
