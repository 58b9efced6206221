"""The keys that work here, each with its word; a click on one is as good as the key."""

from collections.abc import Sequence
from typing import NamedTuple

from rich.style import Style
from rich.text import Text
from textual.widgets import Static

from yiji.tui.base import base

GAP = 2  # cells between keys


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
        self.auto_links = False  # clicks, but in our own colours
        self._keys = keys

    def on_mount(self) -> None:
        """Show the keys."""
        self.reword()

    def on_resize(self) -> None:
        """Other keys fit on a line."""
        self.reword()

    def reword(self) -> None:
        """Show the keys in the language of the moment; a key and its word stay on one line."""
        room = self.size.width or base(self).size.width
        lines = [Text(no_wrap=True)]
        for key in self._keys:
            told = self._told(key)
            if lines[-1] and lines[-1].cell_len + GAP + told.cell_len > room:
                lines.append(Text(no_wrap=True))
            lines[-1].append_text(Text(" " * GAP if lines[-1] else "")).append_text(told)
        self.update(Text("\n").join(lines))

    def _told(self, key: Key) -> Text:
        action = key.action if "." in key.action else f"screen.{key.action}"
        click = Style(meta={"@click": action})
        shown = self.get_component_rich_style("keybar--key", partial=True)
        return Text.assemble((key.shown, shown + click), (f" {base(self).t(key.word)}", click))
