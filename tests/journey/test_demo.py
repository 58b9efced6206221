"""`yiji demo`, as a user runs it."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from journey.rounds import forget_cluster

from yiji.interop import parse

STEPS = [
    "site", "daemons", "order-ecg12", "order-ucg", "slots-ecg12", "book-ecg12", "slots-ucg", "book-ucg", "worklist",
    "check-in", "call", "acquire", "report", "page", "sign", "deliver",
]  # fmt: skip


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, object]]:
    """What `yiji demo --json` printed."""
    out = tmp_path_factory.mktemp("demo") / "site"
    command = [str(Path(sys.executable).with_name("yiji")), "demo", "--json", "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=110, check=False)
    try:
        assert done.returncode == 0, done.stdout + done.stderr
        yield json.loads(done.stdout)
    finally:
        forget_cluster(out)


def test_every_step_is_done(outcome: dict[str, object]) -> None:
    steps = outcome["steps"]
    assert isinstance(steps, list)
    assert [step["step"] for step in steps] == STEPS
    assert all(step["ok"] and {"seconds", "bound", "within"} <= set(step) for step in steps)


def test_the_rr_interval_is_the_carts(outcome: dict[str, object]) -> None:
    rows = outcome["comparison"]
    assert isinstance(rows, list)
    rr = next(row for row in rows if row["code"] == "rr")
    assert abs(rr["difference"]) <= 5
    assert {"pr", "qrs", "qt"} <= {row["code"] for row in rows}


def test_the_result_at_the_his(outcome: dict[str, object]) -> None:
    received = outcome["received"]
    assert isinstance(received, list)
    assert len(received) == 1
    result = parse(Path(received[0]).read_bytes())
    assert result.get("MSH-9.1") == "ORU"
    assert result.get("PID-5.1") == "欧阳喆"
    values = {segment.text(3): segment.text(2) for segment in result.all("OBX")}
    assert list(values.values()).count("NM") >= 5
    assert "ED" in values.values()
    assert all(segment.text(11) == "F" for segment in result.all("OBX"))


def test_the_page_reads(outcome: dict[str, object]) -> None:
    pdf = Path(str(outcome["pdf"]))
    assert pdf.read_bytes().startswith(b"%PDF-")
    pdftotext = shutil.which("pdftotext")
    if pdftotext:  # a second reader, where there is one; the reports' own tests read the page without it
        text = subprocess.run([pdftotext, str(pdf), "-"], capture_output=True, text=True, check=True).stdout
        assert "欧阳喆" in text


def test_the_audit_chain_has_heads(outcome: dict[str, object]) -> None:
    assert Path(str(outcome["audit"])).read_text().strip()
