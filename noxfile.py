"""The project's checks. ``uv run nox`` runs all of them but `bench` and `soak`; ``uv run nox -s NAME`` runs one.

Every session works in the environment that uv has made (`.venv`): nothing is installed twice. Only `solo` makes
environments of its own, because being alone is what it checks. What is made goes to `build/`.
"""

import shutil
import sys
from pathlib import Path

import nox

ROOT = Path(__file__).parent
BIN = Path(sys.executable).parent
BUILD = ROOT / "build"
LOCK = ROOT / "requirements.lock"

nox.needs_version = ">=2026.1"
nox.options.default_venv_backend = "none"
nox.options.sessions = ["lock", "fmt", "lint", "imports", "types", "proto", "docs", "build", "solo", "test"]


def tool(session: nox.Session, name: str, *arguments: str | Path) -> None:
    """Run a program of the workspace's own environment."""
    session.run(str(BIN / name), *(str(argument) for argument in arguments))


def program(session: nox.Session, *arguments: str | Path) -> None:
    """Run Python in the workspace's own environment; what tests share lies in `tests`.

    Modules are kept compiled, as with users: a suite that starts the command hundreds of times is half as long.
    """
    env = {"PYTHONPATH": "tests", "PYTHONDONTWRITEBYTECODE": ""}
    session.run(sys.executable, *(str(argument) for argument in arguments), env=env)


@nox.session
def fmt(session: nox.Session) -> None:
    """Is everything formatted? ``-- --fix`` formats it."""
    tool(session, "ruff", "format", *([] if "--fix" in session.posargs else ["--check"]), ".")


@nox.session
def lint(session: nox.Session) -> None:
    """Ruff's rules; ``-- --fix`` mends what it can."""
    tool(session, "ruff", "check", *session.posargs, ".")


@nox.session
def types(session: nox.Session) -> None:
    """Strict types, with basedpyright."""
    tool(session, "basedpyright", *session.posargs)


@nox.session
def imports(session: nox.Session) -> None:
    """Who may import whom: the static guard (the run-time guard is tests/hygiene/test_runtime_imports.py)."""
    tool(session, "lint-imports", *session.posargs)


@nox.session
def test(session: nox.Session) -> None:
    """All tests, a file to a core; ``-- tests/booking -k slot`` runs some."""
    program(session, "-m", "pytest", *(session.posargs or ["-n", "2", "--dist", "loadfile"]))


@nox.session
def proto(session: nox.Session) -> None:
    """The protos are what the contract says, and clean by buf's rules."""
    program(session, "-m", "yiji.core.rpc.generate", "--check")
    tool(session, "buf", "lint", "packages/core/src/yiji/core/proto")


@nox.session
def docs(session: nox.Session) -> None:
    """The generated pages are fresh, and every link between pages leads somewhere."""
    program(session, "-m", "yiji.core.reference", "--check")
    program(session, "-m", "yiji.cli.reference", "--check")
    program(session, "-m", "tests.hygiene.links")


@nox.session
def lock(session: nox.Session) -> None:
    """requirements.lock is what the newest allowed versions give; ``-- --write`` writes it anew."""
    fresh = BUILD / "requirements.lock"
    fresh.parent.mkdir(exist_ok=True)
    tool(session, "uv", "lock", "--upgrade", "--quiet")
    only_names = ["--frozen", "--no-dev", "--no-emit-workspace", "--no-header", "--no-annotate", "--quiet"]
    tool(session, "uv", "export", *only_names, "--format", "requirements-txt", "--output-file", fresh)
    if "--write" in session.posargs:
        shutil.copyfile(fresh, LOCK)
    elif not LOCK.is_file() or fresh.read_text() != LOCK.read_text():
        session.error("requirements.lock is stale: uv run nox -s lock -- --write")


@nox.session
def build(session: nox.Session) -> None:
    """Wheels and sources of every distribution, with everything that belongs inside."""
    shutil.rmtree(BUILD / "dist", ignore_errors=True)
    tool(session, "uv", "build", "--all-packages", "--quiet", "--out-dir", BUILD / "dist")
    program(session, "-m", "tests.hygiene.distributions", BUILD / "dist")


@nox.session
def solo(session: nox.Session) -> None:
    """Each distribution works alone: its wheel and what it declares, and nobody else."""
    program(session, "-m", "tests.hygiene.solo", *session.posargs)


@nox.session(default=False)
def bench(session: nox.Session) -> None:
    """Measure: ``-- spine`` runs tests/bench/spine.py; a missed bar or a missing case fails."""
    for name in session.posargs or session.error("name a bench: nox -s bench -- spine"):
        program(session, f"tests/bench/{name}.py")
        program(session, "tests/bench/_report.py", name)


@nox.session(default=False)
def soak(session: nox.Session) -> None:
    """Try long and hard: ``-- walk --minutes 30`` runs tests/soak/walk.py."""
    if not session.posargs:
        session.error("name a soak: nox -s soak -- walk --minutes 30")
    program(session, f"tests/soak/{session.posargs[0]}.py", *session.posargs[1:])
