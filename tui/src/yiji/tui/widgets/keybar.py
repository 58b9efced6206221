"""The keys that work here, each with its word; a click on one is as good as the key."""

from collections.abc import Sequence
from typing import NamedTuple

from rich.style import Style
from rich.text import Text
from textual.widgets import Static

from yiji.tui.base import base


class Key(NamedTuple):
    """A key as it is shown, the text that explains it, and the action that a click performs."""

    shown: str
    word: str
    action: str


class KeyBar(Static):
    """The last line of a screen; it takes a second line where one is too short."""

    COMPONENT_CLASSES = {"keybar--key"}  # noqa: RUF012

    def __init__(self, keys: Sequence[Key]) -> None:
        super().__init__()
        self._keys = keys

    def on_mount(self) -> None:
        """Show the keys."""
        self.reword()

    def reword(self) -> None:
        """Show the keys in the language of the moment."""
        bar = Text(overflow="fold")
        style = self.get_component_rich_style("keybar--key", partial=True)
        for key in self._keys:
            click = Style(meta={"@click": f"screen.{key.action}"})
            # A blank that does not break keeps a key and its word on one line.
            bar.append(f"{key.shown}", style + click)
            bar.append(f"\u00a0{base(self).t(key.word).replace(' ', chr(0xA0))}", click)
            bar.append("  ")
        self.update(bar)
