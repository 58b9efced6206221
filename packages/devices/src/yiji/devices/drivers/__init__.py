"""Drivers: ways by which devices deliver."""
