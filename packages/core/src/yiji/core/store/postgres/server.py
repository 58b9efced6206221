"""The running server: asking it, starting it, ending it. Only the holder of the start lock starts or ends."""

import os
import shutil
import signal
import stat
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass

from yiji.core.errors import DatabaseStartFailed
from yiji.core.store.postgres import locks
from yiji.core.store.postgres.account import Account
from yiji.core.store.postgres.config import arguments, write_config
from yiji.core.store.postgres.faults import failed
from yiji.core.store.postgres.place import PORT, Place
from yiji.core.store.postgres.processes import Processes
from yiji.core.store.postgres.programs import Programs, drop_other_copies
from yiji.core.store.postgres.run import environment

START_SECONDS = 600.0  # recovery replays about 1 GB of WAL at most; a slow disk may need minutes
STOP_SECONDS = 60.0  # a fast shutdown writes a checkpoint
_PAUSE = 0.02
_LOG_LIMIT = 64 * 2**20
_TAIL_BYTES = 4096
_DETACHED = '"$@" &'  # the shell ends at once, so the server is init's child and never a zombie of ours


def answers(place: Place) -> bool:
    """Whether the server takes connections; about 2 ms, and nothing is logged."""
    from psycopg import pq  # loads libpq, which only a process that connects needs

    conninfo = f"host={place.run} port={PORT} user=yiji dbname=yiji connect_timeout=5"
    return pq.PGconn.ping(conninfo.encode()) == pq.Ping.OK


@dataclass(frozen=True)
class Server:
    """The server of one cluster."""

    place: Place
    account: Account

    @property
    def processes(self) -> Processes:
        """Its processes."""
        return Processes(self.place, self.account)

    def is_gone(self, seconds: float = 0.0) -> bool:
        """Whether no process of the server lives, or the last one ends within `seconds`.

        Each of them inherits the server lock. So this needs no pids, and it waits for the orphans of a killed
        postmaster: the kernel lets go of a dead process's shared memory before it lets go of its locks.
        """
        return locks.is_free(self.place.server_lock, seconds)

    def bring_up(self, find: Callable[[], Programs]) -> None:
        """See that the server takes connections; `find` is asked for programs only when it must be started.

        Raises `DatabaseStartFailed` with the end of server.log, or `DiskFull`.
        """
        if answers(self.place):
            return
        self._refuse_stranger()
        if self.processes.postmaster is not None and self._await(lambda: self.processes.postmaster is None):
            return
        self.end_rest()
        self._start(find())

    def stop(self) -> None:
        """End the server: sessions are cut off and rolled back, a checkpoint is written (a fast shutdown)."""
        self._refuse_stranger()
        pid = self.processes.postmaster
        if pid is not None:
            self.processes.send(pid, signal.SIGINT)
            self.is_gone(STOP_SECONDS)
        self.end_rest()

    def end_rest(self) -> None:
        """Wait for, then end, what is left of the server; nothing acknowledged is lost, its WAL is on the disk."""
        for signum, seconds in ((None, 1.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 20.0)):
            for pid in self.processes.all() if signum else ():
                self.processes.send(pid, signal.Signals(signum or 0))
            if self.is_gone(seconds):
                self._forget()
                return
        detail = f"an old server's processes do not end: {self.processes.all() or 'not to be seen from here'}"
        raise DatabaseStartFailed(path=self.place.home, detail=detail)

    def _forget(self) -> None:
        """Take away a dead server's lock files: PostgreSQL believes them when its pid is a zombie, or reused."""
        (self.place.data / "postmaster.pid").unlink(missing_ok=True)
        shutil.rmtree(self.place.run, ignore_errors=True)

    def _refuse_stranger(self) -> None:
        if self.is_gone() and (pid := self.processes.postmaster) is not None:
            detail = f"process {pid} serves this cluster, and yiji did not start it: stop that one first"
            raise DatabaseStartFailed(path=self.place.home, detail=detail)

    def _await(self, dead: Callable[[], bool]) -> bool:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.processes.is_ready and answers(self.place):
                return True
            if dead():
                return False
            time.sleep(_PAUSE)
        detail = f"no answer in {START_SECONDS:.0f} s; see {self.place.log}"
        raise DatabaseStartFailed(path=self.place.home, detail=detail)

    def _start(self, programs: Programs) -> None:
        make_run_folder(self.place, self.account)
        write_config(self.place)
        drop_other_copies(self.place, programs)
        with locks.opened(self.place.log, os.O_RDWR | os.O_APPEND) as log:
            begin = os.fstat(log).st_size
            with locks.held(self.place.server_lock) as lock:
                self._spawn(programs, log, lock)
            if not self._await(self.is_gone):
                raise failed(self.place.home, _tail(log, begin))

    def _spawn(self, programs: Programs, log: int, lock: int) -> None:
        program = (programs.folder / "postgres", "-D", self.place.data, *arguments(self.place))
        subprocess.run(
            ["/bin/sh", "-c", _DETACHED, "yiji", *program],
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=environment(),
            cwd="/",
            umask=0o077,
            start_new_session=True,  # Ctrl-C in our terminal is not for the server
            pass_fds=(lock,),
            **self.account.identity,
        )


def make_run_folder(place: Place, account: Account) -> None:
    """Make the socket's folder, for the account (and root) alone; refuse one in /tmp that somebody else made."""
    try:
        place.run.mkdir(mode=0o700)
    except FileExistsError:
        pass
    else:
        account.own(place.run)
    seen = place.run.lstat()
    if not stat.S_ISDIR(seen.st_mode) or seen.st_uid != account.uid or seen.st_mode & 0o077:
        raise DatabaseStartFailed(path=place.run, detail=f"must be a folder of {account.name} alone (mode 0700)")


def keep_log_short(place: Place) -> None:
    """Put a long server.log aside as server.log.1; the server appends, so it may go on writing."""
    try:
        if place.log.stat().st_size < _LOG_LIMIT:
            return
    except FileNotFoundError:
        return
    old = place.log.with_name(place.log.name + ".1")
    old.unlink(missing_ok=True)
    source = locks.open_mine(place.log, os.O_RDWR)
    target = locks.open_mine(old, os.O_WRONLY | os.O_EXCL)
    with open(source, "r+b") as lines, open(target, "wb") as copy:
        while block := lines.read(2**20):
            copy.write(block)
        lines.truncate(0)


def _tail(log: int, begin: int) -> str:
    size = os.fstat(log).st_size
    return os.pread(log, _TAIL_BYTES, max(begin, size - _TAIL_BYTES)).decode(errors="replace")
