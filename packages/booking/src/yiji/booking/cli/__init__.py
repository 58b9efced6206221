"""Booking at the shell: one file a command group."""
