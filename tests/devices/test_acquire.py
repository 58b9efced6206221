"""The acquisition daemon and its watched folders."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from tests.devices.conftest import Ask, Make, flatten, listing
from yiji.core.app import App
from yiji.core.contract.recording import RecordingInfo, ShowRecording, WorklistEntry
from yiji.core.errors import BadSetting, NotFound
from yiji.core.testing import Sites
from yiji.devices import acquire, write_wfdb
from yiji.devices.acquire import HouseDoor, wanted_drivers
from yiji.devices.drivers import folder as folder_driver
from yiji.devices.drivers import watch
from yiji.devices.errors import UnknownDriver
from yiji.devices.keeping import RECORDING
from yiji.devices.recording import read_bytes
from yiji_sim.cart import deliver, hand_in
from yiji_sim.driver import recording_of

WAIT = 20.0


def until(true: Callable[[], Any], patience: float = WAIT) -> Any:
    ends = time.monotonic() + patience
    while not (answer := true()):
        assert time.monotonic() < ends, "it did not come"
        time.sleep(0.01)
    return answer


@contextmanager
def watching(app: App) -> Iterator[HouseDoor]:
    """The folder driver at work in this process."""
    door = HouseDoor(app)
    thread = threading.Thread(target=folder_driver.run, args=(door, {}))
    thread.start()
    try:
        yield door
    finally:
        door.stop()
        thread.join(timeout=10)


def count(app: App) -> int:
    with app.store.begin() as tx:
        return tx.db.execute(select(func.count()).select_from(RECORDING)).scalar_one()


def find(ask: Ask, accession: str) -> RecordingInfo | None:
    try:
        return ask(ShowRecording(id=accession))
    except NotFound:
        return None


def put_away(folder: Path, where: str) -> list[Path]:
    return sorted(path for path in (folder / where).rglob("*") if path.is_file())


def test_a_delivered_file_is_a_recording_and_is_put_away(app: App, ask: Ask):
    entry: WorklistEntry = ask(listing())
    folder = app.settings.root / "inbox" / "ECG-1"
    folder.mkdir(parents=True)
    with watching(app):
        path = deliver(entry, folder)
        info = until(lambda: find(ask, entry.accession_number))
        assert info.order is not None
        until(lambda: not path.exists())
    assert path.name in {kept.name for kept in put_away(folder, "kept")}


def test_what_lay_there_before_the_start_is_taken(app: App, ask: Ask):
    places = [deliver(ask(listing(number)), app.settings.root / "inbox" / f"ECG-{number}") for number in (1, 2, 3)]
    with watching(app):
        until(lambda: not any(path.exists() for path in places))
    assert count(app) == 3


def test_a_file_is_not_taken_before_its_writer_closes_it(app: App, ask: Ask, make: Make):
    folder = app.settings.root / "inbox" / "ECG-1"
    folder.mkdir(parents=True)
    data = make(ask(listing()))
    with watching(app):
        time.sleep(0.4)
        with (folder / "slow.dcm").open("wb", buffering=0) as file:
            file.write(data[:100_000])
            time.sleep(1.2)
            assert count(app) == 0
            file.write(data[100_000:])
        until(lambda: count(app) == 1, 5)
    assert put_away(folder, "rejected") == []


def test_temporary_names_are_left_alone(app: App, ask: Ask, make: Make):
    folder = app.settings.root / "inbox" / "ECG-1"
    folder.mkdir(parents=True)
    data = make(ask(listing()))
    for name in ("a.dcm.part", "b.tmp", ".c.dcm", "~d.dcm"):
        (folder / name).write_bytes(data)
    with watching(app):
        time.sleep(1.5)
        assert count(app) == 0
        (folder / "a.dcm.part").replace(folder / "a.dcm")
        until(lambda: count(app) == 1, 5)
    assert len(list(folder.glob("*.tmp"))) == 1


def test_a_bad_file_is_put_aside_with_its_reason_and_the_rest_goes_on(app: App, ask: Ask, make: Make):
    folder = app.settings.root / "inbox" / "ECG-1"
    good = make(ask(listing()))
    for name, data in (("empty.dcm", b""), ("torn.dcm", good[:200_000]), ("text.dcm", "不是心电图".encode())):
        hand_in(data, folder, name)
    with watching(app):
        time.sleep(0.5)
        hand_in(good, folder, "good.dcm")
        until(lambda: count(app) == 1)
        until(lambda: len(put_away(folder, "rejected")) == 6)
    told = {
        path.name: json.loads(path.read_text("utf-8"))
        for path in put_away(folder, "rejected")
        if path.suffix == ".json"
    }
    assert {name: report["code"] for name, report in told.items()} == {
        "empty.dcm.error.json": "devices.empty_file",
        "torn.dcm.error.json": "devices.truncated_file",
        "text.dcm.error.json": "devices.unknown_format",
    }
    assert all(report["zh"]["message"] and report["en"]["hint"] for report in told.values())
    assert (folder / "kept").exists()


def test_a_flat_recording_is_kept(app: App, ask: Ask, make: Make):
    entry = ask(listing())
    folder = app.settings.root / "inbox" / "ECG-1"
    hand_in(make(entry, flatten), folder, "flat.dcm")
    with watching(app):
        info = until(lambda: find(ask, entry.accession_number))
    assert [finding.code for finding in info.quality] == ["quality.all_flat"]


def test_many_devices_deliver_at_once(app: App, ask: Ask, make: Make):
    folders = [app.settings.root / "inbox" / f"ECG-{number}" for number in range(6)]
    files = [(folder, make(ask(listing(row * 10 + n))), n) for row, folder in enumerate(folders) for n in range(3)]
    with watching(app):
        threads = [threading.Thread(target=hand_in, args=(data, folder, f"{n}.dcm")) for folder, data, n in files]
        for thread in threads:
            thread.start()
        until(lambda: sum(len(put_away(folder, "kept")) for folder in folders) == 18)
    assert count(app) == 18


def test_the_same_file_twice_is_one_recording(app: App, ask: Ask, make: Make):
    data = make(ask(listing()))
    folder = app.settings.root / "inbox" / "ECG-1"
    for name in ("a.dcm", "b.dcm"):
        hand_in(data, folder, name)
    with watching(app):
        until(lambda: len(put_away(folder, "kept")) == 2)
        hand_in(data, folder, "a.dcm")
        until(lambda: len(put_away(folder, "kept")) == 3)
    assert count(app) == 1
    assert [path.name for path in put_away(folder, "kept")] == ["a-1.dcm", "a.dcm", "b.dcm"]


def test_a_wfdb_record_in_two_files_is_one_recording(app: App, ask: Ask, make: Make, tmp_path: Path):
    entry = ask(listing())
    header = write_wfdb(read_bytes(make(entry), "a.dcm"), tmp_path, "rec1")
    folder = app.settings.root / "inbox" / "ECG-1"
    folder.mkdir(parents=True)
    with watching(app):
        shutil.copy(header.with_suffix(".dat"), folder)
        time.sleep(1.0)
        shutil.copy(header, folder)
        info = until(lambda: find(ask, entry.accession_number))
        until(lambda: len(put_away(folder, "kept")) == 2)
    assert info.leads[0] == "I"
    assert put_away(folder, "rejected") == []


def test_without_the_kernels_word_the_files_rest_tells(app: App, ask: Ask, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(watch.Ear, "open", staticmethod(watch.Ear))
    entry = ask(listing())
    folder = app.settings.root / "inbox" / "ECG-1"
    folder.mkdir(parents=True)
    with watching(app):
        time.sleep(0.3)
        deliver(entry, folder)
        until(lambda: find(ask, entry.accession_number), 5)


def test_the_settings_name_folders_and_drivers(sites: Sites, tmp_path: Path):
    watched = (
        '[devices]\nwatch = [{ station = "HOLTER", folder = "in/holter" }]\n[devices.drivers.sim]\nstation = "SIM"'
    )
    with sites.open(tmp_path / "site", watched) as app:
        assert [(driver.name, dict(options)) for driver, options in wanted_drivers(app)] == [
            ("sim", {"station": "SIM"}),
            ("folder", {}),
        ]
        with watching(app):
            entry = app.bus_as(app.operator_token()).ask(listing())
            path = deliver(entry, app.settings.root / "in" / "holter")
            until(lambda: not path.exists())
        assert count(app) == 1


def test_a_folder_that_cannot_be_used_keeps_nobody_waiting(sites: Sites, tmp_path: Path, caplog: Any):
    watched = '[devices]\nwatch = [{ station = "A", folder = "yiji.toml/a" }, { station = "B", folder = "in/b" }]'
    with sites.open(tmp_path / "site", watched) as app, watching(app):
        path = deliver(app.bus_as(app.operator_token()).ask(listing()), app.settings.root / "in" / "b")
        until(lambda: not path.exists())
    assert len([message for message in caplog.messages if "devices.folder_unusable" in message]) == 1


@pytest.mark.parametrize(
    ("extra", "error"),
    [("[devices.drivers.nobody]\n", UnknownDriver), ('[devices]\nwatch = [{ station = "A" }]\n', BadSetting)],
)
def test_a_wrong_setting_is_told_at_the_start(sites: Sites, tmp_path: Path, extra: str, error: type[Exception]):
    with sites.open(tmp_path / "site", extra) as app, pytest.raises(error):
        acquire.run(app)


def test_a_plugins_driver_delivers_through_the_same_door(app: App, ask: Ask):
    entry = ask(listing())
    data = recording_of(entry, datetime.now(UTC))
    info = HouseDoor(app).deliver(data, "sim.dcm", "SIM")
    assert info.order is not None
    assert (info.rate, info.seconds, len(info.leads)) == (500.0, 10.0, 12)


def start(root: Path) -> "subprocess.Popen[bytes]":
    """The daemon as `yiji serve` starts it."""
    log = (root / "log" / "acquire.log").open("ab")
    return subprocess.Popen([sys.executable, "-m", "yiji.core.serve", str(root), "acquire"], stdout=log, stderr=log)


def test_kill_at_any_instant_loses_nothing_and_keeps_nothing_twice(app: App, ask: Ask, make: Make):
    root, total = app.settings.root, 24
    folder = root / "inbox" / "ECG-1"
    files = [(make(ask(listing(number)), second=number), f"{number}.dcm") for number in range(total)]
    daemon = start(root)
    try:
        until(lambda: (root / "run" / "acquire.pid").exists())
        for number, (data, name) in enumerate(files):
            hand_in(data, folder, name)
            if number % 8 == 7:
                until(lambda made=number: count(app) > made - 5, 60)
                os.kill(daemon.pid, signal.SIGKILL)
                daemon.wait()
                daemon = start(root)
        until(lambda: len(put_away(folder, "kept")) == total, 60)
    finally:
        daemon.terminate()
        assert daemon.wait(timeout=15) == 0
    assert count(app) == total
    assert put_away(folder, "rejected") == []
