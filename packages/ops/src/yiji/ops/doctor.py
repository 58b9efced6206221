"""The doctor: looks a site over and says what is well, what is not and what to do next."""

import os
import shutil
import socket
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path

from yiji.core import clock, settings
from yiji.core.app import App, check_settings, open_app
from yiji.core.errors import YijiError
from yiji.core.i18n import explain
from yiji.core.message import Value
from yiji.core.plug.manager import plugins
from yiji.core.plug.manifest import Daemon
from yiji.core.store import alerts, audit, migrate, outbox

_RETRY = "yiji outbox list, then yiji outbox retry"  # what dead letters want
_HINTS = {"reminders that did not go out": "yiji reminder list --state failed"}  # by an alert's topic
ROOM_WANTED = 2 * 1024**3  # bytes free, below which the doctor warns


class Check(Value):
    """One thing that was looked at."""

    name: str
    ok: bool
    detail: str
    hint: str = ""


class Health(Value):
    """All that the doctor found."""

    site: str
    well: bool
    checks: tuple[Check, ...]


Look = Callable[[App, str], str]


def _python(app: App, lang: str) -> str:
    import platform

    return f"yiji {version('yiji-core')}, Python {platform.python_version()}, {platform.machine()}"


def _settings(app: App, lang: str) -> str:
    unread = check_settings(app)
    if unread:
        told = ", ".join(f"[{name}]" for name in unread)
        raise _Unwell(f"nobody reads {told}", "correct the name in yiji.toml, or install the plugin that it is for")
    return f"{len(app.settings.raw)} sections"


def _database(app: App, lang: str) -> str:
    with app.store.begin() as tx:
        server = tx.db.exec_driver_sql("SHOW server_version").scalar_one()
        checksums = tx.db.exec_driver_sql("SHOW data_checksums").scalar_one()
        durable = tx.db.exec_driver_sql("SHOW fsync").scalar_one()
    return f"PostgreSQL {server}, checksums {checksums}, fsync {durable}"


def _migrations(app: App, lang: str) -> str:
    waiting = migrate.pending(app.store)
    if waiting:
        raise _Unwell(", ".join(waiting), "yiji db upgrade")
    return "all at their heads"


def _audit(app: App, lang: str) -> str:
    with app.store.begin() as tx:
        report = audit.verify(tx.db, app.settings.root)
    return f"{report.sealed} sealed, {report.waiting} waiting"


def _outbox(app: App, lang: str) -> str:
    with app.store.begin() as tx:
        open_now, raised = outbox.count_open(tx.db), alerts.open_alerts(tx.db)
    if raised:
        told = "; ".join(f"{topic} x{count}: {detail}" for topic, detail, count in raised)
        raise _Unwell(told, "; ".join(dict.fromkeys(_HINTS.get(topic, _RETRY) for topic, _, _ in raised)))
    return f"{open_now} open, no dead letter"


def _disk(app: App, lang: str) -> str:
    free = shutil.disk_usage(app.settings.root).free
    told = f"{free / 1024**3:.1f} GiB free"
    if free < ROOM_WANTED:
        raise _Unwell(told, "make room on the disk")
    return told


def _secret(app: App, lang: str) -> str:
    mode = (app.settings.root / settings.SECRET).stat().st_mode & 0o777
    if mode & 0o077:
        raise _Unwell(f"secret.key has mode {mode:o}", "chmod 600 secret.key")
    return "only its owner can read it"


def _clock(app: App, lang: str) -> str:
    zone = app.settings.site.zone
    with app.store.begin() as tx:
        ahead = abs((clock.now() - tx.db.exec_driver_sql("SELECT clock_timestamp()").scalar_one()).total_seconds())
    if ahead > 2:
        raise _Unwell(f"the database's clock differs by {ahead:.1f} s", "synchronise the clocks (NTP)")
    return f"{clock.local(clock.now(), zone):%Y-%m-%d %H:%M} {zone}"


def _daemons(app: App, lang: str) -> str:
    running = [name for name, pid in _pids(app.settings.root) if _alive(pid)]
    idle = [daemon.name for daemon in app.plugins.records(Daemon) if daemon.name not in running]
    return f"running: {', '.join(running) or '-'}; not running: {', '.join(idle) or '-'}"


def _pids(root: Path) -> Iterator[tuple[str, int]]:
    for file in sorted((root / "run").glob("*.pid")):
        pid, _, _ = file.read_text().strip().partition(" ")
        if pid.isdigit():
            yield file.stem, int(pid)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _port(app: App, lang: str) -> str:
    rpc = app.settings.rpc
    with socket.socket() as probe:
        probe.settimeout(0.5)
        answered = probe.connect_ex((rpc.host, rpc.port)) == 0
    return f"{rpc.host}:{rpc.port} {'answers' if answered else 'is free'}"


class _Unwell(Exception):
    """A check that found something."""

    def __init__(self, detail: str, hint: str) -> None:
        super().__init__(detail)
        self.detail, self.hint = detail, hint


LOOKS: dict[str, Look] = {
    "version": _python,
    "settings": _settings,
    "database": _database,
    "migrations": _migrations,
    "audit": _audit,
    "outbox": _outbox,
    "disk": _disk,
    "secret": _secret,
    "clock": _clock,
    "daemons": _daemons,
    "rpc": _port,
}


def _look(name: str, look: Look, app: App, lang: str) -> Check:
    try:
        return Check(name=name, ok=True, detail=look(app, lang))
    except _Unwell as found:
        return Check(name=name, ok=False, detail=found.detail, hint=found.hint)
    except YijiError as fault:
        message, hint = explain(fault, lang)
        return Check(name=name, ok=False, detail=f"{fault.code}: {message}", hint=hint)


def _plugins(lang: str) -> Iterator[Check]:
    for plugin in plugins().found:
        detail = plugin.broken or f"{plugin.distribution} {plugin.version}".strip()
        hint = "" if not plugin.broken else "update or remove it; yiji plugin check tells more"
        yield Check(name=f"plugin {plugin.name}", ok=not plugin.broken, detail=detail, hint=hint)


def examine(root: Path, lang: str) -> Health:
    """Look a site over; a site that cannot even be opened is one failed check, not an error."""
    checks = list(_plugins(lang))
    try:
        with open_app(root) as app:
            checks += [_look(name, look, app, lang) for name, look in LOOKS.items()]
    except YijiError as fault:
        message, hint = explain(fault, lang)
        checks.append(Check(name="site", ok=False, detail=f"{fault.code}: {message}", hint=hint))
    return Health(site=str(root), well=all(check.ok for check in checks), checks=tuple(checks))
