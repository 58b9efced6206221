"""Where a site's cluster lies."""

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

from yiji.core.errors import BadSetting
from yiji.core.settings import FILE, DatabaseSection

SYSTEM = Path("/var/lib/yiji")
PORT = 5432
_SOCKET_LIMIT = 107  # bytes; sun_path of a Linux socket address holds 108 with the closing zero
_PLAIN = re.compile(r"[A-Za-z0-9/._-]+")  # needs no quoting in a setting, in a conninfo or in a URL
_SITE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")


@dataclass(frozen=True)
class Place:
    """The folders and files of one cluster; `root` is the site's folder, `home` the cluster's."""

    root: Path
    home: Path

    @property
    def data(self) -> Path:
        """PGDATA."""
        return self.home / "data"

    @property
    def fresh(self) -> Path:
        """A cluster in the making."""
        return self.home / "data.new"

    @property
    def key(self) -> Path:
        """The password."""
        return self.root / "database.key"

    @property
    def fresh_key(self) -> Path:
        """The password of a cluster in the making."""
        return self.root / "database.key.new"

    @property
    def log(self) -> Path:
        """What the server says."""
        return self.home / "server.log"

    @property
    def config(self) -> Path:
        """The server's settings."""
        return self.home / "server.conf"

    @property
    def local(self) -> Path:
        """The administrator's settings."""
        return self.home / "local.conf"

    @property
    def hba(self) -> Path:
        """Who may connect."""
        return self.home / "pg_hba.conf"

    @property
    def programs(self) -> Path:
        """Copies of the packaged programs, by version."""
        return self.home / "programs"

    @property
    def start_lock(self) -> Path:
        """Held by the one process that makes, starts or stops."""
        return self.home / "start.lock"

    @property
    def users_lock(self) -> Path:
        """Shared by the processes that use the server."""
        return self.home / "users.lock"

    @property
    def server_lock(self) -> Path:
        """Held by the server's own processes, every one of them, as long as one lives."""
        return self.home / "server.lock"

    @property
    def mark(self) -> str:
        """The cluster_name, which stands in the title of each server process; at most 63 bytes."""
        return "yiji-" + hashlib.sha256(os.fsencode(self.home)).hexdigest()[:16]

    @property
    def run(self) -> Path:
        """The socket's folder: in the home, or in /tmp when that path is too long or too unusual for a socket."""
        near = self.home / "run"
        fits = len(os.fsencode(near / f".s.PGSQL.{PORT}")) <= _SOCKET_LIMIT and _PLAIN.fullmatch(str(near))
        return near if fits else Path("/tmp") / self.mark  # not $TMPDIR: all users of the site must find it

    @property
    def litter(self) -> tuple[Path, ...]:
        """All that we make in the home, but for `local.conf`, which may be the administrator's own work."""
        files = (self.log, self.config, self.hba, self.users_lock, self.server_lock, self.start_lock)
        return self.data, self.fresh, self.programs, self.run, *files


def find_place(root: Path, site_id: str, settings: DatabaseSection) -> Place:
    """Return where the cluster of the site at `root` is or will be; raises `BadSetting` on a bad site id."""
    if not _SITE_ID.fullmatch(site_id):
        wanted = "letters, digits, dot, dash and underscore, at most 63"
        raise BadSetting(file=root / FILE, setting="site.id", detail=f"{site_id!r}: {wanted}")
    root = root.resolve()
    return Place(root, _home(root, site_id, settings))


def _home(root: Path, site_id: str, settings: DatabaseSection) -> Path:
    if settings.home:
        return (root / Path(settings.home).expanduser()).resolve()
    inside = root / "db"
    # Root who opens the site of an ordinary user finds the cluster that is there.
    return SYSTEM / site_id if os.geteuid() == 0 and not (inside / "data").exists() else inside
