"""More processes that serve the site's bus at one port: each takes the connections that the system deals to it.

`python -m yiji.core.rpc.worker SITE HOST PORT` is one of them. It ends with the daemon that started it.
"""

import logging
import os
import sys
import threading
from pathlib import Path

from yiji.core.app import App, open_app
from yiji.core.log import to_file
from yiji.core.plug.manifest import Warms, resolve
from yiji.core.rpc.server import Server
from yiji.core.supervise import Processes, Watched, stop_on_signal

log = logging.getLogger(__name__)


def workers(root: Path, host: str, port: int, count: int) -> Processes:
    """Return `count` workers, not yet started; what they say goes where this process says it."""
    command = (sys.executable, "-m", "yiji.core.rpc.worker", str(root), host, str(port))
    return Processes(Watched(f"rpc worker {number}", command, bound=True) for number in range(2, count + 2))


def serve(app: App, host: str, port: int) -> None:
    """Serve until SIGTERM, Ctrl-C or the end of stdin, which is the end of who started us."""
    stop_on_signal(app.stopping)
    threading.Thread(target=_end_with_stdin, args=(app,), name="parent", daemon=True).start()
    server = Server(app.bus, host, port, reuse_port=True)
    server.start()
    threading.Thread(target=_warm, args=(app,), name="warming", daemon=True).start()
    try:
        app.wait()
    finally:
        server.stop()


def _end_with_stdin(app: App) -> None:
    while os.read(0, 4096):  # not sys.stdin: its lock would be missed when Python ends
        pass
    app.stopping.set()


def _warm(app: App) -> None:
    """Do beforehand what the first work would wait for, as the daemon itself does."""
    for warms in app.plugins.records(Warms):
        if warms.daemon == "rpc":
            try:
                resolve(warms.target)(app)
            except Exception:  # the work itself will meet the fault, and tell whom it concerns
                log.exception("cannot warm %s", warms.target)


def main() -> None:
    """Run one worker."""
    to_file(None)
    with open_app(Path(sys.argv[1])) as app:
        serve(app, sys.argv[2], int(sys.argv[3]))


if __name__ == "__main__":
    main()
