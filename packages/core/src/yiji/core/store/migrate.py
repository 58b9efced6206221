"""Migrations: one Alembic branch a wing, all brought to their heads in one go, by one process at a time."""

from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, func, select

from yiji.core.plug.manifest import Migrations

if TYPE_CHECKING:
    from yiji.core.store.db import Store

_LOCK = 0x79694A6D  # advisory lock of the migration


def config(store: "Store", db: Connection | None = None) -> Config:
    """Return Alembic's configuration over all branches."""
    folders = [_folder(record.package) for record in store.plugins.records(Migrations)]
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).with_name("alembic")))
    made.set_main_option("path_separator", "newline")
    made.set_main_option("version_locations", "\n".join(str(folder) for folder in folders))
    made.attributes["connection"] = db
    return made


def _folder(package: str) -> Path:
    with as_file(files(package)) as folder:
        return Path(folder)


def upgrade(store: "Store") -> list[str]:
    """Bring every branch to its head; return the heads. A second caller waits for the first."""
    with store.engine.begin() as db:
        db.execute(select(func.pg_advisory_xact_lock(_LOCK)))
        command.upgrade(config(store, db), "heads")
        return sorted(MigrationContext.configure(db).get_current_heads())


def pending(store: "Store") -> list[str]:
    """Return the heads that the database has not reached yet."""
    wanted = set(ScriptDirectory.from_config(config(store)).get_heads())
    with store.engine.connect() as db:
        return sorted(wanted - set(MigrationContext.configure(db).get_current_heads()))
