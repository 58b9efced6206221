"""The global options: before or after the command, the nearest to the end counts."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run


def lang_seen(out: str) -> str:
    return json.loads(out)["lang"]


@pytest.mark.parametrize(
    "argv",
    [
        ("--json", "--lang", "zh", "probe", "show", "x"),
        ("probe", "--json", "--lang", "zh", "show", "x"),
        ("probe", "show", "x", "--json", "--lang", "zh"),
        ("--json", "probe", "show", "--lang=zh", "x"),
        ("--lang", "en", "probe", "--lang", "en", "show", "x", "--json", "--lang", "zh"),
    ],
)
def test_options_stand_before_or_after(probe: Run, argv: tuple[str, ...]):
    done = probe(*argv)
    assert done.code == 0, done.err
    assert lang_seen(done.out) == "zh"


def test_after_two_dashes_all_are_arguments(probe: Run):
    done = probe("probe", "show", "--", "--json")
    assert done.code == 0
    assert "--json" in done.out
    assert not done.out.startswith("{")


def make_site(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "yiji.toml").write_text('[site]\nid = "t"\n')
    return folder


def test_the_site_is_named_or_found_upwards(probe: Run, tmp_path: Path):
    one, other = make_site(tmp_path / "one"), make_site(tmp_path / "other")
    (one / "a" / "b").mkdir(parents=True)

    def site(*argv: str, **more: object) -> str:
        return json.loads(probe("probe", "site", *argv, **more).out)["site"]

    assert site(cwd=one / "a" / "b") == str(one)
    assert site(cwd=one, YIJI_SITE=str(other)) == str(other)
    assert site("--site", str(one), YIJI_SITE=str(other)) == str(one)
    assert site("--site", str(one), YIJI_SERVER="127.0.0.1:1") == str(one)


def test_no_site_is_an_error_that_says_what_to_do(probe: Run, tmp_path: Path):
    for argv in ((), ("--site", str(tmp_path / "nowhere"))):
        done = probe("probe", "site", *argv)
        assert done.code == 3
        assert "core.no_site" in done.err
        assert "yiji init" in done.err


def test_a_local_command_is_not_asked_of_a_server(probe: Run, tmp_path: Path):
    done = probe("probe", "site", "--server", "127.0.0.1:1", cwd=make_site(tmp_path / "one"))
    assert done.code == 11
    assert "cli.site_needed" in done.err


@pytest.mark.parametrize(
    "argv", [("--lang", "fr", "probe", "show", "x"), ("--site",), ("probe", "show", "x", "--lang", "fr")]
)
def test_a_wrong_value_is_a_wrong_command_line(probe: Run, argv: tuple[str, ...]):
    done = probe(*argv)
    assert done.code == 2
    assert "cli.usage" in done.err


def test_the_version(yiji: Run):
    plain = yiji("--version")
    assert plain.out.startswith("yiji ")
    assert json.loads(yiji("--version", "--json").out) == {"version": plain.out.split()[1]}
