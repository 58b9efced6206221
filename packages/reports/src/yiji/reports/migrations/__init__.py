"""The migrations of reports' tables."""
