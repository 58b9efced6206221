"""A site's cluster as one of its users holds it."""

import atexit
import fcntl
import os
import threading
from collections.abc import Generator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

from yiji.core.errors import BadSetting, DatabaseStartFailed, StoreUnavailable
from yiji.core.settings import FILE, DatabaseSection
from yiji.core.store.postgres import locks
from yiji.core.store.postgres.account import server_account
from yiji.core.store.postgres.faults import told
from yiji.core.store.postgres.make import DATABASE, ROLE, exists, make, make_home, unmake
from yiji.core.store.postgres.place import PORT, Place, find_place
from yiji.core.store.postgres.programs import Programs, find_programs
from yiji.core.store.postgres.server import START_SECONDS, STOP_SECONDS, Server, answers, keep_log_short

_LOCK_SECONDS = START_SECONDS + 2 * STOP_SECONDS  # what the holder of the start lock may need
_CLOSE_SECONDS = 2 * STOP_SECONDS


def open_cluster(root: Path, site_id: str, settings: DatabaseSection) -> "Cluster":
    """Make the cluster of the site at `root` if there is none, start it if it does not run, and be one of its users.

    Many processes and threads may do so at once. Raises `BadSetting` (site.id, database.binaries, database.home),
    `DiskFull` (a cluster in the making is taken away whole) and `DatabaseStartFailed` (with the end of server.log).
    """
    cluster = Cluster(find_place(root, site_id, settings), settings)
    cluster.join()
    return cluster


class Cluster:
    """One user's hold on a cluster; threads may share it, and a process may have several."""

    def __init__(self, place: Place, settings: DatabaseSection) -> None:
        self.place = place
        self._settings = settings
        self._users = -1  # the descriptor that holds our share of the users' lock
        self._pid = os.getpid()
        self._mutex = threading.Lock()

    @cached_property
    def url(self) -> str:
        """The SQLAlchemy URL of the database, with the password; it stays the same over restarts."""
        with told(self.place.key):
            key = self.place.key.read_text().strip()
        return f"postgresql+psycopg://{ROLE}:{key}@/{DATABASE}?host={self.place.run}&port={PORT}"

    @property
    def log(self) -> Path:
        """What the server says; it names no patients (see config)."""
        return self.place.log

    @property
    def pid(self) -> int | None:
        """The postmaster's pid, None where none runs."""
        return self._server.processes.postmaster

    @property
    def is_running(self) -> bool:
        """Whether the server takes connections."""
        return answers(self.place)

    @property
    def programs(self) -> Path:
        """The folder of the programs that fit this cluster (pg_basebackup, pg_combinebackup, psql, ...)."""
        return self._find_programs().folder

    def ensure(self) -> None:
        """After a lost connection: start the server if it is dead, wait if it recovers; about 2 ms if it lives.

        Raises `DatabaseStartFailed`, `DiskFull`, or `StoreUnavailable` when this user has closed already.
        """
        if answers(self.place):
            return
        with told(self.place.home), self._alone():
            if self._users < 0:
                raise StoreUnavailable(detail="closed")
            self._server.bring_up(self._find_programs)

    def stop(self) -> None:
        """End the server whoever uses it; the next `ensure` of any user starts it again."""
        with told(self.place.home), self._alone():
            self._server.stop()

    def close(self) -> None:
        """Leave; the last user stops the server. Closing twice is fine. A forked child only lets go of its copy."""
        atexit.unregister(self.close)
        with self._mutex:
            if self._users < 0:
                return
            if os.getpid() != self._pid:
                self._drop()
                return
            try:
                with locks.alone(self.place.start_lock, _CLOSE_SECONDS) as there:
                    if there:
                        self._leave()
            finally:
                self._drop()

    def remove(self) -> None:
        """Leave, and take the cluster away with all it holds if nobody else uses it: for a site whose making failed."""
        atexit.unregister(self.close)
        with self._mutex, self._alone():
            if self._users >= 0 and locks.take(self._users, fcntl.LOCK_EX):
                self._server.stop()
                self._drop()
                unmake(self.place, [self.place.home], began=True)

    def join(self) -> None:
        """Become a user: the second half of `open_cluster`."""
        with told(self.place.home):
            if self.place.home.exists():
                server_account(self.place)  # another user's cluster is told so before its locks are refused to us
            while not self._joined():
                pass
        atexit.register(self.close)

    @cached_property
    def _server(self) -> Server:
        return Server(self.place, server_account(self.place))

    def _find_programs(self) -> Programs:
        return find_programs(self.place, self._settings, self._server.account)

    def _joined(self) -> bool:
        folders = make_home(self.place)
        with locks.alone(self.place.start_lock, _LOCK_SECONDS) as there:
            if there:
                self._enter(folders)
            return there

    def _enter(self, folders: list[Path]) -> None:
        self._users = locks.open_mine(self.place.users_lock, os.O_RDWR)
        locks.take(self._users, fcntl.LOCK_SH)
        begins = False
        try:
            begins = not exists(self.place)
            self._make_and_start(begins)
        except BaseException:
            try:
                self._leave()
            finally:
                self._drop()
                unmake(self.place, folders, begins)
            raise

    def _make_and_start(self, begins: bool) -> None:
        server, found = self._server, None
        if begins:
            self._check_reach()
            server.end_rest()  # of a maker who was killed
            found = self._find_programs()
            make(self.place, server.account, found)
        keep_log_short(self.place)
        server.bring_up(lambda: found or self._find_programs())

    def _check_reach(self) -> None:
        account = self._server.account
        if account.identity and not account.reaches(self.place.home):
            detail = f"the user {account.name}, as whom the server runs, cannot reach {self.place.home}"
            raise BadSetting(file=self.place.root / FILE, setting="database.home", detail=detail)

    @contextmanager
    def _alone(self) -> Generator[None]:
        with locks.alone(self.place.start_lock, _LOCK_SECONDS) as there:
            if not there:
                raise DatabaseStartFailed(path=self.place.home, detail="the cluster's folder is gone")
            yield

    def _leave(self) -> None:
        """Stop the server if nobody else uses it."""
        if locks.take(self._users, fcntl.LOCK_EX):
            self._server.stop()

    def _drop(self) -> None:
        users, self._users = self._users, -1
        os.close(users)
