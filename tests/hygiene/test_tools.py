"""The workspace's own small tools find what they look for."""

import json
from pathlib import Path

import pytest

from tests.bench import _report
from tests.hygiene import links, workspace

ROW = {"case": "speed", "value": 3.0, "unit": "x", "bar": ">= 2", "holds": True}


def test_a_broken_link_is_found(tmp_path: Path):
    (tmp_path / "other.md").write_text("# A heading, with `code`\n")
    text = "[a](other.md) [b](other.md#a-heading-with-code) [c](gone.md) [d](other.md#gone) `[e](code.md)` ![f](no.png)"
    assert list(links.broken(tmp_path / "page.md", text)) == ["gone.md", "other.md#gone", "no.png"]


def test_a_bench_that_holds_is_passed():
    assert _report.wrongs([ROW], ["speed"]) == []


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [ROW | {"holds": False}],
        [ROW | {"holds": 1}],
        [ROW | {"value": float("nan")}],
        [ROW, ROW],
        [ROW, ROW | {"case": "other"}],
        [{"case": "speed", "holds": True, "value": 1.0}],
    ],
)
def test_a_bench_that_does_not_hold_is_refused(rows: list[dict[str, object]]):
    assert _report.wrongs(rows, ["speed"])


def test_a_bench_judges_and_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(_report, "BUILD", tmp_path)
    report = _report.Report("some")
    report.case("fast", 3.0, "x", at_least=2)
    report.case("slow", 3.0, "ms", at_most=2)
    assert report.write() == 1
    written = json.loads((tmp_path / "some.json").read_text())
    assert [(row["case"], row["bar"], row["holds"]) for row in written] == [
        ("fast", ">= 2", True),
        ("slow", "<= 2", False),
    ]


def test_every_bench_declares_its_cases():
    benches = [path.stem for path in (workspace.ROOT / "tests" / "bench").glob("[a-z]*.py")]
    assert all(_report.expected(name) for name in benches)
