"""A listener of many: one call for all that is due, and each event by itself when that call fails."""

from collections.abc import Callable, Iterator, Mapping
from threading import Event as Flag

import pytest
from sqlalchemy import select

from yiji.core.app import App
from yiji.core.contract.access import AddUser
from yiji.core.contract.delivery import ResultDelivered
from yiji.core.errors import InvalidMessage, ServerUnavailable
from yiji.core.message import name_of
from yiji.core.plug import Listens
from yiji.core.relay import CLAIMED, Reaction, Subscriber
from yiji.core.store import outbox
from yiji.core.store.bulk import Writes
from yiji.core.store.tables import DeliveryRow, KeyRow

CALLS: list[list[str]] = []
FAULTS: dict[str, Exception] = {}
KIND = "yiji.core.contract.delivery:ResultDelivered"
LISTENS = Listens(KIND, f"{__name__}:hear", "test.many", channel="peer", many=True)


def hear(events: Mapping[str, ResultDelivered], reaction: Reaction) -> None:
    """Note a call, or fail as the first of its events that has to does."""
    told = [event.control_id for event in events.values()]
    CALLS.append(told)
    for control in told:
        if control in FAULTS:
            raise FAULTS[control]
    reaction.ask(AddUser(name="-".join(["u", *told[:3]]), full_name="", roles=()))


@pytest.fixture
def subscriber(app: App, monkeypatch: pytest.MonkeyPatch) -> Iterator[Subscriber]:
    """A listener of its own, pumped by hand."""
    CALLS.clear()
    FAULTS.clear()
    resolved: Callable[[str], object] = {LISTENS.event: ResultDelivered, LISTENS.target: hear}.__getitem__
    monkeypatch.setattr("yiji.core.relay.resolve", resolved)
    monkeypatch.setattr("yiji.core.relay.backoff", lambda attempt: 0.0)
    made = Subscriber(app, LISTENS, Flag())
    yield made
    made.close()


def _publish(app: App, *numbered: tuple[str, str, str]) -> None:
    """Publish events of (aggregate, control id, peer)."""
    events = [
        (ResultDelivered(report_id=about, item_id="", order_id="", peer=peer, control_id=control), "tester")
        for about, control, peer in numbered
    ]
    with app.store.begin() as tx:
        writes = Writes()
        outbox.publish(writes, events, {name_of(ResultDelivered): [LISTENS]})
        writes.write(tx.db)


def _deliveries(app: App) -> list[tuple[str, str, int]]:
    """Return (aggregate, state, attempts) of all deliveries."""
    row = DeliveryRow.table()
    with app.store.begin() as tx:
        told = tx.db.execute(select(row.c.aggregate, row.c.state, row.c.attempts).order_by(row.c.seq))
        return [(about, state, attempts) for about, state, attempts in told]


def _keys(app: App) -> set[str]:
    key = KeyRow.table().c.key
    with app.store.begin() as tx:
        return set(tx.db.execute(select(key).where(key.contains(":test.many:"))).scalars())


def test_all_that_is_due_comes_in_one_call_and_each_aggregate_in_order(app: App, subscriber: Subscriber) -> None:
    _publish(app, ("a", "a1", "p"), ("b", "b1", "p"), ("a", "a2", "p"), ("c", "c1", "p"))
    assert [subscriber.pump() for _ in range(3)] == [3, 1, 0]
    assert CALLS == [["a1", "b1", "c1"], ["a2"]]
    assert {state for _, state, _ in _deliveries(app)} == {"done"}


def test_what_ails_one_event_is_its_own_dead_letter_only(app: App, subscriber: Subscriber) -> None:
    FAULTS["b1"] = InvalidMessage(message="x", detail="never")
    _publish(app, ("a", "a1", "p"), ("b", "b1", "p"), ("c", "c1", "p"))
    subscriber.pump()
    assert CALLS[0] == ["a1", "b1", "c1"]
    assert sorted(CALLS[1:]) == [["a1"], ["b1"], ["c1"]]
    assert _deliveries(app) == [("a", "done", 0), ("b", "open", 1), ("c", "done", 0)]
    for _ in range(5):
        subscriber.pump()
    assert CALLS[4:] == [["b1"]] * 3  # three retries
    assert _deliveries(app) == [("a", "done", 0), ("b", "dead", 4), ("c", "done", 0)]


def test_a_fault_of_the_program_is_met_in_the_same_way(app: App, subscriber: Subscriber) -> None:
    FAULTS["a1"] = ZeroDivisionError()
    _publish(app, ("a", "a1", "p"), ("b", "b1", "p"))
    subscriber.pump()
    assert _deliveries(app) == [("a", "open", 1), ("b", "done", 0)]


def test_what_is_down_for_all_pauses_all_and_burns_no_attempt(
    app: App, subscriber: Subscriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits = [0.0]
    monkeypatch.setattr("yiji.core.relay.backoff", lambda attempt: waits[0])
    many = [(f"n{number:02d}", f"n{number:02d}", "") for number in range(CLAIMED)]
    FAULTS.update({control: ServerUnavailable(address="db", detail="refused") for _, control, _ in many})
    _publish(app, *many)
    subscriber.pump()
    assert {(state, attempts) for _, state, attempts in _deliveries(app)} == {("open", 0)}
    FAULTS.clear()
    CALLS.clear()
    subscriber.pump()
    assert [len(told) for told in CALLS] == [CLAIMED]  # back in one call, all of them
    assert {state for _, state, _ in _deliveries(app)} == {"done"}
    waits[0] = 1000.0
    FAULTS["x1"] = ServerUnavailable(address="db", detail="refused")
    _publish(app, ("x", "x1", "gone"))
    subscriber.pump()
    CALLS.clear()
    _publish(app, ("y", "y1", "gone"), ("z", "z1", "well"))
    subscriber.pump()
    assert CALLS == [["z1"]]  # who shares the channel of what is down is not even tried


def test_a_key_is_of_all_events_that_came_together(app: App, subscriber: Subscriber) -> None:
    """The claim's COMMIT was lost, and one more has come: the same first event, but not the same command."""
    _publish(app, ("a", "a1", "p"), ("b", "b1", "p"))
    with app.store.engine.connect() as db:
        claims = outbox.claim(db, LISTENS.name, CLAIMED)
        assert subscriber._bring_all(claims) == subscriber._bring_all(claims) == [None, None]
        db.rollback()
    assert len(_keys(app)) == 1  # the same company again gets the same answer
    _publish(app, ("c", "c1", "p"))
    subscriber.pump()
    assert CALLS == [["a1", "b1"], ["a1", "b1"], ["a1", "b1", "c1"]]
    assert len(_keys(app)) == 2
    assert all(state == "done" for _, state, _ in _deliveries(app))
