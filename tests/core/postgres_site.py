"""Folders for clusters, and processes that use them: real ones, as root or as an ordinary user."""

import json
import os
import pwd
import select
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from yiji.core.settings import DatabaseSection
from yiji.core.store.postgres import Cluster, open_cluster

AS_ROOT = os.geteuid() == 0
ID = "test-site"

# A user of a cluster in a process of its own; it leaves when its stdin ends. `drop` names the user to become: all is
# imported before, because that user may not be able to read the Python that runs the tests.
_SCRIPT = """
import json, os, pwd, resource, sys
from pathlib import Path
from psycopg import pq
from yiji.core.errors import YijiError
from yiji.core.settings import DatabaseSection
from yiji.core.store.postgres import open_cluster
told = json.loads(sys.argv[1])
if told["drop"]:
    user = pwd.getpwnam(told["drop"])
    os.setgroups([]); os.setgid(user.pw_gid); os.setuid(user.pw_uid)
if told["limit"]:
    resource.setrlimit(resource.RLIMIT_FSIZE, (told["limit"], told["limit"]))
try:
    cluster = open_cluster(Path(told["root"]), told["id"], DatabaseSection(**told["settings"]))
except YijiError as error:
    print(json.dumps({"error": error.code, **error.params}), flush=True)
else:
    print(json.dumps({"pid": cluster.pid, "url": cluster.url, "uid": os.geteuid()}), flush=True)
    sys.stdin.readline()
"""


class User:
    """A process that uses a cluster."""

    def __init__(self, root: Path, settings: DatabaseSection, drop: str = "", limit: int = 0) -> None:
        told = {"root": str(root), "id": ID, "settings": settings.model_dump(), "drop": drop, "limit": limit}
        self.process = subprocess.Popen(
            [sys.executable, "-c", _SCRIPT, json.dumps(told)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def says(self) -> dict[str, Any]:
        """Wait for what it has to say."""
        assert self.process.stdout is not None
        assert select.select([self.process.stdout], [], [], 60)[0], "no word in 60 s"
        return json.loads(self.process.stdout.readline())

    def leave(self) -> None:
        """Let it close its cluster and end."""
        self.process.communicate("\n", timeout=60)
        assert self.process.returncode == 0

    def end(self) -> None:
        """End it whatever it does."""
        self.process.kill()
        self.process.communicate()


@contextmanager
def folder() -> Iterator[Path]:
    """A fresh folder that every account can pass; pytest's own is private to the user of the tests."""
    path = Path(tempfile.mkdtemp(prefix="yiji-pg-"))
    path.chmod(0o755)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def site_in(base: Path) -> tuple[Path, DatabaseSection]:
    """A site's folder, under a parent that is private to us, and its settings."""
    root = base / "private" / "site"
    root.mkdir(parents=True)
    root.parent.chmod(0o700)
    return root, DatabaseSection(home=str(base / "home") if AS_ROOT else "")


@contextmanager
def using(root: Path, settings: DatabaseSection) -> Iterator[Cluster]:
    """Use a cluster in this process."""
    cluster = open_cluster(root, ID, settings)
    try:
        yield cluster
    finally:
        cluster.close()


def settings_of(cluster: Cluster) -> DatabaseSection:
    """The settings with which others use the same cluster."""
    return DatabaseSection(home=str(cluster.place.home))


def connect(url: str, **changed: Any) -> psycopg.Connection[tuple[Any, ...]]:
    """Connect without SQLAlchemy; `changed` replaces parts of the URL."""
    return psycopg.connect(url.replace("+psycopg", ""), autocommit=True, **changed)


def value(url: str, query: str) -> Any:
    """The one value that a query returns."""
    with connect(url) as db:
        row = db.execute(query).fetchone()
    assert row is not None
    return row[0]


def is_alive(pid: int) -> bool:
    """Whether the process runs (a zombie has no command line)."""
    try:
        return bool(Path(f"/proc/{pid}/cmdline").read_bytes())
    except FileNotFoundError:
        return False


def stranger() -> str:
    """The ordinary user to become when the tests run as root; nobody else otherwise."""
    return pwd.getpwnam("nobody").pw_name if AS_ROOT else ""
