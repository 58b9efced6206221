"""What a face sees of the house: a bus to ask, and a shell to speak with the user.

Nothing heavy is imported here, so that ``yiji --help`` stays quick: pydantic serves the type checker only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic import BaseModel

    from yiji.core.message import Request, Watch

R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)


class Watching(Iterator[R_co], Protocol[R_co]):
    """Answers as they change; iterating raises the `YijiError` that ended the watch."""

    def close(self) -> None:
        """End the watch, from any thread; the iteration ends."""
        ...


class Bus(Protocol):
    """Ask, and get the answer or a `YijiError`; nobody can tell whether it came from this process or another."""

    def ask(self, request: Request[R], *, key: str = "", timeout: float = 30.0) -> R:
        """Return the answer. `key` makes a command idempotent (left out, a fresh one is made); `timeout` in seconds."""
        ...

    def watch(self, request: Watch[R]) -> Watching[R]:
        """Return the answers of a watch: the first at once, another whenever it differs, the newest only."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


class Shell(Protocol):
    """The command line around a wing's command: data to stdout, narration to stderr."""

    lang: str
    json: bool

    @property
    def site(self) -> Path:
        """The site's folder; raises `NoSite`."""
        ...

    @property
    def bus(self) -> Bus:
        """The bus of the site, or of ``--server``."""
        ...

    def words(self, zh: str, en: str) -> str:
        """Return the text of the user's language."""
        ...

    def show(self, value: BaseModel) -> None:
        """Print one value: a two-column table, or JSON."""
        ...

    def table(self, rows: Iterable[BaseModel], columns: Sequence[tuple[str, str, str]], title: str = "") -> None:
        """Print rows: `columns` are (field, zh heading, en heading); with --json a list of whole values."""
        ...

    def data(self, value: Any) -> None:
        """Print plain data as JSON whatever the flags."""
        ...

    def say(self, text: str) -> None:
        """Narrate on stderr."""
        ...

    def progress(self, text: str) -> AbstractContextManager[Any]:
        """Show on stderr that long work goes on."""
        ...


_SHELL: ContextVar[Shell] = ContextVar("shell")


def shell() -> Shell:
    """Return the shell of the running command."""
    return _SHELL.get()


def use_shell(current: Shell) -> None:
    """Make `current` the shell of the running command."""
    _SHELL.set(current)
