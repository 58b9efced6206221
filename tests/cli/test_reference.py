"""docs/cli.md is made from the commands, the same each time."""

import subprocess
import sys
from pathlib import Path

from tests.cli.conftest import surroundings
from yiji.core.plug.manager import plugins
from yiji.core.plug.manifest import Commands


def make(folder: Path, *argv: str, **env: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "yiji.cli.reference", *argv],
        cwd=folder,
        env=surroundings(**env),
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_page_is_the_same_for_everybody(tmp_path: Path):
    pages: list[str] = []
    for number, env in enumerate(({"LANG": "zh_CN.UTF-8", "COLUMNS": "40"}, {"COLUMNS": "200", "FORCE_COLOR": "1"})):
        folder = tmp_path / str(number)
        folder.mkdir()
        assert make(folder, **env).returncode == 0
        pages.append((folder / "docs" / "cli.md").read_text("utf-8"))
    assert pages[0] == pages[1]
    for record in plugins().records(Commands):
        assert f"## `yiji {record.name}`" in pages[0]


def test_a_stale_page_is_told(tmp_path: Path):
    assert make(tmp_path, "--check").returncode == 1
    assert make(tmp_path).returncode == 0
    assert make(tmp_path, "--check").returncode == 0
    with (tmp_path / "docs" / "cli.md").open("a") as page:
        page.write("a word by hand\n")
    stale = make(tmp_path, "--check")
    assert stale.returncode == 1
    assert "python -m yiji.cli.reference" in stale.stderr
