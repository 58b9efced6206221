"""Daemons: each a process of its own; `serve all` watches over them and starts again what dies.

`python -m yiji.core.serve SITE NAME` is what a supervised process runs. A daemon writes ``run/NAME.pid`` and logs to
``log/NAME.log``.
"""

import fcntl
import gc
import logging
import os
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Self, TextIO

from yiji.core import relay as relay_room
from yiji.core.app import App, check_settings, open_app
from yiji.core.errors import NotFound, YijiError
from yiji.core.i18n import LANGS, explain
from yiji.core.log import to_file
from yiji.core.plug.manifest import Warms, resolve
from yiji.core.store import audit
from yiji.core.supervise import Supervisor, stop_on_signal

log = logging.getLogger(__name__)
SEAL_EVERY = 1.0
WARM = "warm"
NICE = 10  # how much the daemons behind the others stand back


def run(app: App, name: str) -> None:
    """Run one daemon in this process until SIGTERM or Ctrl-C; raises `NotFound` for an unknown name."""
    record = next((daemon for daemon in app.daemons() if daemon.name == name), None)
    if record is None:
        raise NotFound(what="daemon", id=name)
    stop_on_signal(app.stopping)
    if record.behind:
        os.nice(NICE)
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
    gc.collect()
    gc.freeze()  # what was imported stays: later collections need not look through it while somebody waits
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


def serve_all(root: Path) -> None:
    """Run every daemon of the site until SIGTERM or Ctrl-C."""
    with open_app(root) as app:  # keeps the embedded database up while daemons come and go
        stop_on_signal(app.stopping)
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
