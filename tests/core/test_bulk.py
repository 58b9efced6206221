"""Many rows in one statement: every type that a column may have comes back as it went in."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from math import isnan
from typing import Any
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    Float,
    Identity,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    Table,
    Text,
    Time,
    Uuid,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB

from yiji.core.app import App
from yiji.core.message import Value
from yiji.core.store.bulk import insert_rows, update_rows

THINGS = Table(
    "things",
    MetaData(),
    Column("seq", BigInteger, Identity(), nullable=False),
    Column("id", Text, primary_key=True),
    Column("text", Text),
    Column("small", Integer),
    Column("big", BigInteger),
    Column("exact", Numeric),
    Column("share", Float),
    Column("yes", Boolean),
    Column("data", LargeBinary),
    Column("at", DateTime(timezone=True)),
    Column("day", Date),
    Column("clock", Time),
    Column("uuid", Uuid),
    Column("texts", ARRAY(Text)),
    Column("numbers", ARRAY(BigInteger)),
    Column("json", JSONB),
    Column("order", Text),  # a reserved word
)
SHANGHAI = timezone(timedelta(hours=8))


class Colour(StrEnum):
    """An enum of the language."""

    RED = "red"


class Pair(Value):
    """A value inside JSONB."""

    a: int
    b: str


@pytest.fixture
def db(app: App) -> Iterator[Connection]:
    with app.store.engine.connect() as opened:
        THINGS.create(opened)
        yield opened
        opened.rollback()


def _kept(db: Connection, *names: str) -> list[Any]:
    return [tuple(row) for row in db.execute(select(*(THINGS.c[name] for name in names)).order_by(THINGS.c.seq))]


VALUES: list[tuple[str, Any, Any]] = [
    ("text", "", ""),
    ("text", "王小明 喆堃玥 😀", "王小明 喆堃玥 😀"),
    ("text", "back\\slash 'quote' \"double\" %s %% {} \r\n\t\x01\x7f\u2028 null", None),
    ("text", "\\x41 \\u0041", None),
    ("text", Colour.RED, "red"),
    ("text", "[1, 2]", None),
    ("small", -(2**31), None),
    ("big", 2**63 - 1, None),
    ("big", -(2**63), None),
    ("exact", Decimal("12345678901234567890.123456789"), None),
    ("share", 0.1, None),
    ("share", 1e-300, None),
    ("share", float("inf"), None),
    ("yes", True, None),
    ("yes", False, None),
    ("data", b"", None),
    ("data", bytes(range(256)), None),
    ("at", datetime(2026, 2, 28, 23, 59, 59, 999999, UTC), None),
    ("at", datetime(2026, 3, 1, 7, 59, tzinfo=SHANGHAI), datetime(2026, 2, 28, 23, 59, tzinfo=UTC)),
    ("day", date(2024, 2, 29), None),
    ("clock", time(8, 30, 0, 1), None),
    ("uuid", UUID("12345678123456781234567812345678"), None),
    ("texts", [], None),
    ("texts", ("空腹", 'a"b', "c,d", "{e}", "", "NULL", "\\"), ["空腹", 'a"b', "c,d", "{e}", "", "NULL", "\\"]),
    ("numbers", [2**53 + 1, -1], None),
    ("json", {"a": [1, 2.5, None, True, '字\\"'], "b": {}}, None),
    ("json", [], None),
    ("json", "only text", None),
    ("json", Pair(a=1, b="二"), {"a": 1, "b": "二"}),
    ("json", (Pair(a=1, b="二"),), [{"a": 1, "b": "二"}]),
    ("order", "reserved", None),
]


@pytest.mark.parametrize(("name", "value", "kept"), VALUES)
def test_a_value_comes_back_as_it_went_in(db: Connection, name: str, value: Any, kept: Any) -> None:
    insert_rows(db, THINGS, [{"id": "1", name: value}, {"id": "2", name: None}])
    assert _kept(db, name) == [(value if kept is None else kept,), (None,)]
    update_rows(db, THINGS, "id", [{"id": "1", name: None}, {"id": "2", name: value}])
    assert _kept(db, name) == [(None,), (value if kept is None else kept,)]


def test_not_a_number_is_kept_as_such(db: Connection) -> None:
    insert_rows(db, THINGS, [{"id": "1", "share": float("nan")}])
    ((kept,),) = _kept(db, "share")
    assert isnan(kept)


@pytest.mark.parametrize("count", [0, 1, 2, 300])
def test_rows_are_written_in_their_order(db: Connection, count: int) -> None:
    ids = [f"{number * 7919 % 1000}" for number in range(count)]
    insert_rows(db, THINGS, [{"id": each} for each in ids])
    assert _kept(db, "id") == [(each,) for each in ids]


def test_a_conflict_is_an_error_or_what_was_asked(db: Connection) -> None:
    insert_rows(db, THINGS, [{"id": "1", "text": "old"}])
    again = [{"id": "1", "text": "new"}, {"id": "2", "text": "new"}]
    with pytest.raises(psycopg.errors.UniqueViolation), db.begin_nested():
        insert_rows(db, THINGS, again)
    insert_rows(db, THINGS, again, "DO NOTHING")
    assert _kept(db, "id", "text") == [("1", "old"), ("2", "new")]
    insert_rows(db, THINGS, again, "(id) DO UPDATE SET text = excluded.text")
    assert dict(_kept(db, "id", "text")) == {"1": "new", "2": "new"}


def test_an_update_touches_only_its_rows_and_columns(db: Connection) -> None:
    insert_rows(db, THINGS, [{"id": each, "text": each, "small": 1} for each in "abc"])
    update_rows(db, THINGS, "id", [{"small": 3, "id": "c"}, {"small": 2, "id": "a"}, {"small": 9, "id": "missing"}])
    assert sorted(_kept(db, "id", "text", "small")) == [("a", "a", 2), ("b", "b", 1), ("c", "c", 3)]


@pytest.mark.parametrize("text", ["a\x00b", "half \ud800"])
def test_text_that_postgresql_cannot_hold_is_refused(db: Connection, text: str) -> None:
    with pytest.raises((psycopg.Error, ValueError)), db.begin_nested():
        insert_rows(db, THINGS, [{"id": "1", "text": text}])
    assert _kept(db, "id") == []


def test_lists_of_bytes_are_refused(db: Connection) -> None:
    table = Table("lists", MetaData(), Column("id", Text), Column("many", ARRAY(LargeBinary)))
    with pytest.raises(TypeError, match="lists of bytes"):
        insert_rows(db, table, [{"id": "1", "many": [b"x"]}])


def test_the_statement_is_planned_once(db: Connection) -> None:
    """Its text is the same for any number of rows, so psycopg prepares it and PostgreSQL keeps the plan."""
    for count in range(1, 12):
        insert_rows(db, THINGS, [{"id": f"{count}-{number}"} for number in range(count)])
    held = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'INSERT INTO things %%'"
    assert db.exec_driver_sql(held).scalar() == 1
