"""The library door: documented, tested by its own example, and needing no site."""

import doctest
import subprocess
import sys

import yiji.reports.page.sheet


def test_the_example_in_the_documentation_runs():
    done = doctest.testmod(yiji.reports.page.sheet)
    assert done.attempted >= 5
    assert done.failed == 0


def test_the_door_loads_when_it_is_used_and_needs_no_house():
    code = (
        "import sys, yiji.reports\n"
        "assert 'fpdf' not in sys.modules and 'numpy' not in sys.modules\n"
        "yiji.reports.render\n"
        "assert 'fpdf' in sys.modules\n"
        "print([name for name in sys.modules if name in ('sqlalchemy', 'sqlmodel', 'grpc', 'typer', 'yiji.core.bus')])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert told.strip() == "[]"
