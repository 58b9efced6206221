"""The second guard of who may import whom: what a fresh interpreter has really loaded.

The first guard is static: the contracts in pyproject.toml, checked by ``nox -s imports``.
"""

import json
import subprocess
import sys
from collections.abc import Iterable
from functools import cache
from importlib.metadata import entry_points

import pytest

from tests.hygiene.workspace import Member, members

WINGS = ("yiji.devices", "yiji.booking", "yiji.reports", "yiji.interop", "yiji.ops")
FACES = ("yiji.cli", "yiji.tui")
HEAVY = (
    *("numpy", "scipy", "pandas", "matplotlib", "wfdb", "neurokit2", "pydicom", "pynetdicom", "fpdf", "duckdb"),
    *("textual", "grpc", "google.protobuf", "sqlalchemy", "sqlmodel", "alembic", "psycopg"),
)
LOOP = ("yiji.core.store", "yiji.core.bus", "yiji.core.rpc", "yiji.core.app", "yiji.core.relay", "yiji.core.work")
# The library doors: an attribute of a wing, to be had with no site. Nothing of the loop may come along.
DOORS = (
    "yiji.devices:read",
    "yiji.devices:analyse",
    "yiji.booking:find_slots",
    "yiji.reports:render",
    "yiji.interop:parse",
)
PURE_ROOMS = (
    "yiji.booking.rules",
    "yiji.devices.recording",
    "yiji.devices.analysis",
    "yiji.reports.writing",
    "yiji.reports.page",
    "yiji.interop.hl7",
)
# The floors of the analysis, from its door down; what stands on one floor does not know its neighbour.
ANALYSIS = (("long",), ("ecg",), ("holter", "statements"), ("measures",), ("beats", "waves"), ("result", "signals"))
# One library, one door: who may write the import. A star stands for any one name.
LIBRARY_DOORS = {
    "textual": ("yiji.tui",),
    "grpc": ("yiji.core.rpc",),
    "grpc_health": ("yiji.core.rpc",),
    "grpc_reflection": ("yiji.core.rpc",),
    "google.protobuf": ("yiji.core.rpc",),
    "typer": ("yiji.cli", "yiji.*.cli", "yiji_*.cli", "yiji_*.*.cli"),
    "rich": ("yiji.cli", "yiji.tui"),
    "sqlmodel": ("yiji.core.store", "yiji.*.tables"),
    "alembic": ("yiji.core.store", "yiji.*.migrations"),
    "fpdf": ("yiji.reports.page",),
    "pydicom": ("yiji.devices.recording", "yiji_sim"),
    "soundfile": ("yiji.devices.recording",),
    "numba": ("yiji.devices.analysis",),
    "neurokit2": ("yiji.devices.analysis", "yiji_sim"),
    "edfio": ("yiji.devices.recording",),
    "pypdfium2": ("yiji.reports.page",),
}
_ALL = """
import importlib, pkgutil
for package in {packages!r}:
    root = importlib.import_module(package)
    for info in pkgutil.walk_packages(getattr(root, "__path__", ()), package + "."):
        if not info.name.endswith("__main__"):
            importlib.import_module(info.name)
"""
_HELP = """
import sys
sys.argv = ["yiji", "--help"]
from yiji.cli.main import main
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
"""


@cache
def loaded(code: str) -> frozenset[str]:
    """Run `code` in a fresh interpreter and return the names of all modules that it has then."""
    tell = "\nimport sys, json\nprint('\\n' + json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code + tell], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return frozenset(json.loads(done.stdout.splitlines()[-1]))


def among(names: frozenset[str], packages: Iterable[str]) -> set[str]:
    """Return the packages of which anything is loaded."""
    return {package for package in packages if any(f"{name}.".startswith(f"{package}.") for name in names)}


def everything_of(*packages: str) -> frozenset[str]:
    """Return what is loaded when all modules of some packages are imported."""
    return loaded(_ALL.format(packages=packages))


def test_the_look_is_not_blind():
    assert among(loaded("import yiji.core.signal"), HEAVY) == {"numpy"}


def test_help_is_light():
    names = loaded(_HELP)
    assert "yiji.cli.main" in names
    assert among(names, [*HEAVY, *LOOP]) == set()


@pytest.mark.parametrize(
    "manifest", sorted({"yiji.core.plugin", *(entry.value for entry in entry_points(group="yiji.plugins"))})
)
def test_a_manifest_is_light(manifest: str):
    code = (
        f"import {manifest} as manifest, importlib\n"
        "for record in manifest.yiji_provides():\n"
        "    if type(record).__name__ in ('Errors', 'Hooks'): importlib.import_module(record.module)\n"
    )
    assert among(loaded(code), [*HEAVY, *LOOP, "typer", "rich"]) == set()


def test_the_contract_knows_only_its_own_language():
    names = everything_of("yiji.core.contract")
    own = ("yiji", "yiji.core", "yiji.core.message", "yiji.core.ids")
    strangers = {name for name in names if name.split(".")[0] == "yiji"} - set(own)
    assert not {name for name in strangers if not f"{name}.".startswith("yiji.core.contract.")}
    assert among(names, HEAVY) == set()


@pytest.mark.parametrize("wing", WINGS)
def test_a_wing_knows_no_other_wing_and_no_face(wing: str):
    others = tuple(other for other in (*WINGS, *FACES) if other != wing)
    assert among(everything_of(wing), (*others, "textual")) == set()


@pytest.mark.parametrize("face", FACES)
def test_a_face_knows_no_wing_and_not_the_other_face(face: str):
    others = tuple(other for other in (*WINGS, *FACES) if other != face)
    assert among(everything_of(face), others) == set()


def test_core_knows_nobody():
    assert among(everything_of("yiji.core"), (*WINGS, *FACES)) == set()


@pytest.mark.parametrize("room", PURE_ROOMS)
def test_a_pure_room_is_pure(room: str):
    names = everything_of(room)
    assert room in names
    impure = ["sqlmodel", "sqlalchemy", "alembic", "psycopg", "grpc", "typer", "textual", "neurokit2", "duckdb"]
    assert among(names, [*LOOP, *impure]) == set()


@pytest.mark.parametrize("door", DOORS)
def test_a_library_door_needs_no_house(door: str):
    module, _, name = door.partition(":")
    names = loaded(f"from {module} import {name}\nassert callable({name})")
    others = [other for other in WINGS if other != module]
    assert (
        among(names, [*LOOP, *others, *FACES, "sqlmodel", "sqlalchemy", "grpc", "typer", "textual", "neurokit2"])
        == set()
    )


@pytest.mark.parametrize("wing", WINGS)
def test_a_wing_itself_loads_nothing(wing: str):
    assert among(loaded(f"import {wing}"), [*HEAVY, *LOOP, "typer"]) == set()


_WATCHED = """
import builtins, json
libraries, seen, real = {libraries!r}, set(), builtins.__import__
def watching(name, globals=None, locals=None, fromlist=(), level=0):
    who = (globals or {{}}).get("__name__", "")
    if who.startswith("yiji") and not level:
        named = [name, *(f"{{name}}.{{part}}" for part in fromlist or ())]
        seen.update((who, one) for one in libraries if any(f"{{n}}.".startswith(one + ".") for n in named))
    return real(name, globals, locals, fromlist, level)
builtins.__import__ = watching
{imports}
print("\\n" + json.dumps(sorted(seen)))
"""


def watched(libraries: Iterable[str], imports: str) -> list[tuple[str, str]]:
    """Run `imports` in a fresh interpreter and return which module of ours imported which of the libraries."""
    code = _WATCHED.format(libraries=tuple(libraries), imports=imports)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [(who, library) for who, library in json.loads(done.stdout.splitlines()[-1])]


def test_a_library_is_imported_at_its_doors_only():
    seen = watched(LIBRARY_DOORS, _ALL.format(packages=tuple(member.module for member in members())))
    assert {"typer", "grpc", "textual"} <= {library for _, library in seen}
    assert [(who, library) for who, library in seen if not at_home(who, LIBRARY_DOORS[library])] == []


_MEASURED = """
import yiji.devices
from yiji.devices.warm import practice
yiji.devices.analyse(practice())
"""


def test_the_rooms_of_the_analysis_know_only_those_below():
    home = "yiji.devices.analysis."
    floors = {f"{home}{room}": floor for floor, rooms in enumerate(ANALYSIS) for room in rooms}
    everything = _ALL.format(packages=("yiji.devices.analysis",))
    seen = watched(floors, everything + _MEASURED)
    rooms = [(".".join(who.split(".")[:4]), room) for who, room in seen if who.startswith(home)]
    assert {room for room, _ in rooms} == set(floors) - {f"{home}result"}  # which knows no room
    assert [(room, other) for room, other in rooms if room != other and floors[room] >= floors[other]] == []


def at_home(module: str, doors: tuple[str, ...]) -> bool:
    """Return whether a module is one of the doors, or in one."""
    parts = module.split(".")
    for door in doors:
        wanted = door.split(".")
        pairs = zip(wanted, parts, strict=False)
        if len(parts) >= len(wanted) and all(part == want or _star(part, want) for want, part in pairs):
            return True
    return False


def _star(part: str, want: str) -> bool:
    return want.endswith("*") and part.startswith(want[:-1])


@pytest.mark.parametrize("member", members(), ids=lambda member: member.name)
def test_every_module_can_be_imported(member: Member):
    assert member.module in everything_of(member.module)
