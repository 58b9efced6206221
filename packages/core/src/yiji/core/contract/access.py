"""Who may ask: users and their tokens."""

from datetime import datetime

from pydantic import Field

from yiji.core.message import Command, Query, Value


class User(Value):
    """A person or a system that may sign in."""

    name: str
    full_name: str
    roles: tuple[str, ...]
    department: str = ""
    active: bool = True


class Token(Value):
    """A signed token, as the caller presents it."""

    user: str
    token: str
    expires_at: datetime


class AddUser(Command[User], permission="access.manage"):
    """Add a user, or change the roles of one that is there."""

    name: str
    full_name: str
    roles: tuple[str, ...]
    department: str = ""


class IssueToken(Query[Token], permission="access.issue"):
    """Sign a token for a user; a query, so that no token is ever kept as the answer of an idempotency key."""

    name: str
    hours: int = 12


class IssuePatientToken(Query[Token], permission="access.patient"):
    """Sign a token with which a patient may act for himself only; asked by the hospital's app when he has signed in.

    Nobody here looks whether the patient is kept: a token of an id that is not opens nothing.
    """

    patient_id: str = Field(pattern=r"^pat-[0-9a-z]{1,60}$")
    hours: int = Field(default=1, gt=0, le=24)


class ListUsersResult(Value):
    """The users of a site."""

    users: tuple[User, ...]


class ListUsers(Query[ListUsersResult], permission="access.read"):
    """Who may sign in?"""
