"""Booking's Alembic branch."""
