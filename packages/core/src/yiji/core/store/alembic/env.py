"""Alembic's environment: runs on the connection that `yiji.core.store.migrate` hands over."""

from alembic import context

from yiji.core.store.entity import METADATA

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=METADATA)
context.run_migrations()
