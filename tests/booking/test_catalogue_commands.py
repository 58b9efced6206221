"""The commands of master data and slots, as a user types them."""

import io
import json
import os
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from yiji.booking.cli.cataloguefile import template
from yiji.booking.exchange.document import from_toml
from yiji.booking.rules.catalogue import makers
from yiji.booking.rules.checking import problems
from yiji.cli.main import run
from yiji.core import clock


class Typed:
    """`yiji`, run in this process on one site."""

    def __init__(self, site: Path, patch: pytest.MonkeyPatch, captured: pytest.CaptureFixture[str]) -> None:
        self._site, self._patch, self._captured = site, patch, captured

    def __call__(self, *words: str, lang: str = "en", said: str = "") -> tuple[int, str, str]:
        """Run the command; return its exit status, stdout and stderr."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("YIJI_")}
        with self._patch.context() as patch:
            patch.setattr(os, "environ", kept | {"YIJI_LANG": lang, "NO_COLOR": "1", "YIJI_SITE": str(self._site)})
            patch.setattr(sys, "stdin", io.StringIO(said))
            self._captured.readouterr()
            status = run(words)
        return status, *self._captured.readouterr()

    def told(self, *words: str) -> Any:
        """Run the command with --json; return what it told."""
        status, out, errors = self(*words, "--json")
        assert status == 0, errors
        return json.loads(out)


@pytest.fixture
def yiji(site: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Typed:
    """The command line of a fresh site."""
    return Typed(site, monkeypatch, capfd)


@pytest.fixture
def loaded(yiji: Typed, tmp_path: Path) -> Typed:
    """A site with the example that ships."""
    file = tmp_path / "hospital.toml"
    file.write_text(template(), "utf-8")
    assert yiji("catalogue", "load", str(file), "--note", "初次")[0] == 0
    return yiji


def test_the_example_that_ships_is_sound() -> None:
    example = from_toml(template().encode())
    assert problems(example) == []
    assert all(makers(example).values())
    assert all(getattr(example, name) for name in type(example).model_fields)


def test_out_and_in_again_changes_nothing(loaded: Typed, tmp_path: Path) -> None:
    before = loaded.told("catalogue", "show")
    toml, sheets = tmp_path / "out.toml", tmp_path / "sheets"
    assert loaded("catalogue", "export", "--toml", str(toml), "--csv", str(sheets))[0] == 0
    assert loaded("catalogue", "export")[1] == toml.read_text("utf-8")
    for source in (toml, sheets):
        assert loaded.told("catalogue", "load", str(source), "--replace") == []
    assert loaded.told("catalogue", "show") == before
    assert [edition["note"] for edition in loaded.told("catalogue", "history")] == ["初次"]


def test_a_change_is_shown_and_can_be_compared(loaded: Typed, tmp_path: Path) -> None:
    file = tmp_path / "change.toml"
    file.write_text('[[departments]]\ncode = "CT"\nname = "影像科"\n', "utf-8")
    _, out, _ = loaded("catalogue", "load", str(file), lang="zh")
    assert "影像科" in out
    changes = loaded.told("catalogue", "diff", "1")
    assert {(one["field"], one["before"], one["after"]) for one in changes} == {
        ("name", "CT 室", "影像科"),
        ("name_en", "CT", ""),
        ("campus", "MAIN", ""),
    }
    assert '"CT 室"' in loaded("catalogue", "export", "--edition", "1")[1]


def test_faults_are_told_in_words(loaded: Typed, tmp_path: Path) -> None:
    file = tmp_path / "wrong.toml"
    file.write_text('[[rooms]]\ncode = "R9"\nname = "九室"\ndepartment = "NO"\n', "utf-8")
    status, _, errors = loaded("catalogue", "load", str(file), lang="zh")
    assert status == 2
    assert "rooms R9 department: missing NO" in errors
    file.write_text('[[rooms]]\ncode = "R 9"\n', "utf-8")
    status, _, errors = loaded("catalogue", "load", str(file))
    assert status == 2
    assert "wrong.toml has 3 faults" in errors


def test_removal_asks_first(loaded: Typed) -> None:
    closure = ("catalogue", "remove", "closures", "2027-10-01..2027-10-07")
    assert loaded(*closure, said="n\n")[0] == 1
    assert len(loaded.told("catalogue", "show", "closures")) == 1
    assert loaded(*closure, said="y\n")[0] == 0
    assert loaded.told("catalogue", "show", "closures") == []


def test_slots_are_opened_edited_and_copied(loaded: Typed) -> None:
    monday = clock.today("Asia/Shanghai") + timedelta(days=7)
    monday -= timedelta(days=monday.weekday())
    days = ("--day", str(monday), "--days", "1")
    assert loaded.told("slot", "open", "CT-1", *days) == {"opened": 12, "kept": 0}
    span = ("--from", f"{monday} 08:00", "--to", f"{monday} 09:00")
    pools = ("--pool", "online cap=1", "--pool", "inpatient reserve=2 release=60")
    assert loaded.told("slot", "edit", "CT-1", *span, "--capacity", "3", *pools)["changed"] == 3
    slot = loaded.told("slot", "list", "--device", "CT-1", *days)[0]
    assert (slot["capacity"], slot["extra"]) == (3, 1)
    assert {pool["pool"]: pool["cap"] for pool in slot["pools"]} == {"inpatient": None, "online": 1}
    assert loaded.told("slot", "add", slot["id"], "--reason", "急诊")["capacity"] == 4
    assert loaded("slot", "edit", "CT-1", *span, "--pool", "online max=1")[0] == 2
    assert loaded.told("slot", "copy", "CT-1", "CT-NURSE", *days) == {"opened": 12, "kept": 0}
