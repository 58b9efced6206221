"""``yiji serve rpc``: the site's bus, served."""

import json
import logging
import os
from pathlib import Path

from yiji.core.app import App
from yiji.core.rpc.server import Server, address_of
from yiji.core.store.blobs import write_file

log = logging.getLogger(__name__)
WHERE = "rpc.json"


def where(root: Path) -> Path:
    """Return the file in which the running daemon of a site tells {host, port, pid}."""
    return root / "run" / WHERE


def run(app: App) -> None:
    """Daemon target: serve until SIGTERM or Ctrl-C; raises `PortInUse` or `BadSetting`."""
    asked = app.settings.rpc
    server = Server(app.bus, asked.host, asked.port)
    port = server.start()
    told = where(app.settings.root)
    write_file(told, json.dumps({"host": asked.host, "port": port, "pid": os.getpid()}).encode())
    log.info("gRPC at %s", address_of(asked.host, port))
    try:
        app.wait()
    finally:
        told.unlink(missing_ok=True)
        server.stop()
