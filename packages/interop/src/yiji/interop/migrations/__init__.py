"""Interop's Alembic branch."""
