"""One of a few: a room, a department."""

from collections.abc import Sequence
from typing import NamedTuple

from textual.widget import Widget

from yiji.tui.screens.dialog import BACK, Dialog
from yiji.tui.widgets.keybar import Key
from yiji.tui.widgets.table import Cell, Column, Line, Table


class Choice(NamedTuple):
    """What may be chosen, and how it reads."""

    key: str
    text: str


class ChooseScreen(Dialog[str]):
    """Answers with the key of what was chosen."""

    CSS_PATH = "../css/choose.tcss"
    AUTO_FOCUS = "Table"
    KEYS = (Key("Enter", "key.choose", "choose"), BACK)

    def __init__(self, title: str, choices: Sequence[Choice], current: str = "") -> None:
        super().__init__()
        self._title = title
        self._choices = choices
        self._current = current

    def content(self) -> Sequence[Widget]:
        """The choices."""
        return [Table()]

    def title_text(self) -> str:
        """What is to be chosen."""
        return self.t(self._title)

    def on_mount(self) -> None:
        """Put the choices in; the box is as high as they need."""
        super().on_mount()
        table = self.query_one(Table)
        table.styles.height = len(self._choices) + 1
        table.show([Line(choice.key, (Cell(choice.text),)) for choice in self._choices])
        table.select(self._current)

    def reword(self) -> None:
        """Show the heading in the language of the moment."""
        super().reword()
        self.query_one(Table).head([Column(self.t("choices"), 20, 1)])

    def on_table_chosen(self, message: Table.Chosen) -> None:
        """That is it."""
        self.dismiss(message.key)

    def action_choose(self) -> None:
        """The selected one is it."""
        self.query_one(Table).action_choose()
