"""Statements asked of psycopg itself, their text made once.

SQLAlchemy's share of a small statement is larger than PostgreSQL's. That is nothing for what happens once a second;
what happens for every booking is asked here, at half the cost. (psycopg's pipeline was measured as well: it sends
each statement by itself, and costs more than it saves.)

Errors are psycopg's own; the bus knows them as it knows SQLAlchemy's.
"""

from functools import cached_property
from typing import Any, cast

import psycopg
from psycopg.rows import namedtuple_row
from sqlalchemy import ClauseElement, Connection
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

_DIALECT = PGDialect_psycopg()


def driver(db: Connection) -> "psycopg.Connection[tuple[Any, ...]]":
    """Return psycopg's connection; SQLAlchemy keeps its transaction."""
    return cast("psycopg.Connection[tuple[Any, ...]]", db.connection.driver_connection)


class Asked:
    """A statement of SQLAlchemy's, or SQL with ``%(name)s``; its rows are named tuples."""

    def __init__(self, statement: ClauseElement | str) -> None:
        self._statement = statement

    @cached_property
    def _compiled(self) -> tuple[str, dict[str, Any]]:
        """The SQL, and the values that stand in the statement itself."""
        if isinstance(self._statement, str):
            return self._statement, {}
        compiled = self._statement.compile(dialect=_DIALECT)
        return str(compiled), {name: value for name, value in (compiled.params or {}).items() if value is not None}

    def run(self, db: Connection, **values: Any) -> "psycopg.Cursor[Any]":
        """Let the statement be done. Raises psycopg's errors."""
        told, own = self._compiled
        # Answers come in binary: neither side turns times and numbers into text and back.
        return driver(db).cursor(row_factory=namedtuple_row, binary=True).execute(cast(Any, told), own | values)

    def all(self, db: Connection, **values: Any) -> list[Any]:
        """Ask and return the rows."""
        return self.run(db, **values).fetchall()
