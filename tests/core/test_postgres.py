"""The embedded PostgreSQL's life: who starts it, who stops it, what it survives, whom it lets in."""

import os
import signal
import stat
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread

import psycopg
import pytest
import sqlalchemy
from psycopg import sql

from tests.core.postgres_site import AS_ROOT, ID, User, connect, folder, is_alive, settings_of, site_in, using, value
from yiji.core.errors import DatabaseStartFailed, StoreUnavailable
from yiji.core.store.postgres import Cluster, open_cluster


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """A running cluster of a site under a folder that is private to us."""
    with folder() as base, using(*site_in(base)) as opened:
        yield opened


def test_many_start_it_at_once_and_the_last_to_leave_stops_it():
    with folder() as base:
        root, settings = site_in(base)
        users = [User(root, settings) for _ in range(3)]
        try:
            pids = {user.says()["pid"] for user in users}
            assert len(pids) == 1
            pid = pids.pop()
            users[0].end()  # kill -9: it vanishes without a word
            users[1].leave()
            assert is_alive(pid)
            users[2].leave()
            assert not is_alive(pid)
            assert not [path.name for path in root.glob("*.new")]
        finally:
            for user in users:
                user.end()


def test_a_second_user_in_the_same_process_keeps_it_running(cluster: Cluster):
    second = open_cluster(cluster.place.root, ID, settings_of(cluster))
    second.close()
    second.close()
    assert cluster.is_running
    cluster.stop()
    with pytest.raises(StoreUnavailable):
        second.ensure()  # who has left does not start it again
    cluster.ensure()
    assert cluster.is_running


def test_acknowledged_rows_outlive_kill_9_of_the_postmaster(cluster: Cluster):
    with connect(cluster.url) as db:
        db.execute("CREATE TABLE kept (n int)")
    acknowledged: list[int] = []
    stop = Event()
    threads = [Thread(target=write_rows, args=(cluster.url, acknowledged, stop, start)) for start in (0, 10**6)]
    orphans: list[int] = []
    busy = Thread(target=keep_busy, args=(cluster.url, orphans))
    for thread in (*threads, busy):
        thread.start()
    time.sleep(0.7)
    old = cluster.pid
    assert old is not None
    os.kill(old, signal.SIGKILL)
    time.sleep(0.2)
    assert is_alive(orphans[0])  # a backend that computes does not see its postmaster die
    cluster.ensure()
    assert not is_alive(orphans[0])
    stop.set()
    for thread in (*threads, busy):
        thread.join()
    assert cluster.pid not in (None, old)
    with connect(cluster.url) as db:
        found = {row[0] for row in db.execute("SELECT n FROM kept")}
    assert len(acknowledged) > 10
    assert found >= set(acknowledged)


def write_rows(url: str, acknowledged: list[int], stop: Event, start: int) -> None:
    with suppress(psycopg.OperationalError), connect(url) as db:
        for n in range(start, start + 10**6):
            db.execute("INSERT INTO kept VALUES (%s)", (n,))
            acknowledged.append(n)
            if stop.is_set():
                return


def keep_busy(url: str, orphans: list[int]) -> None:
    with suppress(psycopg.OperationalError), connect(url) as db:
        orphans.append(db.info.backend_pid)
        db.execute("SELECT count(*) FROM (SELECT generate_series(1, 1000000000000)) AS numbers")


def test_many_threads_restart_it_once_and_no_other_process_is_hurt(cluster: Cluster):
    data = cluster.place.data
    decoys = [decoy(data, "postgres", "-D", "/elsewhere/data"), decoy(data, "du", str(data))]
    old = cluster.pid
    assert old is not None
    os.kill(old, signal.SIGKILL)
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda _: cluster.ensure(), range(64)))
    assert cluster.is_running
    assert cluster.log.read_text().count("starting PostgreSQL") < 10
    for process in decoys:
        assert process.poll() is None
        process.kill()
        process.wait()


def decoy(data: Path, name: str, *args: str) -> subprocess.Popen[bytes]:
    """A process of the server's account that looks a little like one of the server's."""
    identity = {"user": data.stat().st_uid, "group": data.stat().st_gid, "extra_groups": []} if AS_ROOT else {}
    return subprocess.Popen([name, "-c", "sleep 60; :", *args], executable="/bin/sh", cwd="/", **identity)


def test_a_crashed_backend_is_waited_for(cluster: Cluster):
    before = cluster.pid
    with connect(cluster.url) as db:
        os.kill(db.info.backend_pid, signal.SIGKILL)
        cluster.ensure()
    deadline, answer = time.monotonic() + 20, None
    while answer is None and time.monotonic() < deadline:
        cluster.ensure()
        with suppress(psycopg.OperationalError):  # the server may learn of its backend's end a moment after we asked
            answer = value(cluster.url, "SELECT 1")
    assert answer == 1
    assert cluster.pid == before


def test_ctrl_c_in_the_starters_terminal_does_not_reach_it(cluster: Cluster):
    cluster.stop()
    starter = User(cluster.place.root, settings_of(cluster))
    try:
        pid = starter.says()["pid"]
        os.killpg(starter.process.pid, signal.SIGINT)
        starter.process.wait(20)
        assert cluster.pid == pid
        assert cluster.is_running
    finally:
        starter.end()


def test_only_the_password_opens_it(cluster: Cluster):
    for user in ("yiji", "postgres"):
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            connect(cluster.url, user=user, password="wrong")
        with connect(cluster.url, user=user) as db:
            assert db.info.user == user
    with pytest.raises(psycopg.OperationalError):
        connect(cluster.url, dbname="yiji", replication="database", password="wrong")
    with connect(cluster.url, replication="database") as db:
        assert db.execute("IDENTIFY_SYSTEM").fetchone()


def test_it_listens_on_its_socket_only(cluster: Cluster):
    assert value(cluster.url, "SHOW listen_addresses") == ""
    links = [os.readlink(path) for path in Path(f"/proc/{cluster.pid}/fd").iterdir()]
    ours = {link[8:-1] for link in links if link.startswith("socket:[")}
    tables = [path for path in map(Path, ("/proc/net/tcp", "/proc/net/tcp6", "/proc/net/udp")) if path.exists()]
    foreign = {line.split()[9] for path in tables for line in path.read_text().splitlines()[1:]}
    assert ours
    assert not ours & foreign


def test_what_is_private_is_private(cluster: Cluster):
    place = cluster.place
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (place.key, place.data, place.run, place.log)}
    assert modes == {"database.key": 0o600, "data": 0o700, "run": 0o700, "server.log": 0o600}
    assert stat.S_IMODE((place.run / ".s.PGSQL.5432").stat().st_mode) == 0o700
    assert Path(f"/proc/{cluster.pid}").stat().st_uid != 0
    for path in place.home.rglob("*"):  # nothing that a stranger could write
        assert path.is_symlink() or not path.stat().st_mode & 0o002


@pytest.mark.parametrize(
    ("setting", "wanted"),
    [
        ("data_checksums", "on"),
        ("fsync", "on"),
        ("synchronous_commit", "on"),
        ("full_page_writes", "on"),
        ("summarize_wal", "on"),
        ("wal_level", "replica"),
        ("server_encoding", "UTF8"),
        ("is_superuser", "off"),
        ("log_error_verbosity", "terse"),
    ],
)
def test_how_it_is_set(cluster: Cluster, setting: str, wanted: str):
    engine = sqlalchemy.create_engine(cluster.url)
    with engine.connect() as db:
        assert db.execute(sqlalchemy.text("SELECT current_setting(:name)"), {"name": setting}).scalar() == wanted
    engine.dispose()


def test_a_refused_row_does_not_put_a_name_into_the_log(cluster: Cluster):
    row = sql.SQL("INSERT INTO person VALUES ({})").format(sql.Literal("张三丰"))
    with connect(cluster.url) as db:
        db.execute("CREATE TABLE person (name text PRIMARY KEY)")
        db.execute(row)
        with pytest.raises(psycopg.errors.UniqueViolation, match="张三丰"):
            db.execute(row)
    log = cluster.log.read_text("utf-8")
    assert "person_pkey" in log
    assert "张三丰" not in log


def test_a_server_that_cannot_start_says_why(cluster: Cluster):
    cluster.stop()
    local = cluster.place.local
    kept = local.read_text()
    local.write_text("shared_buffers = 'a lot'\n")
    try:
        with pytest.raises(DatabaseStartFailed, match="shared_buffers"):
            cluster.ensure()
    finally:
        local.write_text(kept)
    cluster.ensure()
    assert cluster.is_running


def test_an_administrator_can_tune_it_but_not_make_it_forget(cluster: Cluster):
    local = cluster.place.local
    kept = local.read_text()
    cluster.stop()
    local.write_text("work_mem = 7MB\nfsync = off\nlisten_addresses = '*'\n")
    try:
        cluster.ensure()
        shown = [value(cluster.url, f"SHOW {name}") for name in ("work_mem", "fsync", "listen_addresses")]
        assert shown == ["7MB", "on", ""]
    finally:
        local.write_text(kept)


def test_another_sites_cluster_is_not_taken(cluster: Cluster):
    before = cluster.pid
    with folder() as base, pytest.raises(DatabaseStartFailed, match="another site"):
        open_cluster(base, ID, settings_of(cluster))
    assert cluster.pid == before
    assert cluster.place.local.exists()


def test_a_lost_cluster_is_not_replaced_by_an_empty_one(cluster: Cluster):
    place = cluster.place
    with connect(cluster.url) as db:
        db.execute("CREATE TABLE lost AS SELECT 42 AS n")
    cluster.stop()
    place.data.rename(place.home / "away")
    with pytest.raises(DatabaseStartFailed, match="restore it"):
        open_cluster(place.root, ID, settings_of(cluster))
    (place.home / "away").rename(place.data)
    cluster.ensure()
    assert value(cluster.url, "SELECT n FROM lost") == 42
