"""The commands of devices, as a user types them."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydicom.data import get_testdata_file

REAL = str(get_testdata_file("waveform_ecg.dcm", download=False))


def yiji(*words: str, site: Path | None = None, lang: str = "en") -> tuple[int, str, str]:
    """Run the command; return its exit status, stdout and stderr."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("YIJI_")}
    environment |= {"YIJI_LANG": lang, "NO_COLOR": "1"} | ({"YIJI_SITE": str(site)} if site else {})
    done = subprocess.run(
        [sys.executable, "-m", "yiji.cli", *words], capture_output=True, text=True, env=environment, check=False
    )
    return done.returncode, done.stdout, done.stderr


def told(*words: str, site: Path | None = None) -> Any:
    status, out, errors = yiji(*words, "--json", site=site)
    assert status == 0, errors
    return json.loads(out)


def test_a_file_is_analysed_without_a_site():
    view = told("analyse", REAL)
    rows = {row["code"]: row for row in view["measurements"]}
    assert rows["rr"]["device"] == 982
    assert abs(rows["rr"]["difference"]) < 5
    assert rows["rv5"]["device"] is None
    assert view["findings"][0]["code"] == "machine.sinus_rhythm"


def test_the_table_speaks_the_users_language():
    status, out, _ = yiji("analyse", REAL, lang="zh")
    assert status == 0
    assert "窦性心律" in out
    assert "982" in out
    status, out, _ = yiji("analyse", REAL, lang="en")
    assert "Sinus rhythm" in out


def test_a_hospitals_rules_are_tried_on_a_file(tmp_path: Path):
    own = tmp_path / "own.toml"
    rule = 'id = "told"\nzh = "已测"\nen = "Told"\nwhen = "known heart_rate"\nreason = "{rr:.0f} ms"\nsource = "us"'
    own.write_text(f'name = "own"\nversion = 3\n[[rules]]\n{rule}\n', "utf-8")
    found = {one["code"]: one for one in told("analyse", REAL, "--statements", str(own))["findings"]}
    assert found["machine.told"]["rule"] == "yiji-ecg-statements 1 + own 3 told"
    own.write_text("name = 3", "utf-8")
    status, _, errors = yiji("analyse", REAL, "--statements", str(own))
    assert status
    assert "devices.bad_statements" in errors


def test_a_file_is_described_without_a_site():
    info = told("recording", "info", REAL)
    assert (info["format"], info["rate"], info["device"]) == ("dicom", 1000, "Mortara Instrument, Inc. el250")


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [(b"", 2, "devices.empty_file"), (b"text", 11, "devices.unknown_format"), (None, 3, "devices.file_missing")],
)
def test_a_bad_file_ends_with_its_code(tmp_path: Path, content: bytes | None, status: int, code: str):
    file = tmp_path / "bad.dcm"
    if content is not None:
        file.write_bytes(content)
    ended, out, errors = yiji("analyse", str(file), "--json")
    assert ended == status
    assert code in out + errors


def test_a_recording_is_added_and_shown(site: Path):
    added = told("recording", "add", REAL, "--station", "ECG-1", site=site)
    assert added["order"] is None
    assert [finding["code"] for finding in added["quality"]] == ["match.not_on_worklist"]
    assert told("recording", "info", added["id"], site=site) == added
    assert told("recording", "add", REAL, site=site)["id"] == added["id"]
    assert told("worklist", "list", site=site) == []
    status, out, errors = yiji("recording", "add", REAL, "--accession", "NOWHERE", "--json", site=site)
    assert status == 3
    assert "devices.not_on_worklist" in out + errors
