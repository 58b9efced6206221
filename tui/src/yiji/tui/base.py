"""What all screens of the desk stand on: a line to the bus, a language, and how a refusal is told."""

from asyncio import CancelledError
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast, runtime_checkable

from textual.app import App
from textual.dom import DOMNode
from textual.screen import Screen
from textual.worker import WorkerCancelled, WorkerFailed

from yiji.core import i18n
from yiji.core.errors import YijiError
from yiji.tui.link import Link
from yiji.tui.reading import Reading

if TYPE_CHECKING:
    from yiji.core.faces import Bus
    from yiji.core.message import Request

R = TypeVar("R")


@runtime_checkable
class Worded(Protocol):
    """A screen or a widget that shows words."""

    def reword(self) -> None:
        """Show them in the language of the moment."""
        ...


class Base(App[YijiError]):
    """The application, as far as its screens need to know it."""

    def __init__(self, open_bus: "Callable[[], Bus]", lang: str) -> None:
        super().__init__()
        self.link = Link(open_bus)
        self.reading = Reading(lang)

    def t(self, key: str, **params: object) -> str:
        """Return a text in the language of the moment."""
        return self.reading.t(key, **params)

    def use_lang(self, lang: str) -> None:
        """Speak another language, at once and everywhere."""
        self.reading = replace(self.reading, lang=lang)
        self.reword()

    def reword(self) -> None:
        """Let everything that shows words show them anew."""
        for screen in self.screen_stack:
            for node in (screen, *screen.query("*")):
                if isinstance(node, Worded):
                    node.reword()

    def use_zone(self, zone: str) -> None:
        """Read times on the site's clock."""
        self.reading = replace(self.reading, zone=zone)

    async def ask(self, request: "Request[R]", asker: Screen[Any] | None = None) -> R:
        """Ask the bus in a thread; raises `YijiError`, or `CancelledError` when the asker has been left meanwhile."""
        worker = self.run_worker(lambda: self.link.ask(request), thread=True, exit_on_error=False)
        try:
            return await worker.wait()
        except WorkerCancelled:
            raise CancelledError from None
        except WorkerFailed as failed:
            raise failed.error from None
        finally:
            if asker and not self.shows(asker):
                raise CancelledError

    def shows(self, screen: Screen[Any]) -> bool:
        """Whether a screen is still there to show something in; a desk that closes takes it apart piece by piece."""
        return self.is_running and screen in self.screen_stack

    async def perform(self, request: "Request[R]") -> R | None:
        """Ask for a change; a refusal is told, and None is returned."""
        try:
            return await self.ask(request)
        except YijiError as error:
            self.tell(error)
            return None

    def tell(self, error: YijiError) -> None:
        """Show what happened and what to do next."""
        message, hint = i18n.explain(error, self.reading.lang)
        told = f"{message}\n→ {hint}" if hint else message
        self.notify(told, title=self.t("refused"), severity="error", timeout=12, markup=False)

    def say(self, key: str, **params: object) -> None:
        """Show that something was done."""
        self.notify(self.t(key, **params), timeout=5, markup=False)

    def warn(self, key: str, **params: object) -> None:
        """Show why a key does nothing here."""
        self.notify(self.t(key, **params), severity="warning", timeout=6, markup=False)


def base(node: DOMNode) -> Base:
    """Return the application that a screen or a widget lives in."""
    return cast(Base, node.app)
