"""Who asks: an actor is what a signed token says, and nothing else (a JWT, RFC 7519, signed with the site's secret)."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from functools import cache, lru_cache
from typing import Any

import jwt

from yiji.core.contract.access import Token
from yiji.core.errors import NotPermitted, NotSignedIn

ALGORITHM = "HS256"

# What each role may do; a pattern's star stands for any rest.
ROLES: dict[str, tuple[str, ...]] = {
    "admin": ("*",),
    "system": ("*",),
    "chief": (  # 科室管理: also what a dispatcher may not do alone
        "order.*", "slot.*", "booking.*", "queue.*", "patient.*", "catalogue.*", "rule.*", "statistics.read",
        "reminder.read", "desk.read", "worklist.read", "report.read", "recording.read",
    ),
    "dispatcher": (
        "order.*", "slot.read", "slot.manage", "booking.book", "booking.read", "booking.plan", "booking.fulfil",
        "booking.pay", "booking.verify", "queue.*", "patient.read", "patient.register", "patient.note", "desk.read",
        "catalogue.read", "rule.read", "statistics.read", "reminder.read", "worklist.read", "report.read",
        "recording.read",
    ),
    "technician": (
        "recording.*", "worklist.*", "queue.*", "desk.read", "order.read", "booking.read", "booking.fulfil",
        "slot.read", "report.read", "catalogue.read", "patient.read",
    ),
    "doctor": (
        "report.*", "recording.read", "order.*", "booking.book", "booking.read", "booking.plan", "slot.read",
        "patient.read", "patient.note", "desk.read", "catalogue.read", "rule.read", "worklist.read",
    ),
    "his": (
        "order.*", "message.*", "slot.read", "booking.book", "booking.read", "booking.plan", "booking.pay",
        "booking.fulfil", "patient.read", "patient.register", "patient.note", "report.read", "catalogue.read",
    ),
    "app": (  # the hospital's mini-programme or app, acting for patients: it signs their tokens
        "access.patient", "patient.register", "catalogue.read", "slot.read",
    ),
    "patient": (  # one's own orders and appointments only: the token names the patient
        "booking.book", "booking.read", "booking.plan", "slot.read", "catalogue.read", "patient.appeal",
    ),
    "cashier": ("booking.pay", "booking.read"),
    "notifier": ("reminder.*",),
    "screen": ("queue.read",),
    "device": ("worklist.read", "recording.keep", "recording.read"),
}  # fmt: skip


@cache
def permits(role: str, permission: str) -> bool:
    """Return whether a role has a permission; an unknown role has none."""
    return any(fnmatchcase(permission, pattern) for pattern in ROLES.get(role, ()))


@lru_cache(maxsize=4096)
def _permit(roles: tuple[str, ...], permission: str) -> bool:
    return any(permits(role, permission) for role in roles)


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in person or system."""

    name: str
    roles: tuple[str, ...]
    site: str
    full_name: str = ""
    patient: str = ""  # a patient's own token: the only patient that it may act for

    def require(self, permission: str) -> None:
        """Raise `NotPermitted` unless one of the roles has the permission."""
        if not _permit(self.roles, permission):
            raise NotPermitted(actor=self.name, permission=permission)


def sign(actor: Actor, secret: bytes, seconds: int) -> Token:
    """Return a token that says who the actor is for so many seconds."""
    now = int(time.time())
    claims = {
        "sub": actor.name,
        "name": actor.full_name,
        "roles": actor.roles,
        "pat": actor.patient,
        "iss": actor.site,
        "iat": now,
        "exp": now + seconds,
    }
    return Token(
        user=actor.name,
        token=jwt.encode(claims, secret, algorithm=ALGORITHM),  # pyright: ignore[reportUnknownMemberType]
        expires_at=datetime.fromtimestamp(now + seconds, UTC),
    )


@lru_cache(maxsize=4096)
def _verified(token: str, secret: bytes, site: str) -> tuple[Actor, float]:
    try:
        claims: dict[str, Any] = jwt.decode(  # pyright: ignore[reportUnknownMemberType]
            token, secret, algorithms=[ALGORITHM], issuer=site, options={"require": ["exp", "sub"]}
        )
    except jwt.PyJWTError as fault:
        raise NotSignedIn(detail=fault) from None
    actor = Actor(claims["sub"], tuple(claims["roles"]), claims["iss"], claims.get("name", ""), claims.get("pat", ""))
    return actor, float(claims["exp"])


def verify(token: str, secret: bytes, site: str) -> Actor:
    """Return whom a token names; raises `NotSignedIn` for none, a foreign or an expired one."""
    if not token:
        raise NotSignedIn(detail="no token")
    actor, expires_at = _verified(token, secret, site)
    if time.time() >= expires_at:
        raise NotSignedIn(detail="token expired")
    return actor
