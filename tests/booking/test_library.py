"""Booking as a library: the documented example runs with no site, no database and no settings."""

import doctest
import subprocess
import sys

from yiji.booking.rules import allocate


def test_the_example_is_true() -> None:
    failed, tried = doctest.testmod(allocate)
    assert tried >= 4
    assert failed == 0


def test_find_slots_needs_no_site() -> None:
    script = (
        "import sys, yiji.booking; yiji.booking.find_slots; "
        "print([name for name in ('sqlalchemy', 'sqlmodel', 'grpc', 'typer', 'psycopg') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
