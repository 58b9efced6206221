"""The account that the server runs as: never root, and always one of the passwd table (initdb asks for it)."""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yiji.core.errors import DatabaseStartFailed
from yiji.core.store.postgres.place import Place

_OWN = "yiji"
_USERADD = (
    "--system",
    "--user-group",
    "--no-create-home",
    "--home-dir",
    "/nonexistent",
    "--shell",
    "/usr/sbin/nologin",
)


@dataclass(frozen=True)
class Account:
    """A user of the passwd table."""

    name: str
    uid: int
    gid: int

    @property
    def identity(self) -> dict[str, Any]:
        """How `subprocess` is told to become this account; empty where we are it already."""
        return {} if os.geteuid() == self.uid else {"user": self.uid, "group": self.gid, "extra_groups": []}

    def own(self, target: Path) -> None:
        """Give `target` to this account, where we may."""
        if os.geteuid() == 0:
            os.chown(target, self.uid, self.gid, follow_symlinks=False)

    def reaches(self, target: Path) -> bool:
        """Whether this account may pass through `target` and all folders above it."""
        if not self.identity:
            return os.access(target, os.X_OK)
        return all(self._passes(os.stat(folder)) for folder in (target, *target.parents))

    def _passes(self, seen: os.stat_result) -> bool:
        who = 6 if seen.st_uid == self.uid else 3 if seen.st_gid == self.gid else 0
        return bool(seen.st_mode >> who & 1)


def server_account(place: Place) -> Account:
    """Return the account of the cluster that is there, or the one to make it with; raises `DatabaseStartFailed`."""
    there = place.data if place.data.exists() else place.home
    owner, me = there.stat().st_uid, os.geteuid()
    if me == 0:
        return _choose() if owner == 0 else _by_uid(place, owner)
    if owner != me:
        raise DatabaseStartFailed(path=there, detail=f"belongs to uid {owner}; we are uid {me}")
    return _by_uid(place, me)


def _by_uid(place: Place, uid: int) -> Account:
    try:
        found = pwd.getpwuid(uid)
    except KeyError:
        detail = f"uid {uid} is not in the passwd table; PostgreSQL wants a named user"
        raise DatabaseStartFailed(path=place.home, detail=detail) from None
    return Account(found.pw_name, found.pw_uid, found.pw_gid)


def _by_name(name: str) -> Account | None:
    try:
        found = pwd.getpwnam(name)
    except KeyError:
        return None
    return Account(found.pw_name, found.pw_uid, found.pw_gid)


def _choose() -> Account:
    found = _by_name(_OWN) or _by_name("postgres") or _made() or _by_name("nobody")
    if found is None:
        detail = f"no user {_OWN}, postgres or nobody for the server to run as"
        raise DatabaseStartFailed(path="/etc/passwd", detail=detail)
    return found


def _made() -> Account | None:
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin")
    if useradd is not None:
        # It may fail (a read-only /etc, another process was faster): what counts is whether the user is there.
        subprocess.run([useradd, *_USERADD, _OWN], check=False, capture_output=True, stdin=subprocess.DEVNULL)
    return _by_name(_OWN)
