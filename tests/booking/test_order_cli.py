"""Orders at the shell, where no HIS sends them."""

import json
from typing import Any

import pytest

from tests.booking.queue_day import HOSPITAL
from yiji.cli.main import run
from yiji.core.app import App
from yiji.core.contract.catalogue import LoadCatalogue


@pytest.fixture
def yiji(app: App, capfd: pytest.CaptureFixture[str]) -> Any:
    app.bus_as(app.operator_token()).ask(LoadCatalogue(catalogue=HOSPITAL))

    def call(*argv: str, status: int = 0) -> Any:
        capfd.readouterr()
        assert run(["--site", str(app.settings.root), "--json", *argv]) == status, capfd.readouterr()
        told = capfd.readouterr().out
        return json.loads(told) if told.strip() else None

    return call


def test_an_order_is_registered_once_booked_and_withdrawn(yiji: Any):
    patient = yiji("patient", "register", "张三", "--sex", "male")
    exams = [one["code"] for one in yiji("catalogue", "show")["exams"]]
    ordered = ("order", "register", patient["id"], exams[0], "--number", "S1", "--visit", "I")
    order = yiji(*ordered)
    assert order["patient"]["id"] == patient["id"]
    assert order["patient"]["visit_class"] == "I"
    assert [item["exam_code"] for item in order["items"]] == exams[:1]
    assert yiji(*ordered)["id"] == order["id"]  # the same number again
    revoked = yiji("order", "revoke", order["items"][0]["accession_number"], "--reason", "不做了", "--yes")
    assert [item["state"] for item in revoked["items"]] == ["revoked"]


def test_an_order_for_nobody_or_nothing_is_refused(yiji: Any):
    yiji("order", "register", "nobody", "ECG12", status=3)
    patient = yiji("patient", "register", "李四")
    yiji("order", "register", patient["id"], "NO-SUCH", status=2)
