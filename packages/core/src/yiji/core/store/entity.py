"""The root of all tables: SQLModel entities with named constraints and moments kept in UTC."""

from typing import TYPE_CHECKING, Any, ClassVar

from sqlalchemy import DateTime, Table
from sqlmodel import Field, SQLModel

METADATA = SQLModel.metadata
METADATA.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Entity(SQLModel):
    """A row. Values are checked where messages are: SQLModel itself does not validate tables."""

    if TYPE_CHECKING:  # SQLModel declares a descriptor, so that a checker would refuse the plain name that it wants
        __tablename__: ClassVar[str]  # pyright: ignore[reportIncompatibleVariableOverride]

    @classmethod
    def table(cls) -> Table:
        """Return the SQLAlchemy table, for hot paths."""
        return cls.__table__  # type: ignore[attr-defined]  # pyright: ignore


def moment(*, optional: bool = False, index: bool = False) -> Any:
    """Return a column for a moment (TIMESTAMPTZ); values must be aware datetimes."""
    if optional:
        return Field(default=None, sa_type=DateTime(timezone=True), index=index)  # type: ignore[call-overload]
    return Field(sa_type=DateTime(timezone=True), index=index)  # type: ignore[call-overload]
