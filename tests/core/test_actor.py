"""Tokens and roles: nobody is whom this site did not sign for."""

import jwt
import pytest

from yiji.core.actor import ROLES, Actor, permits, sign, verify
from yiji.core.app import App
from yiji.core.errors import NotPermitted, NotSignedIn

SECRET = b"s" * 32


def _token(seconds: int = 60, secret: bytes = SECRET, site: str = "here") -> str:
    return sign(Actor("wang", ("doctor",), site, "王医生"), secret, seconds).token


def test_a_token_says_who() -> None:
    actor = verify(_token(), SECRET, "here")
    assert (actor.name, actor.roles, actor.full_name) == ("wang", ("doctor",), "王医生")


@pytest.mark.parametrize(
    "token",
    [
        "",
        "nonsense",
        _token(-1),
        _token(secret=b"t" * 32),
        _token(site="elsewhere"),
        jwt.encode({"sub": "wang", "roles": ["admin"], "iss": "here", "exp": 9999999999}, "", algorithm="none"),
        jwt.encode({"sub": "wang", "roles": ["admin"], "iss": "here"}, SECRET, algorithm="HS256"),
    ],
    ids=["none", "nonsense", "expired", "foreign secret", "foreign site", "unsigned", "without an end"],
)
def test_nobody_else(token: str) -> None:
    with pytest.raises(NotSignedIn):
        verify(token, SECRET, "here")


def test_a_verified_token_still_expires(monkeypatch: pytest.MonkeyPatch) -> None:
    token = _token(60)
    verify(token, SECRET, "here")
    monkeypatch.setattr("yiji.core.actor.time.time", lambda: 9999999999.0)
    with pytest.raises(NotSignedIn):
        verify(token, SECRET, "here")


def test_roles_are_least() -> None:
    assert permits("doctor", "report.sign")
    assert not permits("dispatcher", "report.sign")
    assert not permits("device", "booking.book")
    assert not permits("wizard", "order.read")
    with pytest.raises(NotPermitted) as refused:
        Actor("cart", ("device",), "here").require("access.manage")
    assert refused.value.params == {"actor": "cart", "permission": "access.manage"}


def test_every_pattern_of_a_role_means_something(app: App) -> None:
    """A pattern that no handled message's permission fits would be a typing slip."""
    known = {route.permission for route in app.routes.values()}
    for role, patterns in ROLES.items():
        for pattern in patterns:
            stem = pattern.rstrip("*")
            fits = any(name == pattern or (pattern.endswith("*") and name.startswith(stem)) for name in known)
            assert fits, f"{role}: {pattern} fits no permission"
