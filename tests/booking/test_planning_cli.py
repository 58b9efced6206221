"""``yiji booking plan``, as a desk uses it."""

import json
from typing import Any

import pytest
from builders import order

from yiji.cli.main import run
from yiji.core.app import App
from yiji.core.bus import ActorBus
from yiji.core.contract.booking import ListAppointments


@pytest.fixture
def yiji(app: App, capfd: pytest.CaptureFixture[str]) -> Any:
    def call(*argv: str, status: int = 0) -> tuple[str, str]:
        capfd.readouterr()
        assert run(["--site", str(app.settings.root), *argv]) == status
        return capfd.readouterr()

    return call


def test_alternatives_are_read_as_tables_in_both_languages(bus: ActorBus, yiji: Any):
    kept = bus.ask(order(1, "ECG12", "USABD"))
    accession = [item.accession_number for item in kept.items]
    zh, _ = yiji("--lang", "zh", "booking", "plan", *accession)
    assert "方案 1" in zh
    assert "方案 3" in zh
    assert "来院次数最少：1 次" in zh
    assert "fewest visits" not in zh
    assert "腹部彩超" in zh
    en, _ = yiji("--lang", "en", "booking", "plan", kept.id)
    assert "Alternative 1" in en
    assert "fewest visits: 1" in en
    assert bus.ask(ListAppointments(patient_id=kept.patient.id)).appointments == ()


def test_an_alternative_is_booked_or_held(bus: ActorBus, yiji: Any):
    booked, held = bus.ask(order(1, "ECG12", "USABD")), bus.ask(order(2, "ECG12", "USABD"))
    told = json.loads(yiji("--json", "booking", "plan", booked.id, "--book", "2", "--key", "k1")[0])
    assert [one["state"] for one in told["appointments"]] == ["booked", "booked"]
    told = json.loads(yiji("--json", "booking", "plan", held.id, "--hold", "1")[0])
    assert [one["state"] for one in told["appointments"]] == ["held", "held"]
    assert len({one["plan_id"] for one in told["appointments"]} - {""}) == 1


def test_what_makes_no_sense_is_told(bus: ActorBus, yiji: Any):
    kept = bus.ask(order(1))
    assert "--book" in yiji("booking", "plan", kept.id, "--book", "1", "--hold", "1", status=2)[1]
    _, told = yiji(
        "--lang", "en", "booking", "plan", kept.id, "--days", "1", "--day", "2099-01-01", "--book", "1", status=3
    )
    assert "alternative" in told
    yiji("booking", "plan", "nothing-like-it", status=3)
