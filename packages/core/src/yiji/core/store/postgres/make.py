"""Making a cluster: all of it, on the disk for good, or nothing."""

import os
import secrets
import shutil
from pathlib import Path

from yiji.core.errors import DatabaseStartFailed
from yiji.core.store.postgres import locks
from yiji.core.store.postgres.account import Account
from yiji.core.store.postgres.config import sync_method
from yiji.core.store.postgres.faults import failed
from yiji.core.store.postgres.place import Place
from yiji.core.store.postgres.programs import Programs
from yiji.core.store.postgres.run import Args, run

ROLE = "yiji"
DATABASE = "yiji"
SUPERUSER = "postgres"
# Until our own pg_hba.conf is used nobody may connect: a copy of `data` alone admits nobody either.
_INITDB = ("--auth=reject", "--encoding=UTF8", "--locale=C", "--data-checksums", "--no-sync", "--no-instructions")
_SETUP = """\
ALTER ROLE {superuser} PASSWORD '{key}'
CREATE ROLE {role} LOGIN CREATEDB REPLICATION PASSWORD '{key}'
GRANT pg_monitor, pg_checkpoint TO {role}
ALTER ROLE ALL SET log_error_verbosity = terse
CREATE DATABASE {database} OWNER {role}
"""


def exists(place: Place) -> bool:
    """Whether the site has its cluster; raises `DatabaseStartFailed` where key and cluster do not go together."""
    made = (place.data / "PG_VERSION").exists()
    if place.key.exists() and not os.access(place.key, os.R_OK):
        raise DatabaseStartFailed(path=place.key, detail="not for us to read: the site belongs to another user")
    if made and not place.key.exists() and place.fresh_key.exists():  # the maker died between the two renames
        _settle(place.fresh_key, place.key)
    if made == place.key.exists():
        return made
    if made:
        detail = (
            f"a cluster is here, but its password {place.key} is not: another site's? Change site.id or database.home"
        )
    else:
        detail = f"no cluster here, though {place.key} shows that the site had one: restore it, or set database.home"
    raise DatabaseStartFailed(path=place.home, detail=detail)


def make_home(place: Place) -> list[Path]:
    """Make the home and the folders above it; return those that were not there, the innermost first."""
    made: list[Path] = []
    for folder in reversed([place.home, *place.home.parents]):
        if not folder.exists():
            folder.mkdir(exist_ok=True)
            # Started by root, the server's account must be able to pass; all that is private within is 0700 or 0600.
            folder.chmod(0o711 if os.geteuid() == 0 else 0o700)
            made.insert(0, folder)
    return made


def make(place: Place, account: Account, programs: Programs) -> None:
    """Make the cluster; raises `DiskFull` or `DatabaseStartFailed`, and `unmake` then takes away what was begun.

    Nothing is synced while it is made (initdb --no-sync, -F). That is safe because nobody was promised anything yet:
    `initdb --sync-only` syncs all files before the rename that makes it the cluster, and the rename is synced too.
    """
    key = secrets.token_urlsafe(24)
    _write_key(place.fresh_key, key)
    shutil.rmtree(place.fresh, ignore_errors=True)
    place.fresh.mkdir(mode=0o700)
    account.own(place.fresh)
    names = {"superuser": SUPERUSER, "role": ROLE, "database": DATABASE}
    single = (programs.folder / "postgres", "--single", "-F", "-D", place.fresh, "template1")
    initdb = (programs.folder / "initdb", "-D", place.fresh)
    # The programs inherit the lock: should we be killed, our successor waits for them.
    with locks.held(place.server_lock) as lock:
        _step(place, account, lock, (*initdb, "--username", SUPERUSER, *_INITDB))
        _step(place, account, lock, single, _SETUP.format(key=key, **names))
        _step(place, account, lock, (*initdb, "--sync-only", "--sync-method", sync_method()))
    _settle(place.fresh, place.data)
    _settle(place.fresh_key, place.key)


def unmake(place: Place, folders: list[Path], began: bool) -> None:
    """Take away all that a failed opening left, and `folders`, which it had made (see `make_home`).

    `began`: there was no cluster when the start lock was taken, so one that is here now is ours, and nobody used it.
    """
    if place.data.exists() and not began:
        return
    for path in (place.home,) if place.home in folders else place.litter if began else ():
        _remove(path)
    for key in (place.key, place.fresh_key) if began else ():
        key.unlink(missing_ok=True)
    for folder in folders:
        _remove_empty(folder)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _remove_empty(folder: Path) -> None:
    try:
        folder.rmdir()
    except OSError:
        return


def _step(place: Place, account: Account, lock: int, args: Args, given: str = "") -> None:
    status, said = run(args, account, given, (lock,))
    if status != 0 or "ERROR:" in said or "FATAL:" in said:  # postgres --single ends with 0 after an ERROR
        raise failed(place.home, said or f"{args[0]} ended with {status}")


def _write_key(path: Path, key: str) -> None:
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(key + "\n")
        file.flush()
        os.fsync(file.fileno())


def _settle(source: Path, target: Path) -> None:
    source.rename(target)
    folder = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
