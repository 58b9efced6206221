"""``yiji message``."""

import json

import pytest

from tests.interop.conftest import Border
from yiji.cli.main import run
from yiji.core.contract.delivery import RecordDelivery
from yiji_sim.his import OrderForm, send, write_order

RAW = write_order(OrderForm((("ECG12", "心电图"),), control_id="C1", placers=("R1",), charset="GB 18030-2000"))


@pytest.fixture
def site(border: Border) -> str:
    """A site that has heard one order."""
    send("127.0.0.1", border.port, RAW)
    return str(border.app.settings.root)


def test_list_and_show(site: str, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert run(["message", "list", "--site", site, "--json"]) == 0
    [kept] = json.loads(capfdbinary.readouterr().out)
    assert (kept["sender"], kept["control_id"]) == ("HIS^EAST", "C1")
    assert run(["message", "show", kept["id"], "--site", site]) == 0
    assert "PID|1||P0001^^^HIS^MR||张三" in capfdbinary.readouterr().out.decode()
    assert run(["message", "show", kept["id"], "--raw", "--site", site]) == 0
    assert capfdbinary.readouterr().out == RAW


def test_sent(border: Border, site: str, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    told = RecordDelivery(
        report_id="r", item_id="i", order_id="o", peer="his", control_id="c", blob="b", acknowledgement="AA"
    )
    border.bus.ask(told)
    assert run(["message", "sent", "--site", site, "--json"]) == 0
    assert [one["peer"] for one in json.loads(capfdbinary.readouterr().out)] == ["his"]


def test_a_message_that_is_not_there(site: str) -> None:
    assert run(["message", "show", "msg-none", "--site", site]) == 3
