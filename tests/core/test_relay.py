"""The relay: order kept for each aggregate, three retries, dead letters that hold back only their own aggregate."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event as Flag

import pytest
from sqlalchemy import select

from yiji.core.app import App
from yiji.core.contract.access import AddUser
from yiji.core.contract.delivery import ListDeliveries, ResultDelivered, RetryDelivery
from yiji.core.errors import InvalidMessage, ServerUnavailable
from yiji.core.message import name_of
from yiji.core.plug import Listens
from yiji.core.relay import CLAIMED, Reaction, Subscriber
from yiji.core.store import alerts, outbox
from yiji.core.store.bulk import Writes
from yiji.core.store.tables import DeliveryRow

SEEN: list[str] = []
FAULTS: dict[str, Exception] = {}
LISTENS = Listens("yiji.core.contract.delivery:ResultDelivered", f"{__name__}:hear", "test.hear", channel="peer")


def hear(event: ResultDelivered, reaction: Reaction) -> None:
    """Note what comes, or fail as told."""
    SEEN.append(event.control_id)
    fault = FAULTS.get(event.control_id)
    if fault is not None:
        raise fault
    reaction.ask(AddUser(name=f"u-{event.control_id}", full_name="", roles=()))


@pytest.fixture
def subscriber(app: App, monkeypatch: pytest.MonkeyPatch) -> Iterator[Subscriber]:
    """A listener of its own, pumped by hand."""
    SEEN.clear()
    FAULTS.clear()
    resolved: Callable[[str], object] = {LISTENS.event: ResultDelivered, LISTENS.target: hear}.__getitem__
    monkeypatch.setattr("yiji.core.relay.resolve", resolved)
    monkeypatch.setattr("yiji.core.relay.backoff", lambda attempt: 0.0)
    made = Subscriber(app, LISTENS, Flag())
    yield made
    made.close()


def _publish(app: App, *numbered: tuple[str, ...]) -> None:
    """Publish events of (aggregate, control id, peer)."""
    events = [
        (ResultDelivered(report_id=one[0], item_id="", order_id="", peer="".join(one[2:]), control_id=one[1]), "tester")
        for one in numbered
    ]
    with app.store.begin() as tx:
        writes = Writes()
        outbox.publish(writes, events, {name_of(ResultDelivered): [LISTENS]})
        writes.write(tx.db)


def _drain(subscriber: Subscriber, rounds: int = 20) -> None:
    for _ in range(rounds):
        subscriber.pump()


def test_order_is_kept_within_an_aggregate(app: App, subscriber: Subscriber) -> None:
    _publish(app, ("a", "a1"), ("a", "a2"), ("b", "b1"), ("a", "a3"))
    assert subscriber.pump() == 2  # one an aggregate
    _drain(subscriber)
    assert [one for one in SEEN if one.startswith("a")] == ["a1", "a2", "a3"]
    assert SEEN.count("b1") == 1


def test_three_retries_then_a_dead_letter_that_holds_back_only_its_own(app: App, subscriber: Subscriber) -> None:
    FAULTS["a1"] = InvalidMessage(message="x", detail="never")
    _publish(app, ("a", "a1"), ("a", "a2"), ("b", "b1"))
    _drain(subscriber)
    assert SEEN.count("a1") == 4  # the call and three retries
    assert "a2" not in SEEN
    assert "b1" in SEEN
    bus = app.bus_as(app.operator_token())
    stuck = bus.ask(ListDeliveries()).deliveries
    assert [(one.state, one.attempts) for one in stuck] == [("dead", 4), ("open", 0)]
    with app.store.begin() as tx:
        assert [(topic, count) for topic, _, count in alerts.open_alerts(tx.db)] == [("dead letter: test.hear", 1)]
    FAULTS.clear()
    bus.ask(RetryDelivery(delivery_id=stuck[0].id))
    _drain(subscriber)
    assert [one for one in SEEN if one.startswith("a")][-2:] == ["a1", "a2"]
    with app.store.begin() as tx:
        assert alerts.open_alerts(tx.db) == []


def test_a_peer_that_is_down_burns_no_attempt(app: App, subscriber: Subscriber) -> None:
    FAULTS["a1"] = ServerUnavailable(address="his", detail="refused")
    _publish(app, ("a", "a1"))
    _drain(subscriber, 8)
    assert SEEN.count("a1") == 8
    with app.store.begin() as tx:
        assert tx.db.execute(select(DeliveryRow.table().c.attempts, DeliveryRow.table().c.state)).all() == [(0, "open")]
    FAULTS.clear()
    _drain(subscriber, 2)
    with app.store.begin() as tx:
        assert outbox.count_open(tx.db) == 0


def test_a_peer_that_is_down_pauses_only_its_channel(
    app: App, subscriber: Subscriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("yiji.core.relay.backoff", lambda attempt: 1000.0)
    dead = [f"d{number:02d}" for number in range(2 * CLAIMED)]
    for control in dead:
        FAULTS[control] = ServerUnavailable(address="dead", detail="refused")
    _publish(app, *((control, control, "dead") for control in dead), ("x", "x1", "well"))
    _drain(subscriber, 4)
    assert "x1" in SEEN
    assert len(SEEN) <= 1 + CLAIMED  # whoever was not yet under way when the pause began was not even tried
    with app.store.begin() as tx:
        assert outbox.count_open(tx.db) == len(dead)


def test_two_relays_share_the_work_and_bring_each_once(app: App, subscriber: Subscriber) -> None:
    _publish(app, *((f"agg{number % 5}", f"{number:03d}") for number in range(60)))
    others = [Subscriber(app, LISTENS, Flag()) for _ in range(2)]
    until = time.monotonic() + 30
    with ThreadPoolExecutor(2) as racing, app.store.engine.connect() as db:
        while time.monotonic() < until and outbox.count_open(db):
            list(racing.map(lambda other: other.pump(), others))
            db.rollback()
    for other in others:
        other.close()
    assert sorted(SEEN) == [f"{number:03d}" for number in range(60)]
    for aggregate in range(5):
        mine = [one for one in SEEN if int(one) % 5 == aggregate]
        assert mine == sorted(mine)


def test_a_command_of_a_redelivered_event_is_done_once(app: App, subscriber: Subscriber) -> None:
    """The listener did its work, but the claim's commit was lost: the same event comes again."""
    _publish(app, ("a", "a1"))
    with app.store.engine.connect() as db:
        claimed = outbox.claim(db, LISTENS.name, 1)[0]
        hear(ResultDelivered.model_validate_json(claimed.body), Reaction(app, claimed.event_id, LISTENS.name))
        db.rollback()
    _drain(subscriber, 2)
    assert SEEN == ["a1", "a1"]
    with app.store.begin() as tx:
        keys = tx.db.exec_driver_sql("SELECT count(*) FROM core_key WHERE key LIKE %s", ("%test.hear:1",)).scalar()
    assert keys == 1


def test_what_stands_behind_in_its_aggregate_waits_for_no_call(
    app: App, subscriber: Subscriber, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("yiji.core.relay.IDLE", 1000.0)
    _publish(app, ("rep-1", "1"), ("rep-1", "2"), ("rep-1", "3"))
    stop = threading.Event()
    monkeypatch.setattr(subscriber, "_stop_asked", stop)
    subscriber.start()
    until = time.monotonic() + 20
    while len(SEEN) < 3 and time.monotonic() < until:
        time.sleep(0.02)
    stop.set()
    subscriber.called.set()
    assert len(SEEN) == 3
