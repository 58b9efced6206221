"""Watches, on both buses: answered at once, again when the answer differs, asked once for all, ended in every way."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any, cast

import grpc
import pytest
from sqlalchemy import func, select

from yiji.core.actor import Actor
from yiji.core.app import App
from yiji.core.bus import ActorBus, LocalBus
from yiji.core.contract.access import AddUser
from yiji.core.contract.queue import QueueBoard, WatchQueue
from yiji.core.errors import NotFound, NotPermitted, NotSignedIn, ServerUnavailable
from yiji.core.faces import Bus
from yiji.core.plug import Handles
from yiji.core.rpc.client import RemoteBus
from yiji.core.rpc.methods import method_of
from yiji.core.rpc.server import Server
from yiji.core.store.db import Tx
from yiji.core.store.tables import UserRow
from yiji.core.watch import SOONEST, Told, Watching
from yiji.core.work import Route, Worker

FIRST = date(2026, 1, 1)
ALL = WatchQueue()
PATIENCE = 20.0


@dataclass
class Asked:
    """What the handler was asked, and by whom."""

    by: list[Actor] = field(default_factory=list[Actor])

    def board(self, tx: Tx, watch: WatchQueue, actor: Actor) -> QueueBoard:
        """A board whose day tells how many users there are; the room `none` is not there."""
        self.by.append(actor)
        if watch.room == "none":
            raise NotFound(what="room", id=watch.room)
        count = tx.db.execute(select(func.count()).select_from(UserRow.table())).scalar_one()
        return QueueBoard(day=FIRST + timedelta(days=count), tickets=())


@dataclass
class House:
    """A bus with a watch of the tests' own, served."""

    app: App
    bus: LocalBus
    asked: Asked
    server: Server

    @cached_property
    def address(self) -> str:
        """Where it is served, from the first time on that somebody wants to know."""
        return f"127.0.0.1:{self.server.start()}"

    def add(self, name: str) -> None:
        self.bus.ask(AddUser(name=name, full_name=name, roles=()), token=self.app.operator_token())


@pytest.fixture
def house(app: App) -> Iterator[House]:
    asked = Asked()
    watch = Route(Handles("yiji.core.contract.queue:WatchQueue", f"{__name__}:board"))
    watch._found[watch.handles.target] = asked.board  # pyright: ignore[reportPrivateUsage]
    routes = {"access.AddUser": app.routes["access.AddUser"], "queue.WatchQueue": watch}
    bus = LocalBus(app.store, routes, Worker(app.store))
    server = Server(bus, "127.0.0.1", 0)
    yield House(app, bus, asked, server)
    server.stop(0)
    bus.close()


Opens = Callable[[str], Bus]


@pytest.fixture(params=["local", "remote"])
def opens(request: pytest.FixtureRequest, house: House) -> Iterator[Opens]:
    """Opens a bus for a token."""
    opened: list[Bus] = []

    def open_bus(token: str) -> Bus:
        opened.append(ActorBus(house.bus, token) if request.param == "local" else RemoteBus(house.address, token))
        return opened[-1]

    yield open_bus
    for bus in opened:
        bus.close()


def _wait(true: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < until
        time.sleep(0.02)


def _after(count: int) -> QueueBoard:
    return QueueBoard(day=FIRST + timedelta(days=count), tickets=())


def test_the_answer_comes_at_once_and_again_when_it_differs(house: House, opens: Opens) -> None:
    with closing(opens(house.app.operator_token()).watch(ALL)) as answers:
        assert next(answers) == _after(0)
        house.add("a")
        assert next(answers) == _after(1)
        house.add("b")
        assert next(answers) == _after(2)


def test_an_answer_that_did_not_change_is_not_told_again(house: House, opens: Opens) -> None:
    with closing(opens(house.app.operator_token()).watch(ALL)) as answers:
        assert next(answers) == _after(0)
        house.bus.watches.ring()
        _wait(lambda: len(house.asked.by) >= 2)
        house.add("a")
        assert next(answers) == _after(1)


def test_asking_a_watch_gives_the_answer_of_now(house: House, opens: Opens) -> None:
    bus = opens(house.app.operator_token())
    assert bus.ask(ALL) == _after(0)
    _wait(lambda: house.bus.watches.seats() == 0)


def test_equal_watches_of_equal_rights_are_one_asking(house: House, opens: Opens) -> None:
    tokens = [house.app.token_for(f"screen{number}", "technician") for number in range(20)]
    watching = [opens(token).watch(ALL) for token in tokens]
    assert [next(answers) for answers in watching] == [_after(0)] * 20
    house.add("a")
    assert [next(answers) for answers in watching] == [_after(1)] * 20
    assert {(actor.name, actor.roles) for actor in house.asked.by} == {("", ("technician",))}
    assert len(house.asked.by) < 20
    with closing(opens(house.app.token_for("chief", "admin")).watch(ALL)) as other:
        assert next(other) == _after(1)
    assert house.asked.by[-1].roles == ("admin",)
    for answers in watching:
        answers.close()
    _wait(lambda: house.bus.watches.seats() == 0)


def test_many_changes_are_told_a_few_times_a_second(house: House) -> None:
    with closing(ActorBus(house.bus, house.app.operator_token()).watch(ALL)) as answers:
        next(answers)
        began = time.monotonic()
        for number in range(40):
            house.add(f"u{number}")
        while next(answers) != _after(40):
            pass
        assert len(house.asked.by) <= 2 + (time.monotonic() - began) / SOONEST


def test_who_may_not_ask_may_not_watch(house: House, opens: Opens) -> None:
    refused = ((house.app.token_for("cart", "device"), NotPermitted), ("x.y.z", NotSignedIn), ("", NotSignedIn))
    for token, kind in refused:
        with pytest.raises(kind):
            next(opens(token).watch(ALL))
    assert house.asked.by == []


def test_an_error_ends_the_watch_and_is_told(house: House, opens: Opens) -> None:
    answers = opens(house.app.operator_token()).watch(WatchQueue(room="none"))
    with pytest.raises(NotFound) as missing:
        next(answers)
    assert missing.value.params == {"what": "room", "id": "none"}
    assert house.bus.watches.seats() == 0


def test_a_token_that_runs_out_ends_the_watch(house: House, opens: Opens, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = opens(house.app.operator_token()).watch(ALL)
    next(answers)
    far_away = time.time() + 10**7
    monkeypatch.setattr("yiji.core.actor.time.time", lambda: far_away)
    house.bus.watches.ring()
    with pytest.raises(NotSignedIn):
        next(answers)


def test_closing_from_another_thread_ends_the_iteration(house: House, opens: Opens) -> None:
    answers = opens(house.app.operator_token()).watch(ALL)
    next(answers)
    threading.Timer(0.2, answers.close).start()
    assert list(answers) == []
    assert list(answers) == []
    _wait(lambda: house.bus.watches.seats() == 0)


def test_a_slow_watcher_gets_the_newest_only() -> None:
    watching: Watching[int] = Watching()
    for number in range(5):
        watching.put(Told(number))
    assert next(watching) == 4
    watching.put(Told(5))
    watching.put(NotFound(what="room", id="x"))
    assert next(watching) == 5
    with pytest.raises(NotFound):
        next(watching)
    assert list(watching) == []


def test_a_bus_that_closes_ends_its_watches(house: House) -> None:
    answers = ActorBus(house.bus, house.app.operator_token()).watch(ALL)
    next(answers)
    house.bus.close()
    assert list(answers) == []


def test_a_watch_goes_on_when_the_server_starts_anew(house: House) -> None:
    remote = RemoteBus(house.address, house.app.operator_token())
    with closing(remote.watch(ALL)) as answers:
        assert next(answers) == _after(0)
        house.server.stop(5)
        house.add("a")
        host, _, port = house.address.partition(":")
        again = Server(house.bus, host, int(port))
        again.start()
        assert next(answers) == _after(1)
        again.stop(5)
        with pytest.raises(ServerUnavailable):
            next(answers)
    remote.close()


def test_a_stranger_cancels_or_sets_a_deadline(house: House) -> None:
    method = method_of(WatchQueue)
    metadata = (("authorization", f"Bearer {house.app.operator_token()}"),)
    with grpc.insecure_channel(house.address) as channel:
        stub: Any = cast(Any, channel).unary_stream(method.path)
        call = stub(method.encode_request(ALL), metadata=metadata)
        assert method.decode_response(next(call)) == _after(0)
        assert house.bus.watches.seats() == 1
        call.cancel()
        _wait(lambda: house.bus.watches.seats() == 0)
        late = stub(method.encode_request(ALL), metadata=metadata, timeout=1.0)
        with pytest.raises(grpc.RpcError) as ended:
            list(late)
        assert cast(Any, ended.value).code() is grpc.StatusCode.DEADLINE_EXCEEDED
        _wait(lambda: house.bus.watches.seats() == 0)
