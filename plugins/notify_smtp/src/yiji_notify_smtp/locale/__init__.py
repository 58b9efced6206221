"""Texts of the SMTP notifier."""
