"""The server's settings, written anew at each start so that an update of yiji reaches old clusters too."""

import os
import re
import secrets
from pathlib import Path

from yiji.core.store.postgres import locks
from yiji.core.store.postgres.place import PORT, Place

# Patients' names are not for a log: sessions log errors without the statement (below), and without the offending values
# (log_error_verbosity, set for all roles when the cluster is made).
_SETTINGS = """\
# Written by yiji at each start. Put settings of your own into local.conf beside this file.
max_connections = 200
shared_buffers = 128MB
wal_level = replica
summarize_wal = on
wal_compression = on
# Checkpoints are spread over most of ten minutes, so that a small disk is not stalled; recovery replays about 1 GB.
checkpoint_timeout = 10min
checkpoint_completion_target = 0.9
max_wal_size = 1GB
timezone = 'UTC'
log_timezone = 'UTC'
password_encryption = 'scram-sha-256'
log_checkpoints = off
log_min_error_statement = panic
recovery_init_sync_method = {sync}
# Short queries: compiling them costs more than it saves.
jit = off
include = 'local.conf'
"""
_LOCAL = "# Settings of your own; they win over server.conf, but not over durability, no TCP and the socket.\n"

_HBA = """\
# Written by yiji at each start. Only by the socket, only with the password.
local all all scram-sha-256
local replication all scram-sha-256
"""


def write_config(place: Place) -> None:
    """Write `server.conf` and `pg_hba.conf`; `local.conf` only if it is not there."""
    _replace(place.config, _SETTINGS.format(sync=sync_method()))
    _replace(place.hba, _HBA)
    if not place.local.exists():
        _replace(place.local, _LOCAL)


def sync_method() -> str:
    """How a whole cluster is synced: syncfs is one call, fsync flushes the device for each of 1000 files and more.

    Measured on a busy disk: 0.05 s against 2.5 s. Linux before 5.8 may not report errors of writing to syncfs
    (PostgreSQL manual, appendix "syncfs() Caveats"), so there it is fsync.
    """
    release = re.match(r"(\d+)\.(\d+)", os.uname().release)
    return "syncfs" if release and (int(release[1]), int(release[2])) >= (5, 8) else "fsync"


def arguments(place: Place) -> list[str]:
    """What is not to be changed by any file: durability, no TCP, the socket, who may open it."""
    fixed = {
        "config_file": place.config,
        "hba_file": place.hba,
        "listen_addresses": "",
        "port": PORT,
        "unix_socket_directories": place.run,
        "unix_socket_permissions": "0700",
        "cluster_name": place.mark,
        "fsync": "on",
        "full_page_writes": "on",
        "synchronous_commit": "on",
    }
    return [word for name, value in fixed.items() for word in ("-c", f"{name}={value}")]


def _replace(path: Path, text: str) -> None:
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    try:
        with open(locks.open_mine(fresh, os.O_WRONLY | os.O_EXCL), "w") as file:
            file.write(text)
            os.fchmod(file.fileno(), 0o644)
        fresh.rename(path)
    finally:
        fresh.unlink(missing_ok=True)
