"""`yiji --help`: every group in the user's language, nothing heavy loaded, whatever a plugin does."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from rich.cells import cell_len

from tests.cli.conftest import Run, add_plugin, surroundings
from yiji.core.plug.manager import plugins
from yiji.core.plug.manifest import Commands

HEAVY = {
    *("sqlmodel", "sqlalchemy", "grpc", "numpy", "fpdf", "textual", "duckdb", "wfdb", "neurokit2", "pydantic"),
    *("psycopg", "alembic", "scipy", "pydicom", "rich.console", "typer.rich_utils", "google.protobuf"),
}
_LOADED = """
import json, sys
sys.argv = ["yiji", *sys.argv[1:]]
from yiji.cli.main import main
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
print("\\n" + json.dumps(sorted(sys.modules)))
"""


def loaded_by(*argv: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", _LOADED, *argv], capture_output=True, text=True, check=True, env=surroundings()
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("argv", [("--help",), ("--lang", "zh", "--help"), ("--version",)])
def test_nothing_heavy_is_loaded_for_the_root_page(argv: tuple[str, ...]):
    loaded = loaded_by(*argv)
    assert "yiji.core.plugin" in loaded  # the manifests were read
    assert loaded & HEAVY == set()
    assert loaded & {record.target.partition(":")[0] for record in plugins().records(Commands)} == set()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_root_page_shows_every_group_in_the_users_language(here: Run, lang: str):
    page = here("--help", "--lang", lang)
    assert page.code == 0
    lines = [line.split(maxsplit=1) for line in page.out.splitlines() if line.startswith("  ")]
    for record in plugins().records(Commands):
        assert [record.name, record.zh if lang == "zh" else record.en] in lines


def test_the_language_comes_from_the_environment(here: Run):
    assert "用法" in here("--help", LANG="zh_CN.UTF-8").out
    assert "Usage" in here("--help", LANG="zh_CN.UTF-8", YIJI_LANG="en").out
    assert "用法" in here("--help", "--lang=zh", YIJI_LANG="en").out


def test_a_commands_page_has_its_example_and_the_global_options_in_one_language(probe: Run):
    page = probe("probe", "show", "--help", "--lang", "zh").out
    assert "显示一个。" in page
    assert "Show one" not in page
    assert "  yiji probe show 张喆" in page.splitlines()
    assert all(option in page for option in ("--site DIR", "--server HOST:PORT", "--token", "--lang", "--json"))
    assert "Show one." in probe("probe", "show", "--help").out


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_lines_fit_the_terminal_in_cells(here: Run, lang: str):
    for argv in (("--help",), ("init", "--help"), ("outbox", "retry", "--help")):
        page = here(*argv, "--lang", lang, COLUMNS="48").out
        prose = [line for line in page.splitlines() if not line.startswith("  yiji ")]  # an example is never cut
        assert max(cell_len(line) for line in prose) <= 48


def test_colour_is_for_terminals(here: Run):
    assert "\x1b[" not in here("--help").out
    assert "\x1b[" in here("--help", FORCE_COLOR="1").out
    assert "\x1b[" not in here("--help", FORCE_COLOR="1", NO_COLOR="1").out


@pytest.mark.parametrize(
    "code", ["raise RuntimeError('cracked in two')", "import nowhere_to_be_found", "raise SystemExit(7)", "def broken("]
)
def test_a_broken_plugin_is_told_and_harms_nobody(yiji: Run, tmp_path: Path, code: str):
    path = add_plugin(tmp_path / "broken", "shards", shards_plugin=code)
    page = yiji("--help", path=path)
    assert page.code == 0
    assert "Broken plugins" in page.out
    assert any(line.startswith("  shards ") for line in page.out.splitlines())


def test_a_broken_plugins_command_is_missed_with_its_reason(yiji: Run, tmp_path: Path):
    path = add_plugin(tmp_path / "broken", "shards", shards_plugin="import nowhere_to_be_found")
    lost = yiji("shard-command", path=path)
    assert lost.code == 2
    assert "shards" in lost.err
    listed = yiji("plugin", "list", "--json", path=path)
    assert listed.code == 0
    told = {row["name"]: row["problem"] for row in json.loads(listed.out)}
    assert told["shards"].startswith("ModuleNotFound")


def test_a_command_whose_module_fails_is_the_plugins_fault(probe: Run):
    assert "cracked" in probe("--help").out
    done = probe("cracked", "--help")
    assert done.code == 1
    assert "core.plugin_broken" in done.err
    assert "stranger" in done.err
    assert "Traceback" not in done.err


def test_an_app_of_one_command_stays_a_group_and_a_function_is_a_command(probe: Run):
    assert probe("single", "7").out == "7\n"
    assert "verify" in probe("audit", "--help").out


def test_a_group_alone_shows_its_page_on_stderr(here: Run):
    for argv in ((), ("user",)):
        done = here(*argv)
        assert (done.code, done.out) == (2, "")
        assert "Usage" in done.err
        assert "error" not in done.err


def test_completion_names_groups_commands_and_options(probe_apart: Run):
    def complete(words: str) -> str:
        count = str(len(words.split(" ")) - 1)
        return probe_apart(_YIJI_COMPLETE="complete_bash", COMP_WORDS=words, COMP_CWORD=count).out

    assert "plugin" in complete("yiji pl").split()
    assert "check" in complete("yiji plugin ch").split()
    assert "--site" in complete("yiji plugin check --si").split()
