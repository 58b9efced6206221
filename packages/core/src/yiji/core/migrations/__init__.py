"""Core's own Alembic branch."""
