"""`yiji` as a user runs it, and what must be true of every refusal that a user reads."""

import io
import os
import re
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from yiji.cli import main
from yiji.core.errors import Kind, revive
from yiji.core.i18n import LANGS, explain

CHINESE = re.compile(r"[一-鿿]")
# Nothing of the tester's own shell may decide what is seen.
_CLEARED = ("YIJI_SITE", "YIJI_SERVER", "YIJI_TOKEN", "YIJI_LANG", "NO_COLOR", "FORCE_COLOR", "PYTHONPATH")


@dataclass(frozen=True)
class Told:
    """What a run left behind."""

    code: int
    out: str
    err: str


def run(*argv: str, site: Path | None = None, before: Callable[[], None] | None = None) -> Told:
    """Run `yiji` in a process of its own, where `before` is called first."""
    at = ("--site", str(site)) if site else ()
    return start(sys.executable, "-m", "yiji.cli", *argv, *at, before=before)


def start(*command: str, before: Callable[[], None] | None = None) -> Told:
    """Run a program to its end."""
    env = {name: value for name, value in os.environ.items() if name not in _CLEARED} | {"PYTHONUTF8": "1"}
    done = subprocess.run(command, env=env, capture_output=True, timeout=60, check=False, preexec_fn=before)
    return Told(done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8"))


def run_here(*argv: str, site: Path | None = None) -> Told:
    """Run `yiji` in this process, which spares its start."""
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
    with redirect_stdout(out), redirect_stderr(err):
        code = main.run([*argv, *(("--site", str(site)) if site else ())])
    return Told(code, *(stream.buffer.getvalue().decode("utf-8") for stream in (out, err)))


def says(text: str, code: str, lang: str) -> bool:
    """Whether a text tells the sentence and the hint of an error in a language, whatever its parameters."""
    assert_words(code)
    return all(re.search(_pattern(part), text, re.DOTALL) for part in _words(code, lang))


def assert_words(code: str) -> None:
    """An error has a sentence and a hint in both languages, and each is in that language."""
    for lang in LANGS:
        words = _words(code, lang)
        assert all(words), f"{code} has no words in {lang}"
        assert all(bool(CHINESE.search(part)) == (lang == "zh") for part in words), words


def _words(code: str, lang: str) -> tuple[str, str]:
    return explain(revive(code, Kind.INVALID, {}), lang)  # a parameter that is not given reads "?"


def _pattern(part: str) -> str:
    return re.escape(part).replace(r"\?", ".+?")
