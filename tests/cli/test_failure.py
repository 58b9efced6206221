"""What a user sees when something goes wrong, and what the shell is told."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Run, surroundings
from yiji.core.errors import KINDS, Kind


@pytest.mark.parametrize("kind", list(Kind))
def test_the_exit_status_tells_the_kind(probe: Run, kind: Kind):
    assert probe("probe", "fail", kind).code == KINDS[kind].exit


def test_an_error_has_code_sentence_and_hint_in_the_users_language(probe: Run, tmp_path: Path):
    english = probe("probe", "site", cwd=tmp_path).err.splitlines()
    chinese = probe("probe", "site", "--lang", "zh", cwd=tmp_path).err.splitlines()
    assert english == [
        f"error core.no_site: {tmp_path} is not a yiji site.",
        "  → Make one with yiji init DIR, or name the site's folder with --site.",
    ]
    assert chinese == [
        f"错误 core.no_site：{tmp_path} 不是 yiji 站点。",
        "  → 请用 yiji init DIR 建立站点，或用 --site 指定站点目录。",
    ]


def test_an_unforeseen_fault_goes_to_the_log_with_its_reference(probe_apart: Run, tmp_path: Path):
    done = probe_apart("probe", "crash", "--token", "top-secret", "--json")
    error = json.loads(done.out)["error"]
    log = tmp_path / "state" / "yiji" / "yiji.log"
    assert done.code == 1
    assert error["code"] == "core.internal"
    assert error["params"]["reference"] in done.err
    assert str(log) in done.err
    assert "Traceback" not in done.err
    written = log.read_text()
    assert error["params"]["reference"] in written
    assert "nobody foresaw this" in written
    assert "top-secret" not in written
    assert log.stat().st_mode & 0o077 == 0


def test_a_sites_faults_go_to_the_sites_log(probe: Run, tmp_path: Path):
    (tmp_path / "yiji.toml").write_text('[site]\nid = "t"\n')
    probe("probe", "crash")
    assert "nobody foresaw this" in (tmp_path / "log" / "yiji.log").read_text()


def test_verbose_shows_the_traceback(probe_apart: Run):
    assert "nobody foresaw this" in probe_apart("probe", "crash", "--verbose").err


def test_with_no_place_for_a_log_the_fault_is_not_lost(probe_apart: Run, tmp_path: Path):
    (tmp_path / "file").touch()
    done = probe_apart("probe", "crash", XDG_STATE_HOME=str(tmp_path / "file"))
    assert done.code == 1
    assert "nobody foresaw this" in done.err


def test_a_request_that_does_not_fit_is_the_users_to_mend(probe: Run):
    done = probe("probe", "wrong")
    assert done.code == 2
    assert "core.invalid_message" in done.err
    assert "roles" in done.err


def test_a_value_of_ours_that_does_not_fit_is_our_fault(probe: Run):
    done = probe("probe", "confused")
    assert done.code == 1
    assert "core.internal" in done.err


def test_a_missing_file_is_named(probe: Run):
    done = probe("probe", "read", "/nowhere/at-all.xml", "--lang", "zh")
    assert done.code == 2
    assert "cli.file" in done.err
    assert "/nowhere/at-all.xml" in done.err


def test_leaving_early(probe: Run):
    assert probe("probe", "leave", "number").code == 3
    worded = probe("probe", "leave", "because")
    assert (worded.code, worded.err.splitlines()[-1]) == (1, "because")


def test_ctrl_c_is_130_and_quiet(stranger: Path, tmp_path: Path):
    running = subprocess.Popen(
        [sys.executable, "-m", "yiji.cli", "probe", "wait"],
        env=surroundings(PYTHONPATH=str(stranger)),
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert running.stderr
    while "waiting" not in running.stderr.readline():
        assert running.poll() is None
    running.send_signal(signal.SIGINT)
    _, err = running.communicate(timeout=20)
    assert running.returncode == 130
    assert "Traceback" not in err


def test_a_reader_that_leaves_is_no_trouble(stranger: Path, tmp_path: Path):
    for command in ("probe flood", "--help"):
        script = f"{sys.executable} -m yiji.cli {command} | head -n 1"
        done = subprocess.run(
            ["sh", "-c", script],
            env=surroundings(PYTHONPATH=str(stranger)),
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.stderr == ""
        assert len(done.stdout.splitlines()) == 1
