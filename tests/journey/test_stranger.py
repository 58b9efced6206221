"""A plugin from outside the workspace, in a fresh environment: found, checked, called and obeyed on a site made there.

The environment gets wheels of three distributions and what they need, at the versions of the workspace's lock. It needs
`uv` and the package registry, or uv's cache.
"""

import json
import os
import re
import select
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from journey.rounds import forget_cluster

from tests.hygiene.workspace import ROOT

STRANGER = Path(__file__).with_name("stranger")
UV = Path(sys.executable).with_name("uv")
WANTED = ("yiji-core", "yiji-booking", "yiji")
SHANGHAI = ZoneInfo("Asia/Shanghai")
PAGE = ROOT / "docs" / "plugins.md"
# What a registered order takes that no command gives: the HIS's part. It holds the site until its stdin ends.
HOSPITAL = """
import sys
from pathlib import Path
from yiji.core.app import open_app
from yiji.core.contract.order import OrderedItem, RegisterOrder
from yiji.core.contract.patient import Identifier, PatientBrief

with open_app(Path(sys.argv[1])) as app:
    patient = PatientBrief(name="欧阳喆", identifiers=(Identifier(system="HIS", value="P1"),))
    items = (OrderedItem(placer_number="N1", exam_code="USABD"),)
    order = RegisterOrder(sender="HIS", group_number="N1", patient=patient, items=items)
    app.bus_as(app.operator_token()).ask(order)
    print("registered", flush=True)
    sys.stdin.read()
"""
CATALOGUE = """
departments = [{ code = "US", name = "超声科" }]
rooms = [{ code = "US-R1", name = "超声一室", department = "US" }]
devices = [{ code = "US-1", name = "彩超 1 号", room = "US-R1", modality = "US" }]
exams = [{ code = "USABD", name = "腹部彩超", department = "US", modality = "US", minutes = 30, devices = ["US-1"] }]

[[calendars]]
device = "US-1"
weekdays = [1, 2, 3, 4, 5, 6, 7]
opens = 07:00:00
closes = 17:00:00
slot_minutes = 30
capacity = 1
"""


@dataclass(frozen=True)
class Environment:
    """A Python environment of its own; `folder` is where its user works."""

    folder: Path

    @property
    def bin(self) -> Path:
        return self.folder / "env" / "bin"

    def run(self, *command: str | Path, code: int = 0) -> "subprocess.CompletedProcess[str]":
        """Run a program of the environment; it ends with `code`."""
        program = [str(self.bin / command[0]), *map(str, command[1:])]
        done = subprocess.run(
            program, cwd=self.folder, env=surroundings(), capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done

    def told(self, *argv: str | Path) -> Any:
        """Run `yiji ... --json` and return its document."""
        return json.loads(self.run("yiji", *argv, "--json").stdout)


def surroundings() -> dict[str, str]:
    """Nothing of the workspace, and nothing that yiji reads."""
    own = ("YIJI_", "PYTHON", "VIRTUAL_ENV", "UV_PROJECT")
    return {name: value for name, value in os.environ.items() if not name.startswith(own)} | {"PYTHONUTF8": "1"}


def uv(*arguments: str | Path, cwd: Path) -> None:
    """Run uv; its words are shown only when it fails."""
    done = subprocess.run([UV, *arguments], cwd=cwd, env=surroundings(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"uv {arguments[0]}: {done.stderr}"


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """A fresh environment with wheels of yiji and the stranger's project, which was copied out of the workspace."""
    made = Environment(tmp_path_factory.mktemp("stranger"))
    wheels, project, versions = (made.folder / name for name in ("wheels", "project", "versions.txt"))
    for name in WANTED:
        uv("build", "--package", name, "--wheel", "--quiet", "--out-dir", wheels, cwd=ROOT)
    plain = ("--no-hashes", "--no-header", "--no-annotate", "--no-emit-workspace")
    uv("export", "--frozen", "--no-dev", *plain, "--quiet", "--output-file", versions, cwd=ROOT)
    shutil.copytree(STRANGER, project)
    uv("venv", "--quiet", "--python", sys.executable, made.folder / "env", cwd=made.folder)
    python = ("--python", made.bin / "python", "--constraints", versions)
    uv("pip", "install", "--quiet", *python, *sorted(wheels.glob("*.whl")), project, cwd=made.folder)
    return made


@pytest.fixture(scope="module")
def site(fresh: Environment) -> Iterator[Path]:
    """A site that was made there, with a catalogue, slots and an order; somebody uses it, so that its database runs."""
    root = fresh.folder / "site"
    fresh.run("yiji", "init", root, "--name", "远方医院", "--lang", "zh")
    (fresh.folder / "hospital.toml").write_text(CATALOGUE, "utf-8")
    command = [fresh.bin / "python", "-c", HOSPITAL, root]
    his: subprocess.Popen[str] | None = None
    try:
        fresh.run("yiji", "--site", root, "catalogue", "load", "hospital.toml")
        his = subprocess.Popen(command, env=surroundings(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert his.stdout is not None
        assert select.select([his.stdout], [], [], 60)[0]
        assert his.stdout.readline() == "registered\n"
        fresh.run("yiji", "--site", root, "slot", "open", "--days", "3")
        yield root
    finally:
        if his:
            his.communicate("", timeout=60)
        forget_cluster(root)


def test_nothing_of_the_workspace_is_there(fresh: Environment) -> None:
    code = "import sys, json, yiji.core, yiji.booking, yiji.cli, yiji_stranger as s; m = sys.modules; print(json.dumps("
    code += "[sys.path, [m[n].__file__ for n in ('yiji.core', 'yiji.booking', 'yiji.cli', 'yiji_stranger')]]))"
    path, files = json.loads(fresh.run("python", "-c", code).stdout)
    home = str(fresh.folder / "env" / "lib")
    assert all(file.startswith(home) for file in files)
    assert not [folder for folder in path if Path(folder).is_relative_to(ROOT)]


def test_it_is_found_and_whole(fresh: Environment) -> None:
    rows = {row["name"]: row for row in fresh.told("plugin", "list")}
    assert set(rows) == {"core", "booking", "cli", "stranger"}
    stranger = rows["stranger"]
    assert (stranger["distribution"], stranger["version"], stranger["whole"]) == ("yiji-stranger", "1.0.0", True)
    fresh.run("yiji", "plugin", "check")


def test_its_command_and_its_error(fresh: Environment) -> None:
    assert fresh.told("fasting", "hours", "USABD")["closes"] == "10:30:00"
    for lang, sentence in (("zh", "不需要空腹"), ("en", "needs no empty stomach")):
        refused = fresh.run("yiji", "fasting", "hours", "ECG12", "--lang", lang, code=3)
        assert "stranger.no_hours" in refused.stderr
        assert sentence in refused.stderr
        assert "yiji fasting hours --help" in refused.stderr


@pytest.mark.timeout(300)
def test_its_rule_refuses_and_lets_pass(fresh: Environment, site: Path) -> None:
    item = fresh.told("--site", site, "order", "show", "N1")["items"][0]["accession_number"]
    slots = fresh.told("--site", site, "slot", "list", "--exam", "USABD", "--days", "3")
    late, early = (on_the_clock(slots, hour)["id"] for hour in (14, 8))
    for lang, words in (("zh", "空腹检查须在 7:00 至 10:30 之间开始"), ("en", "between 7:00 and 10:30")):
        refused = fresh.run("yiji", "--site", site, "booking", "book", item, late, "--lang", lang, code=5)
        assert "booking.rule_refuses" in refused.stderr
        assert words in refused.stderr
        assert re.search(r"\d{4}-\d\d-\d\dT07:00\+08:00", refused.stderr)
    booked = fresh.told("--site", site, "booking", "book", item, early)
    assert (booked["state"], booked["slot_id"]) == ("booked", early)


def on_the_clock(slots: list[dict[str, Any]], hour: int) -> dict[str, Any]:
    """The first slot after today that begins at this hour in Shanghai."""
    local = {slot["id"]: datetime.fromisoformat(slot["starts_at"]).astimezone(SHANGHAI) for slot in slots}
    today = datetime.now(SHANGHAI).date()
    return next(slot for slot in slots if local[slot["id"]].date() > today and local[slot["id"]].hour == hour)


def test_the_page_shows_these_very_files() -> None:
    """Every code block of docs/plugins.md is a file of the example, and every file that says something is shown."""
    blocks = re.findall(r"^`([\w./-]+)`\n\n```\w*\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    files = {path.relative_to(STRANGER).as_posix(): path.read_text("utf-8") for path in STRANGER.rglob("*.*")}
    said = {name: text for name, text in files.items() if not name.endswith(("__init__.py", "py.typed"))}
    assert dict(blocks) == said
