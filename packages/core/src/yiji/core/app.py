"""The composition root: a site's settings, plugins, store and bus, put together."""

import errno
import json
import shutil
import threading
import time
from collections.abc import Collection, Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, cast

from yiji.core import ids, settings
from yiji.core.actor import Actor, sign
from yiji.core.bus import ActorBus, LocalBus
from yiji.core.contract.access import AddUser
from yiji.core.errors import BadSetting, DiskFull, SiteExists
from yiji.core.plug.manager import Plugins, plugins
from yiji.core.plug.manifest import Daemon, Errors, Handles, Listens, Reads, resolve
from yiji.core.settings import Settings
from yiji.core.store.blobs import write_file
from yiji.core.store.db import Store
from yiji.core.store.postgres import Cluster, open_cluster
from yiji.core.work import Route, Worker

TOKEN_SECONDS = 12 * 3600


@dataclass
class App:
    """A site in this process."""

    settings: Settings
    plugins: Plugins
    store: Store
    bus: LocalBus
    routes: dict[str, Route] = field(repr=False)
    stopping: threading.Event = field(default_factory=threading.Event, repr=False)  # a daemon ends when this is set
    _tokens: dict[str, tuple[float, str]] = field(default_factory=dict, repr=False)

    def bus_as(self, token: str) -> ActorBus:
        """Return the bus in the hands of whom the token names."""
        return ActorBus(self.bus, token)

    def token_for(self, name: str, *roles: str) -> str:
        """Sign a token for a part of the house itself; only who can read the site's secret can do this."""
        actor = Actor(name, roles, self.settings.site.id)
        return sign(actor, self.settings.secret, TOKEN_SECONDS).token

    def system_token(self) -> str:
        """Return the token of the daemons, made afresh long before it runs out."""
        return self._renewed("system", "system")

    def operator_token(self) -> str:
        """Return the token of whoever works at the site's shell."""
        return self._renewed("operator", "admin")

    def _renewed(self, name: str, role: str) -> str:
        made_at, token = self._tokens.get(name, (0.0, ""))
        if not token or time.monotonic() - made_at > TOKEN_SECONDS / 4:
            token = self.token_for(name, role)
            self._tokens[name] = (time.monotonic(), token)
        return token

    def daemons(self) -> list[Daemon]:
        """Return the daemons that the plugins bring."""
        return self.plugins.records(Daemon)

    def wait(self) -> None:
        """Wait until the daemon is asked to end.

        In short turns: a signal that comes just before a wait begins is handled only when Python runs again.
        """
        while not self.stopping.wait(0.2):
            pass

    def __enter__(self) -> "App":
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Answer what is in hand, then let go of the database."""
        self.bus.close()
        self.store.close()


def routes_of(found: Plugins) -> dict[str, Route]:
    """Return the way of every message; two handlers of one message are a fault of the plugins."""
    routes: dict[str, Route] = {}
    for handles in found.records(Handles):
        route = Route(handles)
        module, _, name = handles.message.partition(":")
        known = routes.setdefault(f"{module.removeprefix('yiji.core.contract.')}.{name}", route)
        if known is not route:
            raise TypeError(f"{handles.message} is handled by {known.handles.target} and {handles.target}")
    return routes


def _listeners(found: Plugins) -> dict[str, list[Listens]]:
    listeners: dict[str, list[Listens]] = {}
    for record in found.records(Listens):
        module, _, name = record.event.partition(":")
        listeners.setdefault(f"{module.removeprefix('yiji.core.contract.')}.{name}", []).append(record)
    return listeners


def open_app(root: Path) -> App:
    """Open the site at `root`.

    Raises `NoSite`, `BadSetting`, `PluginMissing`, `PluginBroken`, `DatabaseStartFailed`.
    """
    read = settings.read(root)
    found = plugins()
    found.require(read.plugins.required)
    for record in found.records(Errors):
        resolve(f"{record.module}:__name__")
    cluster = None if read.database.url else open_cluster(read.root, read.site.id, read.database)
    url = read.database.url or (cluster.url if cluster else "")
    store = Store(read, found, url, cluster)
    routes = routes_of(found)
    return App(read, found, store, LocalBus(store, routes, Worker(store, _listeners(found))), routes)


def check_settings(app: App) -> list[str]:
    """Check every section with its plugin's model and return those that no plugin reads; raises `BadSetting`."""
    known = {record.section: record.model for record in app.plugins.records(Reads)}
    for name in sorted(name for name in known if app.settings.told(name) is not None):
        app.settings.section(name, resolve(known[name]))
    return sorted(_unread(app.settings.raw, known, ""))


def _unread(told: dict[str, Any], known: Collection[str], above: str) -> Iterator[str]:
    """Yield the sections that no plugin reads; a table that only holds sections is looked into."""
    for name, inner in told.items():
        path = f"{above}{name}"
        if path in known:
            continue
        holds = isinstance(inner, dict) and any(one.startswith(f"{path}.") for one in known)
        if holds:
            yield from _unread(cast("dict[str, Any]", inner), known, f"{path}.")
        else:
            yield path


_TOML = """\
# The settings of this site. What stands here is what the site cannot know by itself; the rest has defaults.
[site]
id = {id}
name = {name}
zone = {zone}
lang = {lang}
"""


def _quoted(**texts: str) -> dict[str, str]:
    """Return texts as TOML strings; JSON's are such, but for DEL."""
    return {name: json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f") for name, text in texts.items()}


def make_site(root: Path, name: str = "yiji", zone: str = "Asia/Shanghai", lang: str = "zh", extra: str = "") -> None:
    """Make a site: settings, secret, database; `extra` is added to its yiji.toml.

    Raises `SiteExists`, `DiskFull`, `BadSetting` or `StoreUnavailable`; nothing half-made is left.
    """
    from yiji.core.store import migrate  # Alembic costs as much as all the rest, and only here

    if (root / settings.FILE).exists():
        raise SiteExists(path=root)
    made: list[Path] = []
    try:
        site = _quoted(id=ids.new("site")[-12:], name=name, zone=zone, lang=lang)
        _lay_out(root, _TOML.format(**site) + extra, made)
        with open_app(root) as app, _removed_on_failure(app.store.cluster), app.store.told():
            migrate.upgrade(app.store)
            admin = AddUser(name="admin", full_name="Administrator", roles=("admin",))
            app.bus_as(app.operator_token()).ask(admin, key="make-site")
    except BaseException as fault:
        _clear(root, made)
        if isinstance(fault, OSError) and fault.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise DiskFull(path=root, detail=fault.strerror) from None
        if isinstance(fault, OSError):
            raise BadSetting(file=root, setting="DIR", detail=fault.strerror or fault) from None
        raise


@contextmanager
def _removed_on_failure(cluster: Cluster | None) -> Generator[None]:
    try:
        yield
    except BaseException:
        if cluster is not None:
            cluster.remove()
        raise


def _lay_out(root: Path, toml: str, made: list[Path]) -> None:
    """Make a site's folders and files; `made` collects them, so that a failure takes back only what is ours."""
    below = (root / name for name in ("blobs", "log", "run", "audit", "records", "inbox"))
    for folder in (*reversed(root.parents), root, *below):
        if not folder.exists():
            folder.mkdir()
            made.append(folder)
    made.append(root / settings.SECRET)
    settings.make_secret(root)
    made.append(root / settings.FILE)
    write_file(root / settings.FILE, toml.encode())
    (root / settings.FILE).chmod(0o600)  # the address of a database may hold its password


def _clear(root: Path, made: list[Path]) -> None:
    """Take back what was made: the site with all that is in it, a folder above it only while it is empty."""
    for path in reversed(made):
        if path in root.parents:
            with suppress(OSError):
                path.rmdir()
        elif path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
