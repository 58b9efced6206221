"""The way to the gateway (SMTP, RFC 5321, recalled): up to RCPT nothing has been said yet, from DATA on it may have."""

import smtplib
import ssl
from collections.abc import Generator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from pathlib import Path

from yiji.core.errors import BadSetting
from yiji.core.settings import FILE
from yiji_notify_smtp.errors import GatewayRefuses, GatewayUnavailable
from yiji_notify_smtp.settings import SmtpSection


@contextmanager
def session(section: SmtpSection, root: Path) -> Generator[smtplib.SMTP]:
    """Open a session: connected, encrypted, signed in. Raises `GatewayUnavailable`, `GatewayRefuses`, `BadSetting`."""
    password = _password(section, root)
    context = _context(section, root)
    with _told(section):
        smtp = _connected(section, context)
    try:
        with _told(section):
            smtp.ehlo_or_helo_if_needed()
            if section.security == "starttls":
                smtp.starttls(context=context)
            if section.user:
                smtp.login(section.user, password)
        yield smtp
    finally:
        with suppress(OSError):  # whatever it says now, the message's fate is settled
            smtp.quit()
        smtp.close()


def _connected(section: SmtpSection, context: ssl.SSLContext | None) -> smtplib.SMTP:
    host, port = section.address
    if section.security == "ssl":
        return smtplib.SMTP_SSL(host, port, timeout=section.timeout, context=context)
    return smtplib.SMTP(host, port, timeout=section.timeout)


def _context(section: SmtpSection, root: Path) -> ssl.SSLContext | None:
    if section.security == "none":
        return None
    trusted = _read(root, section.ca_file, "ca_file") if section.ca_file else None
    try:
        return ssl.create_default_context(cadata=trusted)
    except ssl.SSLError as fault:
        raise BadSetting(file=root / FILE, setting="notify.smtp.ca_file", detail=fault) from None


def _password(section: SmtpSection, root: Path) -> str:
    password = _read(root, section.password_file, "password_file").strip() if section.password_file else ""
    if not password.isascii():
        detail = "smtplib signs in with ASCII letters only"
        raise BadSetting(file=root / FILE, setting="notify.smtp.password_file", detail=detail)
    return password


def _read(root: Path, name: str, setting: str) -> str:
    try:
        return (root / name).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise BadSetting(file=root / FILE, setting=f"notify.smtp.{setting}", detail=fault) from None


def offer(smtp: smtplib.SMTP, section: SmtpSection, to: str) -> str:
    """Name sender and recipient; return why this recipient is refused for good, or nothing.

    Raises `GatewayUnavailable` for what is refused for now, `GatewayRefuses` for our sender.
    """
    with _told(section):
        code, said = smtp.mail(section.sender)
        if code != 250:
            raise smtplib.SMTPSenderRefused(code, said, section.sender)
        code, said = smtp.rcpt(to)
        if 400 <= code < 500:
            raise smtplib.SMTPResponseException(code, said)
    return "" if code in (250, 251) else _said(code, said)


def hand_over(smtp: smtplib.SMTP, message: EmailMessage) -> tuple[bool, str]:
    """Send the message itself; return whether the gateway took it, and what it said. Raises nothing.

    Where the connection breaks after DATA nobody knows whether it arrived; it counts as not sent.
    """
    try:
        code, said = smtp.data(message.as_bytes())
    except smtplib.SMTPResponseException as fault:
        return False, _said(fault.smtp_code, fault.smtp_error)
    except OSError as fault:
        return False, f"broke off, it may have arrived: {fault}"
    return code == 250, _said(code, said)


@contextmanager
def _told(section: SmtpSection) -> Generator[None]:
    """Tell a gateway that is down or busy from one that refuses us."""
    address = ":".join(str(part) for part in section.address)
    try:
        yield
    except smtplib.SMTPResponseException as fault:
        kind = GatewayUnavailable if fault.smtp_code < 500 else GatewayRefuses
        raise kind(address=address, detail=_said(fault.smtp_code, fault.smtp_error)) from None
    except (smtplib.SMTPServerDisconnected, TimeoutError) as fault:
        raise GatewayUnavailable(address=address, detail=fault) from None
    except (smtplib.SMTPException, ssl.SSLCertVerificationError) as fault:
        raise GatewayRefuses(address=address, detail=fault) from None
    except OSError as fault:
        raise GatewayUnavailable(address=address, detail=fault) from None


def _said(code: int, said: bytes | str) -> str:
    told = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return f"{code} {' '.join(told.split())}"[:300]
