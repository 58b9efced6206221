"""The keys and the colours, explained."""

from collections.abc import Sequence

from rich.text import Text
from textual.containers import VerticalScroll
from textual.widget import Widget
from textual.widgets import Static

from yiji.tui.screens.dialog import Dialog


class HelpScreen(Dialog[None]):
    """To read only."""

    CSS_PATH = "../css/help.tcss"
    AUTO_FOCUS = "VerticalScroll"

    def content(self) -> Sequence[Widget]:
        """One text, to scroll through."""
        return [VerticalScroll(Static(id="text"))]

    def title_text(self) -> str:
        """What this is."""
        return self.t("help.title")

    def reword(self) -> None:
        """Explain in the language of the moment."""
        super().reword()
        self.query_one("#text", Static).update(Text(self.t("help")))
