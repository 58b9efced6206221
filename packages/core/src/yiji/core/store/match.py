"""Many values in one statement whose text never changes, so that it is planned once: arrays instead of IN lists."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Text, any_, bindparam, func, select, tuple_
from sqlalchemy.dialects.postgresql import ARRAY


def _array(values: Iterable[str]) -> Any:
    return bindparam(None, list(values), type_=ARRAY(Text), unique=True)


def one_of(column: ColumnElement[str], values: Iterable[str]) -> ColumnElement[bool]:
    """Return: the column's value is among `values`."""
    return column == any_(_array(values))


def pair_of(
    first: ColumnElement[str], second: ColumnElement[str], pairs: Iterable[tuple[str, str]]
) -> ColumnElement[bool]:
    """Return: the two columns' values are among `pairs`."""
    known = list(pairs)
    columns = (_array(a for a, _ in known), _array(b for _, b in known))
    wanted = func.unnest(*columns).table_valued("a", "b").render_derived()
    return tuple_(first, second).in_(select(wanted.c.a, wanted.c.b))
