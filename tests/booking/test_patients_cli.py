"""``yiji patient``, as it is typed."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from booking.people import NI

from yiji.cli.main import run


class Typist:
    """Types commands on a site and reads what comes."""

    def __init__(self, site: Path, seen: pytest.CaptureFixture[str]) -> None:
        self.site = str(site)
        self.seen = seen

    def __call__(self, *words: str, code: int = 0) -> str:
        got = run(["patient", *words, "--site", self.site, "--lang", "zh"])
        out, self.err = self.seen.readouterr()
        assert got == code, self.err
        return out

    def told(self, *words: str) -> Any:
        return json.loads(self(*words, "--json"))


@pytest.fixture
def patient(site: Path, capfd: pytest.CaptureFixture[str]) -> Typist:
    """``yiji patient`` on a fresh site."""
    return Typist(site, capfd)


def test_register_find_show_note(patient: Typist) -> None:
    known = patient.told("register", "单小红", "--number", "HIS:P1", "--number", "LIS:9", "--identity", NI)
    assert (known["birth_date"], known["sex"]) == ("1980-02-29", "male")
    assert patient.told("register", "单小虹", "--patient", known["id"], "--phone", "13800138000")["name"] == "单小虹"
    shown = patient("find", "shanxiao")
    assert "单小虹" in shown
    assert "HIS:P1" in shown
    assert patient.told("find", "8000")[0]["id"] == known["id"]
    noted = patient.told("note", "HIS:P1", "egfr", "--value", "35", "--at", "2026-01-02 08:00:00")
    assert noted["facts"][0]["at"] == "2026-01-02T00:00:00Z"  # told on the hospital's clock
    assert patient.told("note", "HIS:P1", "pregnant")["facts"][1]["value"] == "yes"
    patient("show", "nobody", code=3)
    patient("register", "张三", "--identity", "330102198002290016", code=2)
    assert "校验码不符" in patient.err
    patient("register", "张三", "--number", "P1", code=2)


def test_merge_asks_first(patient: Typist, monkeypatch: pytest.MonkeyPatch) -> None:
    one = patient.told("register", "张三", "--number", "HIS:P1", "--born", "1980-01-02")
    other = patient.told("register", "张叁", "--number", "HIS:P2", "--born", "1980-01-02")
    stranger = patient.told("register", "李四", "--number", "HIS:P3")
    assert "姓名同音, 出生日期相同" in patient("duplicates", "--patient", "P1")
    assert patient.told("duplicates")[0]["score"] == pytest.approx(0.7)
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    patient("merge", "P1", "P2", "--reason", "同一人", code=1)
    assert "相似度 0.70：姓名同音, 出生日期相同" in patient.err
    assert patient.told("show", other["id"])["merged_into"] == ""
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    patient("merge", "P1", "P3", "--reason", "同一人", code=1)
    assert "看不出" in patient.err
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    patient("merge", "P1", "P2", "--reason", "同一人")
    assert patient.told("show", "P2")["id"] == one["id"]
    patient("merge", "P1", "P3", "--reason", "同一人", "--yes")
    assert patient.told("unmerge", stranger["id"], "--reason", "并错了")["id"] == stranger["id"]
    patient("unmerge", stranger["id"], "--reason", "并错了", code=5)


def test_block_appeal_settle(patient: Typist) -> None:
    known = patient.told("register", "张三", "--number", "HIS:P1")
    block = patient.told("block", "P1", "--reason", "爽约三次", "--days", "30")
    assert "爽约三次" in patient("blocks")
    assert patient.told("appeal", block["id"], "当天急诊住院")["state"] == "appealed"
    assert [one["id"] for one in patient.told("blocks", "--state", "appealed")] == [block["id"]]
    assert patient.told("settle", block["id"], "--lift", "--decision", "情况属实")["state"] == "lifted"
    assert patient.told("blocks", "--patient", "P1", "--state", "active") == []
    patient("settle", block["id"], "--decision", "再裁定", code=5)
    assert "已解除" in patient.err
    assert patient.told("token", "P1")["user"] == f"patient:{known['id']}"
    patient("token", "pat-nobody", code=3)
