"""The library doors: their examples are true, and they need no site."""

import doctest
import subprocess
import sys

import yiji.interop
from yiji.interop.hl7 import message


def test_the_examples_are_true() -> None:
    for module in (yiji.interop, message):
        done = doctest.testmod(module)
        assert done.attempted > 0
        assert done.failed == 0


def test_parsing_needs_no_database_and_no_bus() -> None:
    code = (
        "import sys; from yiji.interop import parse, read_orders, write_result, acknowledge, Framer;"
        "parse('MSH|^~\\\\&|HIS');"
        "print([name for name in ('sqlalchemy', 'sqlmodel', 'grpc', 'typer', 'yiji.core.bus') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_name_is_there() -> None:
    assert [name for name in yiji.interop.__all__ if not hasattr(yiji.interop, name)] == []
    assert set(yiji.interop.__all__) == set(yiji.interop._WHERE)
