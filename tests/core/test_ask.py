"""Statements asked of psycopg itself: the same answers, the same errors for the bus, values of the statement kept."""

import psycopg
import pytest
from sqlalchemy import bindparam, literal, select, text
from sqlalchemy.exc import DBAPIError

from yiji.core.app import App
from yiji.core.contract.access import AddUser
from yiji.core.store.ask import Asked
from yiji.core.store.bulk import Writes
from yiji.core.store.db import is_collision, is_lost, wants_rerun
from yiji.core.store.match import one_of_named, texts
from yiji.core.store.tables import KeyRow, UserRow

USER, KEY = UserRow.table(), KeyRow.table()
BY_NAME = "SELECT name FROM core_user WHERE department = 'Y'"
ODD = ['a"b', "c\\d", "{e}", "f,g", "", "患者", "NULL", " h "]


@pytest.fixture
def app(app: App) -> App:
    """A site with one user."""
    app.bus_as(app.operator_token()).ask(AddUser(name="li", full_name="李", roles=()))
    return app


def test_texts_are_read_back_as_they_were(app: App):
    with app.store.begin() as tx:
        rows = Asked("SELECT one FROM unnest(%(all)s::text[]) AS one").all(tx.db, all=texts(ODD))
    assert [row.one for row in rows] == ODD


def test_a_statement_keeps_the_values_that_stand_in_it(app: App):
    asked = Asked(select(literal("own").label("own"), bindparam("given").label("given")))
    with app.store.begin() as tx:
        (row,) = asked.all(tx.db, given="here")
    assert (row.own, row.given) == ("own", "here")


def test_names_among_many_are_found(app: App):
    asked = Asked(select(USER.c.name).where(one_of_named(USER.c.name, "wanted")))
    with app.store.begin() as tx:
        assert [row.name for row in asked.all(tx.db, wanted=texts(["li", *ODD]))] == ["li"]
        assert asked.all(tx.db, wanted=texts(())) == []


def test_what_is_asked_shares_the_transaction(app: App):
    with app.store.begin() as tx, tx.db.begin_nested() as step:
        Asked("UPDATE core_user SET department = 'X'").run(tx.db)
        assert tx.db.execute(text("SELECT count(*) FROM core_user WHERE department = 'X'")).scalar() == 1
        step.rollback()
    with app.store.begin() as tx:
        assert tx.db.execute(text("SELECT count(*) FROM core_user WHERE department = 'X'")).scalar() == 0


def _write_key_twice(app: App) -> None:
    row = {"actor": "a", "key": "k", "body_hash": b"", "answer": "", "at": "2026-01-01T00:00:00+00:00"}
    with app.store.begin() as tx:
        for _ in range(2):
            writes = Writes()
            writes.insert(KEY, [row])
            writes.write(tx.db)


def _ask(app: App, statement: str) -> None:
    with app.store.begin() as tx:
        Asked(statement).run(tx.db)


def test_the_bus_knows_errors_that_psycopg_raised(app: App):
    with pytest.raises(psycopg.Error) as twice:
        _write_key_twice(app)
    assert is_collision(twice.value)
    assert not is_lost(twice.value)
    assert not wants_rerun(twice.value)
    with pytest.raises(psycopg.Error) as again:
        _ask(app, "DO $$ BEGIN RAISE EXCEPTION 'again' USING ERRCODE = '40001'; END $$")
    assert wants_rerun(again.value)
    with pytest.raises((psycopg.Error, DBAPIError)) as lost:
        _ask(app, "SELECT pg_terminate_backend(pg_backend_pid())")
    assert is_lost(lost.value)
    _ask(app, "SELECT 1")  # the pool has a sound connection again


def _write_half(app: App) -> None:
    with app.store.begin() as tx:
        writes = Writes()
        writes.update(USER, "name", [{"name": "li", "department": "Y"}])
        writes.insert(KEY, [{"actor": None, "key": "k", "body_hash": b"", "answer": "", "at": None}])
        writes.write(tx.db)


def test_many_tables_are_written_or_none(app: App):
    with pytest.raises(psycopg.Error):
        _write_half(app)
    with app.store.begin() as tx:
        assert tx.db.execute(text(BY_NAME)).scalars().all() == []
        writes = Writes()
        writes.write(tx.db)  # nothing is nothing
        writes.update(USER, "name", [{"name": "li", "department": "Y"}])
        writes.insert(KEY, [{"actor": "b", "key": "k", "body_hash": b"1", "answer": "{}", "at": "2026-01-01T00:00Z"}])
        writes.write(tx.db)
        assert tx.db.execute(text(BY_NAME)).scalars().all() == ["li"]
        assert tx.db.execute(text("SELECT key FROM core_key WHERE actor = 'b'")).scalar() == "k"


def test_who_only_looks_sees_what_is_committed_meanwhile(app: App):
    count = Asked("SELECT count(*) AS users FROM core_user WHERE department = 'W'")
    with app.store.look() as looking:
        assert count.all(looking.db)[0].users == 0
        with app.store.begin() as tx:
            Asked("UPDATE core_user SET department = 'W' WHERE name = 'li'").run(tx.db)
            assert count.all(looking.db)[0].users == 0
        assert count.all(looking.db)[0].users == 1
