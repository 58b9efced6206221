"""Processes under an eye: started, started again when they die, ended together."""

import logging
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

log = logging.getLogger(__name__)
RETURNS = 0.3  # seconds before a dead process is started again; doubles while it keeps dying
STEADY = 10.0  # seconds after which a process counts as steady


def stop_on_signal(stopping: threading.Event) -> None:
    """Let SIGTERM and Ctrl-C set `stopping`; an exception out of the blue would break what is being imported."""

    def stop(number: int, frame: FrameType | None) -> None:
        # From a thread: the main one may hold the event's own lock just now.
        threading.Thread(target=stopping.set, name="stop").start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)


@dataclass
class Watched:
    """A process under the supervisor's eye; its output goes to its log, without one to ours."""

    name: str
    command: Sequence[str]
    log: Path | None = None
    bound: bool = False  # its stdin is a pipe that ends with this process, however this one ends
    process: "subprocess.Popen[bytes]" = field(init=False)
    started_at: float = field(init=False, default=0.0)
    deaths: int = field(init=False, default=0)
    back_at: float = field(init=False, default=0.0)

    def start(self) -> None:
        """Start the process."""
        stdin = subprocess.PIPE if self.bound else subprocess.DEVNULL
        if self.log is None:
            self.process = subprocess.Popen(self.command, stdin=stdin)
        else:
            with self.log.open("ab") as out:
                self.process = subprocess.Popen(self.command, stdin=stdin, stdout=out, stderr=out)
        self.started_at, self.back_at = time.monotonic(), 0.0

    def look(self) -> None:
        """Start it again some time after it died."""
        if self.process.poll() is None:
            return
        now = time.monotonic()
        if not self.back_at:
            self.deaths = 0 if now - self.started_at > STEADY else self.deaths + 1
            self.back_at = now + min(RETURNS * 2**self.deaths, 30.0)
            why = f"; see {self.log}" if self.log else ""
            log.warning("%s ended with %s and starts again%s", self.name, self.process.returncode, why)
        elif now >= self.back_at:
            self.start()

    def stop(self) -> None:
        """Ask it to end; insist after ten seconds."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Processes:
    """Starts processes and keeps them running."""

    def __init__(self, watched: Iterable[Watched]) -> None:
        self.watched = {one.name: one for one in watched}
        self._stop_asked = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="supervisor", daemon=True)

    def start(self) -> None:
        """Start all, then watch from a thread."""
        for watched in self.watched.values():
            watched.start()
        self._watcher.start()

    def _watch(self) -> None:
        while not self._stop_asked.wait(0.1):
            for watched in self.watched.values():
                watched.look()

    def ask_to_end(self) -> None:
        """Ask all to end, and start none again."""
        self._stop_asked.set()
        if self._watcher.is_alive():
            self._watcher.join()
        for watched in self.watched.values():
            if watched.process.poll() is None:
                watched.process.terminate()

    def stop(self) -> None:
        """Stop all."""
        self.ask_to_end()
        for watched in self.watched.values():
            watched.stop()


class Supervisor(Processes):
    """Starts the daemons of a site and keeps them running."""

    def __init__(self, root: Path, names: Iterable[str]) -> None:
        super().__init__(
            Watched(name, (sys.executable, "-m", "yiji.core.serve", str(root), name), root / "log" / f"{name}.log")
            for name in names
        )
