"""Daemons: each a process of its own; `serve all` watches over them and starts again what dies.

`python -m yiji.core.serve SITE NAME` is what a supervised process runs. A daemon writes ``run/NAME.pid`` and logs to
``log/NAME.log``.
"""

import fcntl
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Self, TextIO

from yiji.core import relay as relay_room
from yiji.core.app import App, check_settings, open_app
from yiji.core.errors import NotFound, YijiError
from yiji.core.i18n import LANGS, explain
from yiji.core.log import to_file
from yiji.core.plug.manifest import Warms, resolve
from yiji.core.store import audit

log = logging.getLogger(__name__)
RETURNS = 0.3  # seconds before a dead daemon is started again; doubles while it keeps dying
STEADY = 10.0  # seconds after which a daemon counts as steady
SEAL_EVERY = 1.0
WARM = "warm"


def _stop_on_signal(app: App) -> None:
    """Let SIGTERM and Ctrl-C set `app.stopping`; an exception out of the blue would break what is being imported."""

    def stop(number: int, frame: FrameType | None) -> None:
        # From a thread: the main one may hold the event's own lock just now.
        threading.Thread(target=app.stopping.set, name="stop").start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)


def run(app: App, name: str) -> None:
    """Run one daemon in this process until SIGTERM or Ctrl-C; raises `NotFound` for an unknown name."""
    record = next((daemon for daemon in app.daemons() if daemon.name == name), None)
    if record is None:
        raise NotFound(what="daemon", id=name)
    _stop_on_signal(app)
    with PidFile(app.settings.root, name) as pid_file:
        threading.Thread(target=_warm, args=(app, name, pid_file), name="warming", daemon=True).start()
        resolve(record.target)(app)


class PidFile:
    """``run/NAME.pid`` tells the process, and whether it is warm.

    Who runs holds it locked. A second daemon of the name leaves it alone: it may be about to find its port taken.
    """

    def __init__(self, root: Path, name: str) -> None:
        self._path = root / "run" / f"{name}.pid"
        self._held: TextIO | None = None

    def __enter__(self) -> Self:
        self._path.parent.mkdir(exist_ok=True)
        self._held = _locked(self._path)
        self.tell()
        return self

    def __exit__(self, *_: object) -> None:
        held, self._held = self._held, None
        if held:
            self._path.unlink(missing_ok=True)
            held.close()

    def tell(self, word: str = "") -> None:
        """Write the process and a word."""
        if self._held:
            self._path.write_text(f"{os.getpid()} {word}".strip() + "\n")


def _locked(path: Path) -> TextIO | None:
    """Return the file, locked; nothing where another process holds it."""
    file = path.open("a")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    with suppress(FileNotFoundError):
        if os.path.samestat(path.stat(), os.fstat(file.fileno())):
            return file
    file.close()
    return _locked(path)  # who held it has just removed it


def _warm(app: App, name: str, pid_file: PidFile) -> None:
    """Do beforehand what the first work would wait for, while the daemon serves already; then say so."""
    for warms in app.plugins.records(Warms):
        if warms.daemon == name:
            try:
                resolve(warms.target)(app)
            except Exception:  # the work itself will meet the fault, and tell whom it concerns
                log.exception("cannot warm %s", warms.target)
    pid_file.tell(WARM)


def is_warm(root: Path, name: str) -> bool:
    """Return whether a daemon has done its warming."""
    pid_file = root / "run" / f"{name}.pid"
    return pid_file.is_file() and WARM in pid_file.read_text()


def warm_routes(app: App) -> None:
    """Import every handler, so that none is imported while somebody waits."""
    for route in app.routes.values():
        if app.stopping.is_set():
            return
        _ = route.message, route.target


def relay(app: App) -> None:
    """Daemon target: bring events to their listeners, and seal the audit once a second."""
    lane = relay_room.Relay(app, "relay")
    lane.start()
    threading.Thread(target=_seal_forever, args=(app,), name="audit sealer", daemon=True).start()
    try:
        app.wait()
    finally:
        lane.stop()


def _seal_forever(app: App) -> None:
    while True:
        time.sleep(SEAL_EVERY)
        try:
            with app.store.told(), app.store.begin() as tx:
                audit.seal(tx.db, app.settings.root)
        except YijiError as fault:
            log.warning("sealing waits: %s", fault)


def analyse(app: App) -> None:
    """Daemon target: bring events of the lane ``analyse``, whose listeners compute for long."""
    lane = relay_room.Relay(app, "analyse", width=2)
    lane.start()
    try:
        app.wait()
    finally:
        lane.stop()


@dataclass
class Watched:
    """A daemon's process under the supervisor's eye."""

    name: str
    root: Path
    process: "subprocess.Popen[bytes]" = field(init=False)
    started_at: float = field(init=False, default=0.0)
    deaths: int = field(init=False, default=0)
    back_at: float = field(init=False, default=0.0)

    def start(self) -> None:
        """Start the process; its output goes to its log."""
        with (self.root / "log" / f"{self.name}.log").open("ab") as out:
            command = [sys.executable, "-m", "yiji.core.serve", str(self.root), self.name]
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        self.started_at, self.back_at = time.monotonic(), 0.0

    def look(self) -> None:
        """Start it again some time after it died."""
        if self.process.poll() is None:
            return
        now = time.monotonic()
        if not self.back_at:
            self.deaths = 0 if now - self.started_at > STEADY else self.deaths + 1
            self.back_at = now + min(RETURNS * 2**self.deaths, 30.0)
            why = self.root / "log" / f"{self.name}.log"
            log.warning("%s ended with %s and starts again; see %s", self.name, self.process.returncode, why)
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


class Supervisor:
    """Starts the daemons of a site and keeps them running."""

    def __init__(self, root: Path, names: list[str]) -> None:
        self.watched = {name: Watched(name, root) for name in names}
        self._stop_asked = threading.Event()

    def start(self) -> None:
        """Start all, then watch from a thread."""
        for watched in self.watched.values():
            watched.start()
        threading.Thread(target=self._watch, name="supervisor", daemon=True).start()

    def _watch(self) -> None:
        while not self._stop_asked.wait(0.1):
            for watched in self.watched.values():
                watched.look()

    def stop(self) -> None:
        """Stop all."""
        self._stop_asked.set()
        for watched in self.watched.values():
            if watched.process.poll() is None:
                watched.process.terminate()
        for watched in self.watched.values():
            watched.stop()


def serve_all(root: Path) -> None:
    """Run every daemon of the site until SIGTERM or Ctrl-C."""
    with open_app(root) as app:  # keeps the embedded database up while daemons come and go
        _stop_on_signal(app)
        check_settings(app)  # told here, not in the log of a daemon that dies of it again and again
        supervisor = Supervisor(app.settings.root, [daemon.name for daemon in app.daemons()])
        supervisor.start()
        try:
            app.wait()
        finally:
            supervisor.stop()


def main() -> None:
    """Run one daemon of one site: what the supervisor starts."""
    root, name = Path(sys.argv[1]), sys.argv[2]
    to_file(None)
    try:
        with open_app(root) as app:
            run(app, name)
    except YijiError as fault:
        log.error("%s cannot run: %s", name, fault)
        for lang in LANGS:
            log.error("%s", " ".join(explain(fault, lang)))
        raise SystemExit(fault.facts.exit) from None


if __name__ == "__main__":
    main()
