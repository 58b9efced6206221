"""``yiji serve rpc``: the site's bus, served, by as many processes as ``[rpc] workers`` says.

The daemon is the first of them. The others share its port (SO_REUSEPORT): the system deals connections to processes, so
a connection stays with one, and one client alone keeps one process busy.
"""

import json
import logging
import os
from pathlib import Path

from yiji.core.app import App
from yiji.core.rpc.ports import address_of, require_free
from yiji.core.rpc.server import Server
from yiji.core.rpc.worker import workers
from yiji.core.store.blobs import write_file

log = logging.getLogger(__name__)
WHERE = "rpc.json"


def where(root: Path) -> Path:
    """Return the file in which the running daemon of a site tells {host, port, pid}."""
    return root / "run" / WHERE


def run(app: App) -> None:
    """Daemon target: serve until SIGTERM or Ctrl-C; raises `PortInUse` or `BadSetting`."""
    asked, root = app.settings.rpc, app.settings.root
    shared = asked.workers > 1
    if shared:
        require_free(asked.host, asked.port)  # a shared port would be shared with a stranger, too
    server = Server(app.bus, asked.host, asked.port, reuse_port=shared)
    port = server.start()
    others = workers(root, asked.host, port, asked.workers - 1)
    others.start()
    told = where(root)
    write_file(told, json.dumps({"host": asked.host, "port": port, "pid": os.getpid()}).encode())
    log.info("gRPC at %s, processes: %d", address_of(asked.host, port), asked.workers)
    try:
        app.wait()
    finally:
        told.unlink(missing_ok=True)
        others.ask_to_end()
        server.stop()
        others.stop()
