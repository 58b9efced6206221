"""The server's processes as /proc tells them, and signals to exactly those."""

import os
import signal
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from yiji.core.store.postgres.account import Account
from yiji.core.store.postgres.place import Place

_PROC = Path("/proc")
_STATUS_LINE = 7  # of postmaster.pid, counted from 0 (miscadmin.h, LOCK_FILE_LINE_PM_STATUS 8, recalled)


@dataclass(frozen=True)
class Processes:
    """The processes of one cluster."""

    place: Place
    account: Account

    @property
    def postmaster(self) -> int | None:
        """The pid that the cluster's lock file names, if that is the living server of this cluster."""
        told = self._lock_file[0]
        return int(told) if told.isdigit() and self.has(int(told)) else None

    @property
    def is_ready(self) -> bool:
        """Whether the server says that it takes connections; to ask it earlier only puts FATAL lines in its log."""
        return len(self._lock_file) > _STATUS_LINE and self._lock_file[_STATUS_LINE].strip() == b"ready"

    @property
    def _lock_file(self) -> list[bytes]:
        try:
            return (self.place.data / "postmaster.pid").read_bytes().split(b"\n")
        except FileNotFoundError:
            return [b""]

    def has(self, pid: int) -> bool:
        """Whether `pid` belongs to this cluster: the account's process, and postgres or initdb upon our data folder.

        A child of the postmaster shows the cluster's mark in its title, and the command line of its parent before
        that. A zombie has no command line, so it does not count.
        """
        folder = _PROC / str(pid)
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
            if folder.stat().st_uid != self.account.uid:
                return False
        except OSError:
            return False
        ours = {os.fsencode(self.place.data), os.fsencode(self.place.fresh)}
        program = os.path.basename(words[0]) in (b"postgres", b"initdb")
        return words[0].startswith(f"postgres: {self.place.mark}: ".encode()) or (
            program and not ours.isdisjoint(words)
        )

    def all(self) -> list[int]:
        """All processes of this cluster."""
        return [pid for pid in map(int, filter(str.isdigit, os.listdir(_PROC))) if self.has(pid)]

    def send(self, pid: int, signum: signal.Signals) -> None:
        """Send a signal to `pid` if it belongs to this cluster, and to no later process that got the same number."""
        with suppress(ProcessLookupError):
            try:
                handle = os.pidfd_open(pid)
            except OSError:  # Linux before 5.3 has none: a moment between looking and sending remains
                if self.has(pid):
                    os.kill(pid, signum)
                return
            try:
                if self.has(pid):
                    signal.pidfd_send_signal(handle, signum)
            finally:
                os.close(handle)
