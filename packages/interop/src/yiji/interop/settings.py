"""[interop] of yiji.toml: where we listen, and who gets results."""

from typing import Annotated

from pydantic import Field, field_validator

from yiji.core.settings import Section, Settings
from yiji.interop.errors import UnknownCharset
from yiji.interop.hl7.charset import codec

Port = Annotated[int, Field(ge=0, le=65535)]


class MllpSection(Section):
    """[interop.mllp]: the MLLP server. `limit`: bytes of one message; `idle`, `half`: seconds of patience."""

    host: str = "127.0.0.1"
    port: Port = 2575
    limit: int = Field(default=16 * 1024 * 1024, ge=1024)
    idle: float = Field(default=600.0, gt=0)  # with a silent connection
    half: float = Field(default=30.0, gt=0)  # with half a message
    profile: str = "default"
    senders: dict[str, str] = Field(default_factory=dict[str, str])  # MSH-3 or MSH-3^MSH-4, to its own profile


class Peer(Section):
    """[[interop.peers]]: a system that gets results."""

    name: str = Field(min_length=1)
    host: str
    port: Port
    channel: str = "mllp-oru"
    charset: str = "UNICODE UTF-8"  # as HL7 table 0211 writes it
    profile: str = "default"
    timeout: float = Field(default=10.0, gt=0, le=25)  # seconds; a reaction has 30
    application: str = ""  # MSH-5, MSH-6; empty: whoever sent the order
    facility: str = ""
    events: tuple[str, ...] = ("ReportSigned",)

    @field_validator("charset")
    @classmethod
    def _is_known(cls, charset: str) -> str:
        try:
            codec(charset)
        except UnknownCharset as fault:
            raise ValueError(f"unknown character set {fault.params['charset']}") from None
        return charset


class InteropSection(Section):
    """[interop]: `application` and `facility` are our own name (MSH-3, MSH-4)."""

    application: str = "YIJI"
    facility: str = ""
    mllp: MllpSection = MllpSection()
    peers: tuple[Peer, ...] = ()

    @field_validator("peers")
    @classmethod
    def _are_told_apart(cls, peers: tuple[Peer, ...]) -> tuple[Peer, ...]:
        names = [peer.name for peer in peers]
        twice = [name for name in names if names.count(name) > 1]
        if twice:
            raise ValueError(f"two peers are named {twice[0]}")
        return peers


def interop(settings: Settings) -> InteropSection:
    """Return the section; raises `BadSetting`."""
    return settings.section("interop", InteropSection)
