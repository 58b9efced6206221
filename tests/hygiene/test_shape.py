"""Short files, short functions, no import cycle."""

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from statistics import median, quantiles

import grimp
import pytest

from tests.hygiene.workspace import members, modules, short

MOST_LINES = 300
P95_LINES = 50
MEDIAN_LINES = 10


def all_modules() -> list[Path]:
    return [path for member in members() for path in modules(member)]


def functions(path: Path) -> list[tuple[int, str]]:
    """The functions of a module: lines from `def` to the end, docstring included, and where."""
    tree = ast.parse(path.read_text("utf-8"))
    found = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return [((node.end_lineno or 0) - node.lineno + 1, f"{short(path)}:{node.lineno} {node.name}") for node in found]


def test_no_module_is_long():
    long = {
        short(path): lines
        for path in all_modules()
        if (lines := len(path.read_text("utf-8").splitlines())) >= MOST_LINES
    }
    assert not long


def test_functions_are_short():
    found = sorted(function for path in all_modules() for function in functions(path))
    lengths = [length for length, _ in found]
    told = "\n".join(f"{length} {where}" for length, where in found if length >= P95_LINES)
    assert quantiles(lengths, n=20)[-1] < P95_LINES, told
    assert median(lengths) <= MEDIAN_LINES


def test_every_module_says_what_it_is():
    silent = [
        short(path)
        for path in all_modules()
        if path.stat().st_size and not ast.get_docstring(ast.parse(path.read_text("utf-8")))
    ]
    assert not silent


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph(*(member.module for member in members()), cache_dir=None)


def test_no_import_cycle(graph: grimp.ImportGraph):
    imported = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    try:
        TopologicalSorter(imported).prepare()
    except CycleError as fault:
        pytest.fail(" <- ".join(fault.args[1]))
