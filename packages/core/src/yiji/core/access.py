"""Users and tokens: core's own handlers."""

from collections.abc import Sequence

from sqlalchemy import RowMapping, select
from sqlalchemy.dialects.postgresql import insert

from yiji.core import clock
from yiji.core.actor import ROLES, Actor, sign
from yiji.core.contract.access import AddUser, IssuePatientToken, IssueToken, ListUsers, ListUsersResult, Token, User
from yiji.core.errors import InvalidMessage, NotFound, YijiError
from yiji.core.job import Job
from yiji.core.store.db import Tx
from yiji.core.store.tables import UserRow

_USER = UserRow.table()
_COLUMNS = (_USER.c.name, _USER.c.full_name, _USER.c.roles, _USER.c.department, _USER.c.active)


def _unknown_roles(roles: Sequence[str]) -> list[str]:
    return [role for role in roles if role not in ROLES]


def _add(tx: Tx, command: AddUser) -> User | YijiError:
    if unknown := _unknown_roles(command.roles):
        known = ", ".join(sorted(ROLES))
        return InvalidMessage(message="AddUser", detail=f"unknown role {unknown[0]} (known: {known})")
    if "patient" in command.roles:
        return InvalidMessage(message="AddUser", detail="role patient: a patient has a token of his own, and no user")
    row = {**command.model_dump(), "roles": list(command.roles), "active": True, "added_at": clock.now()}
    changed = {name: row[name] for name in ("full_name", "roles", "department", "active")}
    tx.db.execute(insert(_USER).values(row).on_conflict_do_update(index_elements=[_USER.c.name], set_=changed))
    return User(**command.model_dump())


def add_user(tx: Tx, jobs: Sequence[Job[AddUser]]) -> list[User | YijiError]:
    """Add users, or change them."""
    return [_add(tx, job.command) for job in jobs]


def _told(row: RowMapping) -> User:
    return User.model_validate({**row, "roles": tuple(row["roles"])})


def find_user(tx: Tx, name: str) -> User:
    """Return an active user; raises `NotFound`."""
    row = tx.db.execute(select(*_COLUMNS).where(_USER.c.name == name, _USER.c.active)).mappings().first()
    if row is None:
        raise NotFound(what="user", id=name)
    return _told(row)


def issue_token(tx: Tx, query: IssueToken, actor: Actor) -> Token:
    """Sign a token for a user."""
    user = find_user(tx, query.name)
    settings = tx.settings
    signed_in = Actor(user.name, user.roles, settings.site.id, user.full_name)
    return sign(signed_in, settings.secret, query.hours * 3600)


def issue_patient_token(tx: Tx, query: IssuePatientToken, actor: Actor) -> Token:
    """Sign a token for a patient: the role `patient`, and that patient only."""
    settings = tx.settings
    name = f"patient:{query.patient_id}"
    signed_in = Actor(name, ("patient",), settings.site.id, patient=query.patient_id)
    return sign(signed_in, settings.secret, query.hours * 3600)


def list_users(tx: Tx, query: ListUsers, actor: Actor) -> ListUsersResult:
    """Return all users."""
    rows = tx.db.execute(select(*_COLUMNS).order_by(_USER.c.name)).mappings()
    return ListUsersResult(users=tuple(_told(row) for row in rows))
