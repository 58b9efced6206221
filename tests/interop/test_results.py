"""Signed reports on their way to the peers: through the real relay to a real listener."""

import socket
import threading
import time
from base64 import b64decode
from collections.abc import Callable, Iterator
from pathlib import Path

import hl7
import pytest

from tests.interop.conftest import Border
from tests.interop.samples import signed
from yiji.core.app import App
from yiji.core.contract.delivery import (
    Delivery,
    ListDelivered,
    ListDeliveries,
    RecordDelivery,
    ResultDelivered,
    RetryDelivery,
    ShowMessage,
)
from yiji.core.contract.report import ReportSigned
from yiji.core.message import name_of
from yiji.core.plug.manifest import Listens, resolve
from yiji.core.relay import Relay
from yiji.core.store import outbox
from yiji.core.store.bulk import Writes
from yiji.core.testing import Sites
from yiji.interop.policies import control_id
from yiji_sim.his import Listener

PDF = b"%PDF-1.7 a page"


def publish(app: App, event: ReportSigned) -> None:
    """Say that a report is signed, as the reports wing says it."""
    listens = [record for record in app.plugins.records(Listens) if resolve(record.event) is ReportSigned]
    with app.store.begin() as tx:
        event = event.model_copy(update={"pdf": tx.blobs.put(PDF)})
        writes = Writes()
        outbox.publish(writes, [(event, "tester")], {name_of(ReportSigned): listens})
        writes.write(tx.db)


@pytest.fixture
def relay(border: Border) -> Iterator[Relay]:
    """The relay of the site, running."""
    running = Relay(border.app, "relay")
    running.start()
    yield running
    running.stop()


def wait(there: Callable[[], bool], seconds: float = 15) -> None:
    until = time.monotonic() + seconds
    while not there():
        assert time.monotonic() < until, "it did not come"
        time.sleep(0.05)


def open_deliveries(border: Border, subscriber: str = "interop.peers", state: str = "") -> list[Delivery]:
    return list(border.bus.ask(ListDeliveries(subscriber=subscriber, state=state)).deliveries)


def test_a_signed_report_reaches_the_peer_once(border: Border, relay: Relay) -> None:
    publish(border.app, signed())
    wait(lambda: len(border.bus.ask(ListDelivered()).delivered) == 1)
    [result] = border.his.received()
    assert result.times == 1
    raw = result.path.read_bytes()
    tree = hl7.parse(raw)
    assert [tree[f"MSH.F{n}"] for n in (3, 5, 6, 18)] == ["YIJI", "HIS", "EAST", "UNICODE UTF-8"]
    assert b64decode(str(tree.segments("OBX")[-1][5][0][4])) == PDF
    [told] = border.bus.ask(ListDelivered(report_id="rep-1")).delivered
    assert (told.peer, told.control_id, told.acknowledgement) == ("his", result.control_id, "AA")
    assert border.bus.ask(ShowMessage(id=told.blob)).raw == raw
    wait(lambda: not open_deliveries(border))


def test_a_peer_that_is_down_burns_no_attempts_and_gets_it_when_it_is_back(border: Border, relay: Relay) -> None:
    border.his.stop()
    publish(border.app, signed())
    wait(lambda: any("peer_unavailable" in one.error for one in open_deliveries(border)))
    assert [one.attempts for one in open_deliveries(border)] == [0]
    with Listener(border.his.folder, port=border.his.port):
        wait(lambda: len(border.his.received()) == 1)
        wait(lambda: not open_deliveries(border))


def test_a_silent_peer_gets_the_same_control_id_again(border: Border, relay: Relay) -> None:
    border.his.stop()
    with Listener(border.his.folder, port=border.his.port, answers=("-",)) as his:
        publish(border.app, signed())
        wait(lambda: len(border.bus.ask(ListDelivered()).delivered) == 1, 20)
        assert [result.times for result in his.received()] == [2]
    assert not [one for one in open_deliveries(border) if one.attempts]


def test_a_peer_that_refuses_makes_a_dead_letter_that_can_be_sent_again(border: Border, relay: Relay) -> None:
    border.his.stop()
    with Listener(border.his.folder, port=border.his.port, answers=("AE", "AR", "AE", "AE")) as his:
        publish(border.app, signed())
        wait(lambda: bool(open_deliveries(border, state="dead")), 30)
        [dead] = open_deliveries(border, state="dead")
        assert (dead.attempts, "interop.peer_refused" in dead.error, his.received()) == (4, True, [])
        border.bus.ask(RetryDelivery(delivery_id=dead.id))
        wait(lambda: len(his.received()) == 1)


def test_what_the_peer_s_character_set_lacks_is_a_dead_letter(sites: Sites, tmp_path: Path) -> None:
    with Listener(tmp_path / "his") as his:
        extra = f'[[interop.peers]]\nname = "west"\nhost = "127.0.0.1"\nport = {his.port}\ncharset = "8859/1"'
        with sites.open(tmp_path / "site", extra) as app:
            border = Border(app, app.bus_as(app.operator_token()), 0, his)
            relay = Relay(app, "relay")
            publish(app, signed())
            relay.start()
            wait(lambda: any("interop.unwritable" in one.error for one in open_deliveries(border)))
            relay.stop()
        assert his.received() == []


def test_one_peer_s_refusals_cost_another_nothing(sites: Sites, tmp_path: Path) -> None:
    peer = '[[interop.peers]]\nname = "{}"\nhost = "127.0.0.1"\nport = {}\n'
    with Listener(tmp_path / "good") as good, Listener(tmp_path / "bad", answers=["AE"] * 9) as bad:
        extra = peer.format("bad", bad.port) + peer.format("good", good.port)
        with sites.open(tmp_path / "site", extra) as app:
            border = Border(app, app.bus_as(app.operator_token()), 0, good)
            relay = Relay(app, "relay")
            relay.start()
            publish(app, signed())
            wait(lambda: len(good.received()) == 1)
            wait(lambda: bool(open_deliveries(border, state="dead")), 30)
            relay.stop()
        assert [result.times for result in good.received()] == [1]


def test_an_acknowledgement_is_recorded_and_told_once(border: Border) -> None:
    listens = [record for record in border.app.plugins.records(Listens) if resolve(record.event) is ResultDelivered]
    told = RecordDelivery(
        report_id="r", item_id="i", order_id="o", peer="p", control_id="c", blob="b", acknowledgement="AA"
    )
    for _ in range(2):
        border.bus.ask(told)
    assert len(border.bus.ask(ListDelivered(report_id="r")).delivered) == 1
    assert len(border.bus.ask(ListDeliveries()).deliveries) == len(listens)


def test_control_ids_are_the_same_for_the_same_event_and_peer() -> None:
    assert control_id("evt-1", "his") == control_id("evt-1", "his")
    assert len({control_id(event, peer) for event in ("evt-1", "evt-2") for peer in ("a", "b")}) == 4
    assert len(control_id("evt-1", "his")) == 20


def test_a_peer_that_hangs_up_without_an_answer_is_down(border: Border, relay: Relay) -> None:
    border.his.stop()
    with socket.create_server(("127.0.0.1", border.his.port)) as listening:

        def hang_up() -> None:
            connection, _ = listening.accept()
            connection.recv(10)
            connection.close()

        threading.Thread(target=hang_up, daemon=True).start()
        publish(border.app, signed())
        wait(lambda: any("peer_unavailable" in one.error for one in open_deliveries(border)))
    assert [one.attempts for one in open_deliveries(border)] == [0]
