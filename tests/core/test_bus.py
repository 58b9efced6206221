"""The bus: group commit with one outcome each, and a poisonous command that harms nobody else."""

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select, text

from yiji.core.actor import Actor
from yiji.core.app import App
from yiji.core.bus import FutureSink, LocalBus
from yiji.core.contract.access import AddUser, ListUsers, ListUsersResult, User
from yiji.core.errors import DeadlinePassed, InternalError, InvalidMessage, NotPermitted, UnknownMessage, YijiError
from yiji.core.job import Envelope, Job, Question
from yiji.core.message import Command
from yiji.core.plug import Handles
from yiji.core.store.db import Tx
from yiji.core.store.tables import AuditRow, KeyRow, UserRow
from yiji.core.work import Route, Worker

BATCHES: list[int] = []


def add_with_poison(tx: Tx, jobs: Sequence[Job[AddUser]]) -> list[User | YijiError]:
    """A handler whose transaction fails as a whole when one of its names is poison."""
    BATCHES.append(len(jobs))
    rows = [
        {"name": job.command.name, "full_name": "", "roles": [], "department": "", "active": True, "at": "now"}
        for job in jobs
    ]
    for row in rows:
        name = "1/0" if row["name"].startswith("poison") else "1"
        tx.db.execute(text(f"SELECT {name}"))
    time.sleep(0.02)
    insert = "INSERT INTO core_user VALUES (:name, :full_name, :roles, :department, :active, now())"
    tx.db.execute(text(insert), rows)
    return [User(name=job.command.name, full_name="", roles=()) for job in jobs]


@pytest.fixture
def grouped(app: App) -> LocalBus:
    """A bus whose AddUser is batchable and poisonable."""
    BATCHES.clear()
    route = Route(Handles("yiji.core.contract.access:AddUser", f"{__name__}:add_with_poison", batch=64))
    route._found[route.handles.target] = add_with_poison
    return LocalBus(app.store, {route.name: route}, Worker(app.store))


def _user(name: str) -> AddUser:
    return AddUser(name=name, full_name="", roles=())


def _submit(bus: LocalBus, app: App, commands: Sequence[AddUser]) -> list[object]:
    sinks: list[FutureSink[User]] = [FutureSink() for _ in commands]
    token = app.operator_token()
    for command, sink in zip(commands, sinks, strict=True):
        bus.submit(Envelope(command, token), sink)
    return [sink.future.exception(20) or sink.future.result() for sink in sinks]


def test_concurrent_commands_share_a_commit(app: App, grouped: LocalBus) -> None:
    answers = _submit(grouped, app, [_user(f"u{number}") for number in range(50)])
    assert all(isinstance(answer, User) for answer in answers)
    assert sum(BATCHES) == 50
    assert len(BATCHES) <= 4
    grouped.close()


def test_poison_fails_alone(app: App, grouped: LocalBus) -> None:
    names = [f"u{number}" for number in range(20)]
    names[7] = "poison"
    answers = _submit(grouped, app, [_user(name) for name in names])
    assert [index for index, answer in enumerate(answers) if isinstance(answer, InternalError)] == [7]
    with app.store.begin() as tx:
        kept = set(tx.db.execute(select(UserRow.table().c.name)).scalars())
        leaves = tx.db.execute(select(func.count()).where(AuditRow.table().c.outcome == "ok")).scalar()
    assert kept == {name for name in names if name != "poison"}
    assert leaves == 19
    grouped.close()


def test_a_refusal_is_a_value_and_leaves_a_leaf_but_no_key(app: App) -> None:
    bus = app.bus_as(app.operator_token())
    with pytest.raises(InvalidMessage):
        bus.ask(AddUser(name="x", full_name="X", roles=("wizard",)), key="k")
    with app.store.begin() as tx:
        assert tx.db.execute(select(AuditRow.table().c.outcome)).scalars().all() == ["core.invalid_message"]
        assert tx.db.execute(select(func.count()).select_from(KeyRow.table())).scalar() == 0
    assert bus.ask(AddUser(name="x", full_name="X", roles=("doctor",)), key="k").name == "x"


def test_a_deadline_that_passed_drops_the_work(app: App) -> None:
    sink: FutureSink[User] = FutureSink()
    app.bus.submit(Envelope(_user("late"), app.operator_token(), deadline=time.monotonic() - 1), sink)
    with pytest.raises(DeadlinePassed):
        sink.future.result(5)
    assert all(user.name != "late" for user in app.bus_as(app.operator_token()).ask(ListUsers()).users)


def test_a_message_nobody_handles(app: App) -> None:
    class Unheard(Command[User], permission="x.y"):
        """Nobody handles this."""

    with pytest.raises(UnknownMessage):
        app.bus.ask(Unheard(), token=app.operator_token())


def test_a_message_without_permission_cannot_be_written() -> None:
    with pytest.raises(TypeError, match="names no permission"):

        class Open(Command[User]):
            """No permission."""


def test_the_same_key_from_two_processes(app: App) -> None:
    """Two buses on one database stand for two processes: the key decides, both give one answer."""
    other = LocalBus(app.store, app.routes, Worker(app.store))
    gate = threading.Barrier(2)

    def ask(bus: LocalBus) -> User:
        gate.wait()
        return bus.ask(AddUser(name="a", full_name="A", roles=("doctor",)), token=app.operator_token(), key="same")

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(ask, [app.bus, other])
    assert first == second
    with app.store.begin() as tx:
        assert tx.db.execute(select(func.count()).select_from(KeyRow.table())).scalar() == 1
    other.close()


def test_whom_the_gate_sends_away_is_in_the_audit(app: App) -> None:
    with pytest.raises(NotPermitted):
        app.bus_as(app.token_for("cart", "device")).ask(_user("x"))
    until = time.monotonic() + 5
    leaves: list[object] = []
    while time.monotonic() < until and not leaves:
        with app.store.begin() as tx:
            columns = (AuditRow.table().c.actor, AuditRow.table().c.outcome)
            leaves = [tuple(row) for row in tx.db.execute(select(*columns))]
    assert leaves == [("cart", "core.not_permitted")]


ASKED: list[tuple[str, str]] = []


def note_who_asks(tx: Tx, questions: Sequence[Question[ListUsers]]) -> list[ListUsersResult]:
    """A query that notes for whom it was answered."""
    ASKED.extend((question.actor.name, type(question.query).__name__) for question in questions)
    return [ListUsersResult(users=()) for _ in questions]


def test_the_same_question_of_the_same_actor_is_answered_once_in_a_batch(app: App):
    ASKED.clear()
    route = Route(Handles("yiji.core.contract.access:ListUsers", f"{__name__}:note_who_asks", batch=16))
    route._found[route.handles.target] = note_who_asks
    envelopes = [Envelope(ListUsers(), "") for _ in range(4)]
    for envelope, name in zip(envelopes, ("a", "a", "b", "a"), strict=True):
        envelope.actor = Actor(name, ("admin",), "site")
    outcomes = Worker(app.store).run(route, envelopes)
    assert [name for name, _ in ASKED] == ["a", "b"]
    assert outcomes[0] is outcomes[1] is outcomes[3]
    assert outcomes[2] is not outcomes[0]
