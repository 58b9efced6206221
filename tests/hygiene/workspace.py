"""The workspace as the hygiene tests see it: its members, their modules and files."""

import subprocess
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
GENERATED = ("_pb2.py", "_pb2_grpc.py")


@dataclass(frozen=True)
class Member:
    """One distribution of the workspace."""

    folder: Path
    project: dict[str, Any]
    module: str  # yiji.booking

    @property
    def name(self) -> str:
        """The distribution's name."""
        return self.project["name"]

    @property
    def version(self) -> str:
        """Its version."""
        return self.project["version"]

    @property
    def source(self) -> Path:
        """The folder of its package."""
        return self.folder / "src" / Path(*self.module.split("."))

    @property
    def dependencies(self) -> list[str]:
        """The requirements that it declares, without extras."""
        return self.project.get("dependencies", [])


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file."""
    return tomllib.loads(path.read_text("utf-8"))


@cache
def root_project() -> dict[str, Any]:
    """The workspace's own pyproject."""
    return read_toml(ROOT / "pyproject.toml")


@cache
def members() -> tuple[Member, ...]:
    """All members, by name."""
    found: list[Member] = []
    for pattern in root_project()["tool"]["uv"]["workspace"]["members"]:
        for path in ROOT.glob(f"{pattern}/pyproject.toml"):
            read = read_toml(path)
            found.append(Member(path.parent, read["project"], read["tool"]["uv"]["build-backend"]["module-name"]))
    return tuple(sorted(found, key=lambda member: member.name))


def modules(member: Member) -> list[Path]:
    """The Python files of a member, without what is generated."""
    return sorted(path for path in member.source.rglob("*.py") if not path.name.endswith(GENERATED))


@cache
def kept_files() -> tuple[Path, ...]:
    """Every file that is tracked, or would be by ``git add``."""
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    ).stdout
    names = sorted({ROOT / name for name in listed.decode().split("\0") if name})
    return tuple(path for path in names if path.is_file())


def texts(*suffixes: str) -> list[tuple[Path, str]]:
    """The kept files that are text, with their content; only those of `suffixes` when given."""
    found: list[tuple[Path, str]] = []
    for path in kept_files():
        if suffixes and path.suffix not in suffixes:
            continue
        try:
            found.append((path, path.read_text("utf-8")))
        except UnicodeDecodeError:
            continue
    return found


def short(path: Path) -> str:
    """Name a file from the root on."""
    return path.relative_to(ROOT).as_posix()
