"""Run `yiji` as a user does, and beside it a stranger's plugin that no workspace knows."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from yiji.cli.main import run
from yiji.core.plug.manager import plugins

# Nothing of the tester's own shell may decide what is seen.
_CLEARED = ("YIJI_SITE", "YIJI_SERVER", "YIJI_TOKEN", "YIJI_LANG", "NO_COLOR", "FORCE_COLOR", "LC_ALL", "COLUMNS")

STRANGER = """
    import os
    from yiji.core.plug import Commands, hookimpl

    if os.environ.get("STRANGER_CHATTERS"):
        print("chatter while loading")

    @hookimpl
    def yiji_provides():
        return (
            Commands("probe", "stranger_cli:app", "Look into the shell.", "查看命令行环境。"),
            Commands("single", "stranger_cli:single", "A function as a command.", "单个命令。"),
            Commands("cracked", "stranger_nowhere:app", "Its module is missing.", "缺少模块。"),
        )
"""
STRANGER_CLI = '''
    import sys, time, typer
    from pathlib import Path
    from typing import Annotated
    from pydantic import BaseModel
    from yiji.core.contract.access import AddUser, User
    from yiji.core.errors import KINDS, Kind, YijiError
    from yiji.core.faces import shell

    app = typer.Typer(add_completion=False, no_args_is_help=True)
    errors = {kind: type(f"E{kind}", (YijiError,), {"code": f"stranger.{kind}", "kind": kind}) for kind in Kind}

    class Seen(BaseModel):
        name: str
        lang: str
        value: float = float("nan")
        raw: bytes = b"\\xb2\\xe9"

    def seen(name):
        return Seen(name=name, lang=shell().lang)

    @app.command()
    def show(name: str, twice: bool = False):
        """Show one. 显示一个。

        Example:
            yiji probe show 张喆
        """
        print("noise of a library")
        shell().say("narration")
        with shell().progress("long work"):
            shell().show(seen(name))
            if twice:
                shell().show(seen(name))

    @app.command("list")
    def many():
        """Show many. 显示多个。"""
        rows = [User(name="wang", full_name="王喆", roles=("doctor",)), User(name="li", full_name="李", roles=("his",))]
        shell().table(rows, [("name", "登录名", "Name"), ("full_name", "姓名", "Full name")])

    @app.command()
    def site():
        """Where is the site?"""
        shell().data({"site": str(shell().site)})

    @app.command()
    def fail(kind: str, partial: bool = False):
        """Fail in one way."""
        if partial:
            shell().show(seen("before"))
        raise errors[Kind(kind)](why="tested")

    @app.command()
    def crash(token: str = ""):
        """Fail in a way that nobody foresaw."""
        raise RuntimeError("nobody foresaw this")

    @app.command()
    def wrong():
        """Make a command of what a user gave."""
        AddUser(name="x", full_name="x", roles="doctor")

    @app.command()
    def confused():
        """Make a value of our own that does not fit."""
        User(name="x")

    @app.command()
    def read(path: Path):
        """Read a file."""
        shell().data(path.read_text())

    @app.command()
    def leave(how: str):
        """Leave early."""
        sys.exit(3 if how == "number" else how)

    @app.command()
    def wait():
        """Wait for long."""
        shell().say("waiting")
        time.sleep(60)

    @app.command()
    def flood():
        """Print much."""
        for _ in range(100_000):
            print("a line that fills the pipe")

    def single(number: int):
        """One function, one command. 单个函数。"""
        shell().data(number)
'''


@dataclass
class Done:
    """What a run left behind."""

    code: int
    out: str
    err: str


Run = Callable[..., Done]


def surroundings(**more: str) -> dict[str, str]:
    """The environment of a run: English, no terminal, nothing inherited that yiji reads."""
    kept = {name: value for name, value in os.environ.items() if name not in _CLEARED}
    return {**kept, "LANG": "en_US.UTF-8", "PYTHONUTF8": "1", **more}


def add_plugin(folder: Path, name: str, **modules: str) -> Path:
    """Lay a distribution into a folder of sys.path; its plugin is the module ``NAME_plugin``."""
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[yiji.plugins]\n{name} = {name}_plugin\n")
    for module, code in modules.items():
        (folder / f"{module}.py").write_text(dedent(code), "utf-8")
    return folder


@pytest.fixture
def yiji(tmp_path: Path) -> Run:
    """Run `yiji` in a process of its own, in a folder that is no site; keywords are environment variables, or `cwd` and
    `path` (of Python).
    """

    def run(*argv: str, cwd: Path = tmp_path, path: Path | None = None, **env: str) -> Done:
        at = {"PYTHONPATH": str(path)} if path else {}
        command: list[Any] = [sys.executable, "-m", "yiji.cli", *argv]
        full = surroundings(**{"XDG_STATE_HOME": str(tmp_path / "state"), **at, **env})
        done = subprocess.run(command, cwd=cwd, env=full, capture_output=True, check=False, timeout=60)
        return Done(done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace"))

    return run


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Run `yiji` in this process, which is quicker; otherwise as `yiji` does."""

    def run_here(*argv: str, cwd: Path = tmp_path, **env: str) -> Done:
        with monkeypatch.context() as patch:
            patch.chdir(cwd)
            patch.setattr(os, "environ", surroundings(XDG_STATE_HOME=str(tmp_path / "state"), **env))
            capfd.readouterr()
            code = run(argv)
        out, err = capfd.readouterr()
        return Done(code, out, err)

    return run_here


@pytest.fixture
def stranger(tmp_path: Path) -> Path:
    """A folder for PYTHONPATH that brings the plugin `stranger` with its commands."""
    return add_plugin(tmp_path / "path", "stranger", stranger_plugin=STRANGER, stranger_cli=STRANGER_CLI)


@pytest.fixture
def probe(here: Run, stranger: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Run `yiji` in this process with the stranger's plugin; after the test it is as if it had never been installed."""
    monkeypatch.syspath_prepend(stranger)
    plugins.cache_clear()
    yield here
    plugins.cache_clear()
    for name in [name for name in sys.modules if name.startswith("stranger_")]:
        del sys.modules[name]


@pytest.fixture
def probe_apart(yiji: Run, stranger: Path) -> Run:
    """Run `yiji` in a process of its own with the stranger's plugin."""
    return lambda *argv, **more: yiji(*argv, path=stranger, **more)
