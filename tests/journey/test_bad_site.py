"""A site that cannot be made or opened: a bad setting, a missing or broken plugin, a full disk."""

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest
from builders import SMALL, order
from journey.shell import run, run_here, says

from yiji.core import clock
from yiji.core.app import open_app
from yiji.core.contract.catalogue import LoadCatalogue
from yiji.core.contract.inventory import FindSlots, OpenSlots
from yiji.core.plug.manager import plugins
from yiji.core.testing import Sites

LANGS = ("zh", "en")
BAD = [
    ("site.zone", '[site]\nid = "x"\nzone = "Nowhere/City"'),
    ("site.lang", '[site]\nid = "x"\nlang = "fr"'),
    ("site.id", '[site]\nname = "x"'),
    ("site.nmae", '[site]\nid = "x"\nnmae = "y"'),
    ("rpc.port", '[site]\nid = "x"\n[rpc]\nport = "many"'),
    ("database.url", '[site]\nid = "x"\n[database]\nurl = "nonsense"'),
    ("database.url", '[site]\nid = "x"\n[database]\nurl = "mysql://yiji:secret@db/yiji"'),
    ("plugins.required", '[site]\nid = "x"\n[plugins]\nrequired = "one"'),
    ("-", "[site\nid = x"),
]


@pytest.mark.parametrize(("setting", "toml"), BAD)
def test_a_bad_setting_is_named(tmp_path: Path, setting: str, toml: str) -> None:
    (tmp_path / "yiji.toml").write_text(toml)
    for lang in LANGS:
        refused = run_here("slot", "list", "--lang", lang, site=tmp_path)
        assert (refused.code, says(refused.err, "core.bad_setting", lang)) == (2, True)
        assert setting in refused.err
        assert str(tmp_path / "yiji.toml") in refused.err
        assert "Traceback" not in refused.err
        assert "secret" not in refused.err


def test_a_section_that_nobody_reads_is_seen_by_the_doctor(site: Path) -> None:
    with (site / "yiji.toml").open("a") as file:
        file.write("\n[rpcc]\nport = 1\n")
    examined = run_here("doctor", "--json", site=site)
    [check] = [one for one in json.loads(examined.out)["checks"] if not one["ok"]]
    assert (examined.code, check["name"], "[rpcc]" in check["detail"]) == (1, "settings", True)


@pytest.mark.parametrize(
    ("wrong", "code", "status"),
    [
        (("--zone", "Nowhere/City"), "core.bad_setting", 2),
        (("--zone", "../zone"), "core.bad_setting", 2),
        (("--database", "nonsense"), "core.bad_setting", 2),
        (("--database", "postgresql://yiji:secret@127.0.0.1:1/yiji"), "core.store_unavailable", 10),
    ],
)
def test_a_site_with_a_bad_setting_is_not_made(tmp_path: Path, wrong: tuple[str, str], code: str, status: int) -> None:
    refused = run_here("init", str(tmp_path / "new" / "site"), *wrong, "--lang", "zh")
    assert (refused.code, says(refused.err, code, "zh")) == (status, True)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_plugin(tmp_path: Path) -> None:
    (tmp_path / "yiji.toml").write_text('[site]\nid = "x"\n[plugins]\nrequired = ["booking", "nowhere"]')
    for lang in LANGS:
        refused = run_here("slot", "list", "--lang", lang, site=tmp_path)
        assert (refused.code, says(refused.err, "core.plugin_missing", lang)) == (3, True)
        assert "nowhere" in refused.err


Install = Callable[[str, str], None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Installs a plugin `name` whose manifest is `code`; after the test it is as if it had never been there."""
    path = tmp_path / "installed"

    def installed(name: str, code: str) -> None:
        info = path / f"{name}-1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[yiji.plugins]\n{name} = {name}_plugin\n")
        (path / f"{name}_plugin.py").write_text(dedent(code), "utf-8")
        monkeypatch.syspath_prepend(path)
        plugins.cache_clear()

    with monkeypatch.context():
        yield installed
    plugins.cache_clear()
    for name in [name for name in sys.modules if name.startswith("crooked")]:
        del sys.modules[name]


def test_a_broken_plugin_harms_nobody_who_can_do_without_it(site: Path, install: Install) -> None:
    install("crooked", "raise RuntimeError('its licence ran out')")
    assert run_here("slot", "list", site=site).code == 0
    with (site / "yiji.toml").open("a") as file:
        file.write('\n[plugins]\nrequired = ["crooked"]\n')
    for lang in LANGS:
        refused = run_here("slot", "list", "--lang", lang, site=site)
        assert (refused.code, says(refused.err, "core.plugin_broken", lang)) == (1, True)
        assert "its licence ran out" in refused.err
        checked = run_here("plugin", "check", "--lang", lang)
        assert (checked.code, "its licence ran out" in checked.out) == (1, True)


RULES = {
    "that is not there": """
        from yiji.booking.hooks import BookingRule
        from yiji.core.plug import hookimpl

        @hookimpl
        def booking_rules():
            return (BookingRule("crooked.rule", "crooked_nowhere:rule"),)
        """,
    "that cannot be listed": """
        from yiji.core.plug import hookimpl

        @hookimpl
        def booking_rules():
            raise LookupError("crooked_nowhere")
        """,
}


@pytest.mark.parametrize("which", RULES)
def test_a_rule_that_is_broken_is_told_to_who_books(sites: Sites, tmp_path: Path, install: Install, which: str) -> None:
    """What a rule would say is not known, so nothing is booked; the error names the plugin, and so does the check."""
    root = sites.make(tmp_path / "site")
    item, slot = furnish(root)
    install("crooked", RULES[which])
    for lang in LANGS:
        refused = run_here("booking", "book", item, slot, "--lang", lang, site=root)
        assert (refused.code, says(refused.err, "core.plugin_broken", lang)) == (1, True)
        assert "crooked" in refused.err
    problems = json.loads(run_here("plugin", "check", "--json").out)
    assert [(row["plugin"], "crooked_nowhere" in row["problem"]) for row in problems] == [("crooked", True)]
    (tmp_path / "installed" / "crooked-1.0.dist-info" / "entry_points.txt").unlink()
    plugins.cache_clear()
    assert run_here("booking", "book", item, slot, site=root).code == 0


def furnish(root: Path) -> tuple[str, str]:
    """Give a site its catalogue, slots and an order; return the order's item and a slot."""
    with open_app(root) as app:
        bus = app.bus_as(app.operator_token())
        bus.ask(LoadCatalogue(catalogue=SMALL))
        bus.ask(OpenSlots(first_day=clock.today(app.settings.site.zone), days=2))
        slot = bus.ask(FindSlots(exam_code="ECG12", days=2)).slots[0]
        return bus.ask(order(1)).items[0].id, slot.id


def limited() -> None:
    """Let no file of this process and its children grow beyond 8 MB; a file of PostgreSQL's WAL has 16."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (8 * 2**20, 8 * 2**20))


def test_a_disk_that_fills_while_the_database_is_made(tmp_path: Path) -> None:
    mine = tmp_path / "mine" / "note.txt"
    mine.parent.mkdir()
    mine.write_text("kept")
    for folder, lang in ((tmp_path / "new" / "site", "zh"), (mine.parent, "en")):
        refused = run("init", str(folder), "--lang", lang, "--json", before=limited)
        error = json.loads(refused.out)["error"]
        assert (refused.code, error["code"], says(refused.err, "core.disk_full", lang)) == (8, "core.disk_full", True)
        assert not Path(error["params"]["path"]).exists()  # root's cluster lies elsewhere
    assert [path for path in sorted(tmp_path.rglob("*")) if path.is_file()] == [mine]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk; the limit on file sizes is tested")
def test_a_disk_that_is_full_at_once(tmp_path: Path) -> None:
    mount = ["mount", "-t", "tmpfs", "-o", "size=4k", "none", str(tmp_path)]
    mounted = subprocess.run(mount, capture_output=True, text=True, check=False)
    if mounted.returncode:
        pytest.skip(f"may not mount a small disk here ({mounted.stderr.strip()}); the limit on file sizes is tested")
    try:
        for lang in LANGS:
            refused = run_here("init", str(tmp_path / "new" / "site"), "--lang", lang)
            assert (refused.code, says(refused.err, "core.disk_full", lang)) == (8, True)
            assert list(tmp_path.iterdir()) == []
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)
