"""What all dialogs have: a title, something to look at or answer, the keys, and Esc to leave."""

from collections.abc import Sequence
from typing import ClassVar, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widget import Widget

from yiji.tui.base import base
from yiji.tui.widgets.keybar import Key, KeyBar

R = TypeVar("R")
BACK = Key("Esc", "key.back", "leave")


class Dialog(ModalScreen[R | None]):
    """A box over the desk; None comes back when it is left."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", show=False)]
    KEYS: ClassVar[Sequence[Key]] = (BACK,)

    def compose(self) -> ComposeResult:
        """Lay out the box."""
        with Vertical(id="box"):
            yield from self.content()
            yield KeyBar(self.KEYS)

    def content(self) -> Sequence[Widget]:
        """Return what stands between title and keys."""
        return ()

    def title_text(self) -> str:
        """Return the title in the language of the moment."""
        return ""

    def on_mount(self) -> None:
        """Show the words."""
        self.reword()

    def reword(self) -> None:
        """Show the title in the language of the moment."""
        self.query_one("#box").border_title = self.title_text()

    def t(self, key: str, **params: object) -> str:
        """Return a text in the language of the moment."""
        return base(self).t(key, **params)

    def action_leave(self) -> None:
        """Leave without an answer."""
        self.dismiss(None)
