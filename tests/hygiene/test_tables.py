"""What is kept has its wing's name, moments with a zone, and migrations that make exactly what the tables say."""

from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import DateTime, String
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import AutoString

from tests.hygiene.manifests import all_modules
from tests.hygiene.workspace import members
from yiji.core.app import App


def tables() -> dict[str, str]:
    """Every table with the module that declares it."""
    for member in members():
        all_modules(member.module)
    classes = [mapper.class_ for mapper in SQLModel._sa_registry.mappers]
    return {str(one.__tablename__): one.__module__ for one in classes}


def differ(_context: Any, _has: Any, _says: Any, has: Any, says: Any) -> bool | None:
    """TEXT and VARCHAR without a length are one type to PostgreSQL; the rest is for Alembic to compare."""
    return False if isinstance(has, String) and isinstance(says, String | AutoString) else None


def test_a_table_is_named_after_its_wing():
    for table, module in tables().items():
        assert not module.startswith("yiji.") or table.startswith(f"{module.split('.')[1]}_"), f"{module}: {table}"


def test_a_moment_has_a_zone():
    assert tables()
    naive = [
        str(column)
        for table in SQLModel.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, DateTime) and not column.type.timezone
    ]
    assert not naive


def test_the_migrations_make_what_the_tables_say(app: App):
    wanted = set(tables())
    with app.store.engine.connect() as db:
        made = MigrationContext.configure(db, opts={"compare_type": differ})
        differences = compare_metadata(made, SQLModel.metadata)
    assert wanted <= set(SQLModel.metadata.tables)
    assert differences == []
