"""One run of the command line: what was asked for, what it opened, what it answers (`yiji.core.faces.Shell`)."""

import os
import sys
from collections.abc import Generator, Iterable, Sequence
from contextlib import ExitStack, contextmanager, redirect_stdout
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from yiji.cli.errors import SiteNeeded
from yiji.core.errors import NoSite
from yiji.core.i18n import default_lang

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from datetime import tzinfo

    from pydantic import BaseModel

    from yiji.core.faces import Bus


def find_site(start: Path) -> Path | None:
    """Return the nearest folder from `start` upwards that holds a site."""
    return next((folder for folder in (start, *start.parents) if (folder / "yiji.toml").is_file()), None)


def peek(argv: Sequence[str]) -> tuple[str, bool]:
    """Return the language and the wish for JSON without parsing: help pages and usage errors need them earlier."""
    words = list(argv[: argv.index("--")] if "--" in argv else argv)
    lang = ""
    for word, following in pairwise([*words, ""]):
        lang = following if word == "--lang" else word.removeprefix("--lang=") if word.startswith("--lang=") else lang
    return (lang if lang in ("zh", "en") else ""), "--json" in words


class Session:
    """The shell of one run. With --json everything shown is kept, and `finish` prints it as one document."""

    def __init__(self, argv: Sequence[str] = ()) -> None:
        lang, self.json = peek(argv)
        self.lang = lang or default_lang()
        self.verbose = False
        self._given: dict[str, Any] = {}
        self._opened = ExitStack()
        self._bus: Bus | None = None
        self._shown: list[Any] = []
        self._out = sys.stdout

    def keep(self, option: str, value: Any) -> None:
        """Take in a global option; one nearer to the command's end goes before."""
        self._given[option] = value
        if option in ("lang", "json", "verbose"):
            setattr(self, option, value)
        if option == "verbose":
            from yiji.core.log import to_file

            to_file(None)

    def _asked(self, option: str) -> str:
        return str(self._given.get(option) or os.environ.get(f"YIJI_{option.upper()}") or "")

    @property
    def server(self) -> str:
        """The server to ask, or nothing; an explicit --site goes before YIJI_SERVER."""
        return self._asked("server") if "server" in self._given or "site" not in self._given else ""

    def site_folder(self) -> Path | None:
        """Return the site's folder if there is one: --site, YIJI_SITE, or the nearest around the working folder."""
        named = self._asked("site")
        return find_site(Path.cwd()) if not named else Path(named) if (Path(named) / "yiji.toml").is_file() else None

    @property
    def site(self) -> Path:
        """The site's folder; raises `NoSite`, or `SiteNeeded` when a server is asked."""
        if self.server:
            raise SiteNeeded(server=self.server)
        folder = self.site_folder()
        if folder is None:
            raise NoSite(path=self._asked("site") or Path.cwd())
        return folder

    @property
    def bus(self) -> "Bus":
        """The bus of the site, or of the server; opened once, closed at the end."""
        if self._bus is None:
            self._bus = self._remote_bus() if self.server else self._local_bus()
            self._opened.callback(self._bus.close)
        return self._bus

    def _remote_bus(self) -> "Bus":
        from yiji.core.rpc.client import RemoteBus

        return RemoteBus(self.server, self._asked("token"), lang=self.lang)

    def _local_bus(self) -> "Bus":
        from yiji.core.app import open_app

        app = self._opened.enter_context(open_app(self.site))
        return app.bus_as(self._asked("token") or app.operator_token())

    @cached_property
    def zone(self) -> "tzinfo | None":
        """The site's time zone; nothing (this machine's own) when the site is not here."""
        from zoneinfo import ZoneInfo

        from yiji.core import settings

        folder = None if self.server else self.site_folder()
        return ZoneInfo(settings.read(folder).site.zone) if folder else None

    @property
    def colour(self) -> bool | None:
        """Whether to colour: NO_COLOR and FORCE_COLOR decide, else (nothing) whether it is a terminal."""
        return False if os.environ.get("NO_COLOR") else True if os.environ.get("FORCE_COLOR") else None

    def words(self, zh: str, en: str) -> str:
        """Return the text of the user's language."""
        return zh if self.lang == "zh" else en

    def show(self, value: "BaseModel") -> None:
        """Print one value: a two-column table, or JSON."""
        from yiji.cli import render

        self._put(value) if self.json else render.pairs(value, render.Reader(self.lang, self.zone))

    def table(self, rows: "Iterable[BaseModel]", columns: Sequence[tuple[str, str, str]], title: str = "") -> None:
        """Print rows: `columns` are (field, zh heading, en heading); with --json a list of whole values."""
        from yiji.cli import render

        self._put(list(rows)) if self.json else render.table(rows, columns, title, render.Reader(self.lang, self.zone))

    def data(self, value: Any) -> None:
        """Print plain data as JSON whatever the flags."""
        if self.json:
            self._put(value)
        else:
            self._write(value)

    def answer(self, value: Any, text: str) -> None:
        """Print `text`, or `value` with --json."""
        self._put(value) if self.json else print(text, file=self._out)

    def say(self, text: str) -> None:
        """Narrate on stderr."""
        print(text, file=sys.stderr)

    def progress(self, text: str) -> "AbstractContextManager[Any]":
        """Show on stderr that long work goes on: a spinner on a terminal, a line elsewhere."""
        from rich.console import Console

        return Console(stderr=True).status(text) if sys.stderr.isatty() else self._line(text)

    @contextmanager
    def _line(self, text: str) -> Generator[None]:
        self.say(f"{text} ...")
        yield

    def _put(self, value: Any) -> None:
        from yiji.cli.document import plain

        self._shown.append(plain(value))

    def _write(self, value: Any) -> None:
        from yiji.cli.document import document

        self._out.flush()
        self._out.buffer.write(document(value))
        self._out.buffer.flush()

    @contextmanager
    def pure(self) -> Generator[None]:
        """With --json send what libraries print to stderr, so that stdout holds the document alone."""
        with redirect_stdout(sys.stderr) if self.json else ExitStack():
            yield

    def finish(self, error: dict[str, Any] | None = None) -> None:
        """With --json print the one document: what was shown (a list if several things were), and the error."""
        shown: Any = self._shown[0] if len(self._shown) == 1 else self._shown
        if self.json and error is not None:
            self._write({"error": error, "partial": shown} if self._shown else {"error": error})
        elif self.json and self._shown:
            self._write(shown)
        self._shown = []

    def close(self) -> None:
        """Let go of the bus and the site."""
        self._bus = None
        self._opened.close()
