"""Reminders of examinations by SMTP."""
