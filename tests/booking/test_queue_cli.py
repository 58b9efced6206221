"""The queue and the guide sheet at the shell, as a desk uses them."""

import json
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.booking.queue_day import Day, at, open_hospital
from tests.reports.looking import texts
from yiji.cli.main import run
from yiji.core import clock
from yiji.core.app import App


@pytest.fixture
def day(app: App, monkeypatch: pytest.MonkeyPatch) -> Day:
    bus = app.bus_as(app.operator_token())
    made = Day(bus, at(7), count(1))
    monkeypatch.setattr(clock, "now", lambda: made.now)
    open_hospital(bus)
    made.now = at(9)
    return made


@pytest.fixture
def yiji(app: App, capfd: pytest.CaptureFixture[str]) -> Any:
    def call(*argv: str, status: int = 0) -> Any:
        capfd.readouterr()
        assert run(["--site", str(app.settings.root), "--json", *argv]) == status, capfd.readouterr()
        told = capfd.readouterr().out
        return json.loads(told) if told.strip() else None

    return call


def test_a_patients_way_through_the_queue(day: Day, yiji: Any):
    booked = [day.book(at(9)) for _ in range(3)]
    first = yiji("queue", "check-in", booked[0].accession_number)
    assert (first["number"], first["rank"], first["ahead"]) == ("A001", "ordinary", 0)
    second = yiji("queue", "check-in", booked[1].id, "--rank", "emergency", "--note", "胸痛")
    assert (second["ahead"], second["note"]) == (0, "胸痛")
    yiji("booking", "check-in", booked[2].accession_number)
    assert [one["number"] for one in yiji("queue", "show", "--room", "ECG-R1")] == ["A002", "A001", "A003"]
    assert yiji("queue", "call", "--room", "ECG-R1")["number"] == "A002"
    assert yiji("queue", "recall", "A002")["calls"] == 2
    assert yiji("queue", "skip", booked[1].accession_number)["state"] == "skipped"
    assert yiji("queue", "back", "A002", "--room", "ECG-R1")["state"] == "ready"
    assert yiji("queue", "triage", "A003", "urgent")["ahead"] == 1
    moved = yiji("queue", "transfer", "A001", "ECG-R2", "--reason", "设备故障")
    assert (moved["room"], moved["number"]) == ("ECG-R2", "A001")
    assert yiji("queue", "call", "A001")["state"] == "called"
    assert yiji("queue", "start", "A001")["state"] == "in_progress"
    yiji("queue", "finish", "A001")
    assert [one["number"] for one in yiji("queue", "show")] == ["A002", "A003"]
    refused = yiji("queue", "skip", "A009", status=3)
    assert refused["error"]["code"] == "core.not_found"


def test_a_number_that_two_rooms_gave_wants_its_room(day: Day, yiji: Any):
    day.come(at(9))
    day.come(at(9), device="ECG-2")
    yiji("queue", "call", "A001", status=2)
    assert yiji("queue", "call", "A001", "--room", "ECG-R2")["room"] == "ECG-R2"


def test_a_wall_screen_shows_masked_names(app: App, day: Day, capfd: pytest.CaptureFixture[str]):
    day.come(at(9), name="欧阳若琳")
    assert run(["--site", str(app.settings.root), "--lang", "zh", "queue", "watch", "--changes", "1"]) == 0
    shown = capfd.readouterr().out
    assert "欧**琳" in shown
    assert "候诊队列 2026-11-23" in shown
    assert run(["--site", str(app.settings.root), "queue", "watch", "--changes", "1", "--names"]) == 0
    assert "欧阳若琳" in capfd.readouterr().out


def test_the_guide_sheet_is_written(day: Day, yiji: Any, tmp_path: Path):
    day.book(at(9), patient="P900", name="王喆堃")
    day.book(at(10), patient="P900", name="王喆堃", device="US-1", exam="USABD")
    sheet = yiji("booking", "guide", "P900")
    assert [step["exam_name_en"] for step in sheet["steps"]] == ["12-lead ECG", "Abdominal ultrasound"]
    out = tmp_path / "guide.pdf"
    written = yiji("booking", "guide", "P900", "--out", str(out), "--sheet", "both")
    assert (written["steps"], written["pages"], written["patient_name"]) == (2, 1, "王喆堃")
    (page,) = texts(out.read_bytes())
    for said in ("王喆堃", "腹部彩超", "Abdominal ultrasound", "空腹 8 小时", "Fast for 8 hours", "09:00", "10:00"):
        assert said in page, said
