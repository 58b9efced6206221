"""Devices' Alembic branch."""
