"""``yiji rule``: what a user types, what is printed, and how it ends."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from builders import SMALL, order

from tests.booking.rules_world import rule, rules
from yiji.booking.cli.rulefile import example, read_rules, write_rules
from yiji.booking.errors import BadRuleFile
from yiji.cli.main import run
from yiji.core import clock
from yiji.core.app import App
from yiji.core.contract.booking import BookExam
from yiji.core.contract.catalogue import LoadCatalogue
from yiji.core.contract.inventory import FindSlots, OpenSlots
from yiji.core.contract.rule import RuleKind, RuleSet

Said = pytest.CaptureFixture[str]
NOTICE = 'name = "n"\n[[rules]]\nid = "n"\nkind = "notice"\ntitle = "提前"\ntitle_en = "ahead"\nsource = "s"\n'
FOLDED = NOTICE.replace("notice", "window") + "opens = 12:00:00\ncloses = 08:00:00\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A rule set that asks for a hundred days."""
    path = tmp_path / "rules.toml"
    path.write_text(NOTICE + "gap_minutes = 14400\n", "utf-8")
    return path


def site(app: App) -> list[str]:
    return ["--site", str(app.settings.root), "--lang", "en"]


def test_check_load_show_list(app: App, file: Path, capfd: Said):
    app.bus_as(app.operator_token()).ask(LoadCatalogue(catalogue=SMALL))
    assert run(["rule", "show", *site(app)]) == 3
    assert "booking.no_rules" in capfd.readouterr().err
    assert run(["rule", "check", str(file), *site(app)]) == 0
    assert "can be loaded" in capfd.readouterr().err
    assert run(["rule", "load", str(file), "--note", "why", *site(app)]) == 0
    assert "Edition 1: 1 rules" in capfd.readouterr().err
    assert run(["rule", "show", "--toml", *site(app)]) == 0
    assert tomllib.loads(capfd.readouterr().out) == tomllib.loads(file.read_text("utf-8"))
    assert run(["rule", "show", *site(app)]) == 0
    assert "ahead" in capfd.readouterr().out
    assert run(["rule", "list", "--json", *site(app)]) == 0
    assert [one["note"] for one in json.loads(capfd.readouterr().out)] == ["why"]
    assert run(["rule", "show", "--edition", "5", *site(app)]) == 3


def test_a_set_that_contradicts_itself(app: App, tmp_path: Path, capfd: Said):
    bad = tmp_path / "bad.toml"
    bad.write_text(FOLDED, "utf-8")
    assert run(["rule", "check", str(bad), *site(app)]) == 1
    assert "impossible_range" in capfd.readouterr().out
    assert run(["rule", "load", str(bad), *site(app)]) == 2
    assert "booking.bad_rules" in capfd.readouterr().err


def test_dry_run_compares_with_the_rules_in_force(app: App, file: Path, tmp_path: Path, capfd: Said):
    bus = app.bus_as(app.operator_token())
    bus.ask(LoadCatalogue(catalogue=SMALL))
    bus.ask(OpenSlots(first_day=clock.today("Asia/Shanghai"), days=3), timeout=60)
    slot = bus.ask(FindSlots(exam_code="ECG12", days=3)).slots[-1]
    bus.ask(BookExam(item_id=bus.ask(order(1)).items[0].id, slot_id=slot.id))
    assert run(["rule", "dry-run", str(file), "--since", "2w", *site(app)]) == 0
    told = capfd.readouterr()
    assert "10 days ahead" in told.out
    assert "1 appointments replayed: this set refuses 1, the rules in force 0" in told.err
    soft = tmp_path / "soft.toml"
    soft.write_text(NOTICE + "gap_minutes = 1\n", "utf-8")
    assert run(["rule", "load", str(file), *site(app)]) == 0
    capfd.readouterr()
    assert run(["rule", "dry-run", str(soft), "--json", *site(app)]) == 0
    both: dict[str, Any] = json.loads(capfd.readouterr().out)
    assert (both["new"]["by_rule"], both["in_force"]["by_rule"]) == ({}, {"n": 1})


@pytest.mark.parametrize("since", ["0d", "d", "", "-3d", "1y", "9999w"])
def test_a_bad_span(app: App, file: Path, since: str, capfd: Said):
    assert run(["rule", "dry-run", str(file), "--since", since, *site(app)]) == 2
    assert "30d" in capfd.readouterr().err


def test_the_example_needs_no_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Said):
    monkeypatch.chdir(tmp_path)
    assert run(["rule", "example"]) == 0
    assert capfd.readouterr().out == example()


def test_a_file_is_read_as_it_was_written(tmp_path: Path):
    first = RuleSet.model_validate(tomllib.loads(example()))
    path = tmp_path / "again.toml"
    path.write_text(write_rules(first), "utf-8-sig")
    assert read_rules(path) == first


BROKEN = [
    (b'name = "x', "line 1"),
    (b'name = "x"\n[[rules]]\nid = \n', "line 3"),
    (b"\xff\xfe", "UTF-8"),
    (NOTICE.replace("notice", "notise").encode(), "line 4: rules.0.kind"),
    ((NOTICE + "\ngap_hours = 3\n").encode(), "line 9: rules.0.gap_hours"),
    ((NOTICE + 'first = { exam = ["A"] }\n').encode(), "line 8: rules.0.first.exam"),
    ((NOTICE + '[rules.first]\nexam = ["A"]\n').encode(), "rules.0.first.exam"),
    ((NOTICE + "[[rules]]\n# nothing\n").encode(), "line 8: rules.1.id"),
    (b"rules = []\n", "name: Field required"),
    (b'nane = "x"\nrules = []\n', "line 1: nane"),
    (b'name = "x"\nrules = [{ id = "a" }]\n', "rules.0.kind"),
    (b'name = "x"\nrules = 3\n', "line 2: rules"),
]


@pytest.mark.parametrize(("content", "where"), BROKEN)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, content: bytes, where: str):
    path = tmp_path / "broken.toml"
    path.write_bytes(content)
    with pytest.raises(BadRuleFile) as refused:
        read_rules(path)
    assert where in refused.value.params["problems"]


def test_many_mistakes_are_cut(tmp_path: Path):
    path = tmp_path / "broken.toml"
    path.write_text('name = "x"\n' + "[[rules]]\n" * 200, "utf-8")
    with pytest.raises(BadRuleFile) as refused:
        read_rules(path)
    assert refused.value.params["problems"].count("\n") == 20


def test_a_large_set_is_written_whole():
    many = rules(*(rule(RuleKind.NOTICE, id=f"n{number}", gap_minutes=number + 1) for number in range(300)))
    assert RuleSet.model_validate(tomllib.loads(write_rules(many))) == many
