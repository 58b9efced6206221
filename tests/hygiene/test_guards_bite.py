"""The static guards bite: a copy of the sources, with one forbidden line for each contract, breaks every contract."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import grimp
import pytest

from tests.hygiene.workspace import ROOT, members, root_project

# For each contract of pyproject.toml: a module, and a line that it must not hold.
INTRUDERS = {
    "The house is a star": ("yiji.booking.plugin", "import yiji.devices.errors"),
    "A plugin stays out of the loop and of the wings' insides": ("yiji_sim.plugin", "import yiji.core.bus"),
    "Floors of core": ("yiji.core.ids", "import yiji.core.bus"),
    "Floors of booking": ("yiji.booking.attic", ""),
    "Floors of devices": ("yiji.devices.attic", ""),
    "Floors of the analysis": ("yiji.devices.analysis.beats", "def late():\n    import yiji.devices.analysis.measures"),
    "Floors of reports": ("yiji.reports.attic", ""),
    "Floors of interop": ("yiji.interop.attic", ""),
    "Floors of ops": ("yiji.ops.attic", ""),
    "Floors of the command line": ("yiji.cli.attic", ""),
    "Floors of the desk": ("yiji.tui.attic", ""),
    "The contract is the published language and nothing else": ("yiji.core.contract.order", "import yiji.core.signal"),
    "Pure rooms run with no database, no bus and no settings": ("yiji.booking.rules", "import yiji.booking.tables"),
    "A manifest is data: it loads nothing heavy": ("yiji.reports.errors", "import yiji.core.signal"),
    "textual: the terminal desk": ("yiji.ops.plugin", "from textual.app import App"),
    "grpc and protobuf: core.rpc": ("yiji.tui", "def late():\n    import grpc"),
    "typer: the command rooms": ("yiji.booking.handlers", "import typer"),
    "rich: what prints": ("yiji.booking.handlers", "import rich"),
    "sqlmodel: the store and the tables": ("yiji.booking.handlers", "import sqlmodel"),
    "sqlalchemy: the store, and the rooms that load and write": ("yiji.tui", "import sqlalchemy"),
    "psycopg: the store, and who waits for its calls": ("yiji.booking.handlers", "import psycopg"),
    "alembic: migrations": ("yiji.booking.handlers", "import alembic"),
    "numpy: signals, and who measures or draws them": ("yiji.interop.hl7", "import numpy"),
    "soundfile: recordings": ("yiji.reports.page", "import soundfile"),
    "pydicom: recordings, and the simulated cart": ("yiji.reports.page", "import pydicom"),
    "neurokit2: the variability of the heart rate, and the simulated patient": (
        "yiji.devices.recording",
        "import neurokit2",
    ),
    "numba: what is compiled to measure": ("yiji.devices.recording", "import numba"),
    "PIL: pictures of recordings": ("yiji.devices.recording", "import PIL"),
    "edfio: recordings": ("yiji.devices.analysis", "import edfio"),
    "pypdfium2: previews of the page": ("yiji.reports.writing", "import pypdfium2"),
    "fpdf, fonts and bars: the page": ("yiji.reports.writing", "import fpdf"),
    "inotify: the drivers": ("yiji.devices.policies", "import inotify_simple"),
    "jwt: the actor": ("yiji.interop.handlers", "import jwt"),
    "pluggy: plug": ("yiji.interop.handlers", "import pluggy"),
    "uvloop: the daemons": ("yiji.interop.handlers", "import uvloop"),
    "ortools: planning": ("yiji.booking.queries", "def late():\n    import ortools"),
    "pypinyin: how names are spelt": ("yiji.booking.queries", "import pypinyin"),
    "tomli_w: what goes out as TOML": ("yiji.booking.queries", "import tomli_w"),
    "Not here yet: give it a door first": ("yiji.ops.plugin", "import duckdb"),
}


def contracts() -> list[dict[str, Any]]:
    return root_project()["tool"]["importlinter"]["contracts"]


def write(home: Path, module: str, line: str) -> None:
    """Add a line to a module of the copy, or make the module."""
    place = home.joinpath(*module.split("."))
    path = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
    with path.open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    home = tmp_path_factory.mktemp("intruded")
    for member in members():
        place = home.joinpath(*member.module.split("."))
        shutil.copytree(member.source, place, ignore=shutil.ignore_patterns("__pycache__"))
    for module, line in INTRUDERS.values():
        write(home, module, line)
    command = [Path(sys.executable).parent / "lint-imports", "--no-cache", "--config", ROOT / "pyproject.toml"]
    environment = os.environ | {"PYTHONPATH": str(home)}
    done = subprocess.run(command, cwd=home, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    return dict(re.findall(r"^(.+) (KEPT|BROKEN)\b", done.stdout, re.MULTILINE))


def test_every_contract_has_its_intruder():
    assert sorted(INTRUDERS) == sorted(contract["name"] for contract in contracts())


def test_every_library_has_its_door():
    graph = grimp.build_graph(*(member.module for member in members()), include_external_packages=True, cache_dir=None)
    foreign = {name for name in graph.modules if not name.startswith("yiji") and name not in sys.stdlib_module_names}
    at_doors = {name for contract in contracts() for name in contract.get("protected_modules", [])}
    assert foreign - at_doors - {"pydantic", "pydantic_core"} == set()


@pytest.mark.parametrize("contract", INTRUDERS)
def test_a_contract_breaks(contract: str, verdicts: dict[str, str]):
    assert verdicts[contract] == "BROKEN"
