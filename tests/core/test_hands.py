"""Hands: batches grow while the one hand works, another helps where it must, nothing is left lying."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from yiji.core import hands as room
from yiji.core.contract.access import AddUser, ListUsers
from yiji.core.hands import ENOUGH, Hands
from yiji.core.job import Envelope
from yiji.core.plug import Handles
from yiji.core.work import Route

PATIENCE = 20.0
COMMAND = Route(Handles("yiji.core.contract.access:AddUser", "commands", batch=64))
QUERY = Route(Handles("yiji.core.contract.access:ListUsers", "queries", batch=16))


class Desk:
    """Work that waits until it is let go, and what it was given."""

    def __init__(self) -> None:
        self.batches: list[tuple[str, list[str]]] = []
        self.go = threading.Event()
        self.seen = threading.Semaphore(0)
        self.hands = Hands(self._work)

    def _work(self, route: Route, envelopes: list[Envelope]) -> None:
        self.batches.append((route.name, [envelope.key for envelope in envelopes]))
        self.seen.release()
        assert self.go.wait(PATIENCE)

    def put(self, route: Route, *keys: str) -> None:
        """Let requests wait."""
        request: Any = AddUser(name="a", full_name="", roles=()) if route is COMMAND else ListUsers()
        for key in keys:
            self.hands.put(route, Envelope(request, "", key))

    def await_batches(self, count: int) -> list[list[str]]:
        """Wait until so many batches more were begun."""
        for _ in range(count):
            assert self.seen.acquire(timeout=PATIENCE)
        return [keys for _, keys in self.batches]


@pytest.fixture
def desk() -> Iterator[Desk]:
    """Work that is let go in the end."""
    made = Desk()
    yield made
    made.go.set()
    made.hands.close()


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """No hand seems to be held up."""
    monkeypatch.setattr(room, "HELD_UP", 1000.0)


@pytest.mark.usefixtures("patient")
def test_what_comes_while_the_hand_works_is_the_next_batch(desk: Desk):
    desk.put(COMMAND, "1")
    assert desk.await_batches(1) == [["1"]]
    desk.put(COMMAND, "2", "3", "4")
    desk.put(QUERY, "q")
    assert not desk.seen.acquire(timeout=0.2)  # one hand does it all
    desk.go.set()
    assert sorted(desk.await_batches(2)) == [["1"], ["2", "3", "4"], ["q"]]


@pytest.mark.usefixtures("patient")
def test_a_large_batch_gets_another_hand(desk: Desk):
    desk.put(COMMAND, "first")
    desk.await_batches(1)
    desk.put(COMMAND, *(str(number) for number in range(ENOUGH)))
    assert len(desk.await_batches(1)[1]) == ENOUGH


def test_a_hand_that_is_held_up_is_helped_at_other_desks_only(desk: Desk):
    desk.put(COMMAND, "stuck")
    desk.await_batches(1)
    desk.put(COMMAND, "behind")
    desk.put(QUERY, "q")
    assert desk.await_batches(1) == [["stuck"], ["q"]]
    assert not desk.seen.acquire(timeout=0.3)


def test_a_hand_that_is_held_up_after_a_rest_is_helped_as_well(desk: Desk):
    desk.go.set()
    desk.put(COMMAND, "before")
    desk.await_batches(1)
    assert not desk.seen.acquire(timeout=3 * room.HELD_UP)  # all hands rest
    desk.go.clear()
    desk.put(COMMAND, "stuck")
    desk.await_batches(1)
    desk.put(QUERY, "q")
    assert desk.await_batches(1)[-1] == ["q"]


def test_closing_works_off_what_waits():
    desk = Desk()
    desk.put(COMMAND, *"abc")
    desk.go.set()
    desk.hands.close()
    assert sorted(key for _, keys in desk.batches for key in keys) == ["a", "b", "c"]


def test_closing_hands_that_never_worked_is_quick():
    Hands(lambda route, envelopes: None).close()


def test_a_batch_is_no_larger_than_its_route_allows(desk: Desk):
    desk.put(QUERY, *(str(number) for number in range(40)))
    desk.go.set()
    desk.hands.close()
    sizes = [len(keys) for _, keys in desk.batches]
    assert sum(sizes) == 40
    assert max(sizes) <= QUERY.batch
    assert [key for _, keys in sorted(desk.batches, key=lambda one: int(one[1][0])) for key in keys] == [
        str(number) for number in range(40)
    ]
