"""What can go wrong, and what each world is told about it.

Every error has a `code` (``booking.slot_full``), a `kind` and named parameters. Its words live in the locale tables
(`yiji.core.i18n`), so the same error reads in Chinese and English, and crosses gRPC as code and parameters only.
One table, `KINDS`, says what a kind means to gRPC, to a shell, to an HL7 sender, to a DICOM peer and to a retry loop.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, cast


class Kind(StrEnum):
    """The few kinds of failure; a caller decides by kind, a person reads the code and the text."""

    INVALID = "invalid"  # the request itself is wrong; the same again fails again
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"  # somebody else has it, or it was said before with other content
    REFUSED = "refused"  # a rule or the state of things forbids it
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    EXHAUSTED = "exhausted"  # disk, queue, memory
    DEADLINE = "deadline"
    UNAVAILABLE = "unavailable"  # a peer, the database: try again
    UNSUPPORTED = "unsupported"
    INTERNAL = "internal"  # our fault


@dataclass(frozen=True, slots=True)
class KindFacts:
    """What one kind means at each border.

    `grpc` names a `grpc.StatusCode`; `exit` is the shell's exit status; `ack` is HL7 MSA-1 in original mode (HL7 v2.5.1
    section 2.9.2, recalled); `hl7` is a code of HL7 table 0357 (recalled); `dicom` a DIMSE status (PS3.7 annex C,
    recalled).
    """

    grpc: str
    exit: int
    ack: str
    hl7: str
    dicom: int
    retry: bool


KINDS: dict[Kind, KindFacts] = {
    Kind.INVALID: KindFacts("INVALID_ARGUMENT", 2, "AE", "102", 0xA900, False),
    Kind.NOT_FOUND: KindFacts("NOT_FOUND", 3, "AE", "204", 0x0112, False),
    Kind.CONFLICT: KindFacts("ABORTED", 4, "AE", "205", 0x0111, False),
    Kind.REFUSED: KindFacts("FAILED_PRECONDITION", 5, "AE", "207", 0x0110, False),
    Kind.UNAUTHENTICATED: KindFacts("UNAUTHENTICATED", 6, "AR", "207", 0x0124, False),
    Kind.FORBIDDEN: KindFacts("PERMISSION_DENIED", 7, "AR", "207", 0x0124, False),
    Kind.EXHAUSTED: KindFacts("RESOURCE_EXHAUSTED", 8, "AR", "207", 0xA700, True),
    Kind.DEADLINE: KindFacts("DEADLINE_EXCEEDED", 9, "AR", "207", 0xA700, True),
    Kind.UNAVAILABLE: KindFacts("UNAVAILABLE", 10, "AR", "207", 0xA700, True),
    Kind.UNSUPPORTED: KindFacts("UNIMPLEMENTED", 11, "AR", "200", 0x0211, False),
    Kind.INTERNAL: KindFacts("INTERNAL", 1, "AR", "207", 0x0110, False),
}

REGISTRY: dict[str, "type[YijiError]"] = {}


class YijiError(Exception):
    """The root of all errors that a user may see.

    A subclass names `code` and `kind`; its parameters are strings or numbers that the locale text refers to by name.
    """

    code: ClassVar[str] = "core.internal"
    kind: ClassVar[Kind] = Kind.INTERNAL

    def __init__(self, **params: Any) -> None:
        super().__init__(self.code, params)
        self.params: dict[str, str] = {name: str(value) for name, value in params.items()}

    def __init_subclass__(cls, *, known_here: bool = True) -> None:
        if not known_here:
            return
        known = REGISTRY.setdefault(cls.code, cls)
        if known is not cls and (known.__module__, known.__qualname__) != (cls.__module__, cls.__qualname__):
            raise TypeError(f"error code {cls.code} is taken by {known.__module__}.{known.__qualname__}")

    def __str__(self) -> str:
        told = ", ".join(f"{name}={value}" for name, value in self.params.items())
        return f"{self.code} ({told})" if told else self.code

    @property
    def facts(self) -> KindFacts:
        """What this error's kind means at each border."""
        return KINDS[self.kind]


def revive(code: str, kind: str, params: dict[str, str]) -> YijiError:
    """Rebuild an error that came over a wire; an unknown code keeps its code and kind in a class of its own."""
    known = REGISTRY.get(code)
    if known is None:
        named = {"code": code, "kind": Kind(kind)}
        known = cast("type[YijiError]", type("RemoteError", (YijiError,), named, known_here=False))
    error = known.__new__(known)
    YijiError.__init__(error, **params)
    return error


class InternalError(YijiError):
    """A fault of ours; the reference finds it in the log. Parameters: reference."""

    code = "core.internal"
    kind = Kind.INTERNAL


class InvalidMessage(YijiError):
    """A message does not fit its type. Parameters: message, detail."""

    code = "core.invalid_message"
    kind = Kind.INVALID


class UnknownMessage(YijiError):
    """Nobody handles this message here. Parameters: message."""

    code = "core.unknown_message"
    kind = Kind.UNSUPPORTED


class NotSignedIn(YijiError):
    """No token, or one that this site did not sign. Parameters: detail."""

    code = "core.not_signed_in"
    kind = Kind.UNAUTHENTICATED


class NotPermitted(YijiError):
    """The actor lacks the permission. Parameters: actor, permission."""

    code = "core.not_permitted"
    kind = Kind.FORBIDDEN


class KeyReused(YijiError):
    """An idempotency key came back with another body. Parameters: key."""

    code = "core.key_reused"
    kind = Kind.CONFLICT


class DeadlinePassed(YijiError):
    """The caller's deadline passed before the work began. Parameters: message."""

    code = "core.deadline_passed"
    kind = Kind.DEADLINE


class StoreUnavailable(YijiError):
    """The database does not answer. Parameters: detail."""

    code = "core.store_unavailable"
    kind = Kind.UNAVAILABLE


class ServerUnavailable(YijiError):
    """The yiji server does not answer. Parameters: address, detail."""

    code = "core.server_unavailable"
    kind = Kind.UNAVAILABLE


class DiskFull(YijiError):
    """No room to write. Parameters: path, detail."""

    code = "core.disk_full"
    kind = Kind.EXHAUSTED


class PortInUse(YijiError):
    """Another process listens there. Parameters: address, setting."""

    code = "core.port_in_use"
    kind = Kind.UNAVAILABLE


class BadSetting(YijiError):
    """A setting cannot be used. Parameters: file, setting, detail."""

    code = "core.bad_setting"
    kind = Kind.INVALID


class NoSite(YijiError):
    """No site is here. Parameters: path."""

    code = "core.no_site"
    kind = Kind.NOT_FOUND


class SiteExists(YijiError):
    """A site is here already. Parameters: path."""

    code = "core.site_exists"
    kind = Kind.CONFLICT


class NotFound(YijiError):
    """The thing asked for is not kept here. Parameters: what, id."""

    code = "core.not_found"
    kind = Kind.NOT_FOUND


class PluginMissing(YijiError):
    """A plugin that is named is not installed. Parameters: plugin."""

    code = "core.plugin_missing"
    kind = Kind.NOT_FOUND


class PluginBroken(YijiError):
    """A plugin cannot be loaded. Parameters: plugin, detail."""

    code = "core.plugin_broken"
    kind = Kind.INTERNAL


class BlobDamaged(YijiError):
    """A kept blob does not match its hash any more. Parameters: sha256."""

    code = "core.blob_damaged"
    kind = Kind.INTERNAL


class AuditBroken(YijiError):
    """The audit chain does not verify. Parameters: seq, detail."""

    code = "core.audit_broken"
    kind = Kind.INTERNAL


class DatabaseStartFailed(YijiError):
    """The embedded PostgreSQL cannot start. Parameters: path, detail."""

    code = "core.database_start_failed"
    kind = Kind.UNAVAILABLE
