"""A mail gateway of aiosmtpd on a socket of its own, that can be told to misbehave at each step."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = "yiji", "s3cret"


class Gateway:
    """What came, and what is answered: `answers` maps a step (MAIL, RCPT, DATA) to a reply; "cut" hangs up."""

    def __init__(self) -> None:
        self.received: list[tuple[str, list[str], EmailMessage]] = []
        self.answers: dict[str, str] = {}
        self.steps: list[str] = []

    def _answer(self, step: str, server: Any, usual: str) -> str:
        self.steps.append(step)
        told = self.answers.get(step, usual)
        if told == "cut":
            server.transport.abort()
        return told

    async def handle_MAIL(  # noqa: N802
        self, server: Any, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        return self._answer("MAIL", server, "250 OK")

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self._answer("RCPT", server, "250 OK")

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:  # noqa: N802
        told = self._answer("DATA", server, "250 queued as 1")
        if told.startswith("250"):
            content = envelope.content
            assert isinstance(content, bytes)
            message = message_from_bytes(content, policy=policy.default)
            self.received.append((envelope.mail_from or "", list(envelope.rcpt_tos), message))
        return told


def check(server: Any, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
    known = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=known, handled=False)


class _AnyPort(Controller):
    def _trigger_server(self) -> None:
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def running(gateway: Gateway, tls: ssl.SSLContext | None = None, implicit: bool = False) -> Iterator[int]:
    """Run the gateway on a free port of this machine; yields the port."""
    options: dict[str, Any] = {"hostname": "127.0.0.1", "port": 0, "auth_required": False}
    if tls and implicit:
        options |= {"ssl_context": tls}
    elif tls:
        options |= {"tls_context": tls, "require_starttls": True, "authenticator": check, "auth_required": True}
    controller = _AnyPort(gateway, **options)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()
