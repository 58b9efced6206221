"""Where the dispatcher types what to search for."""

from textual.widgets import Input

from yiji.tui.base import base


class SearchLine(Input):
    """One line, over the orders while it is needed."""

    def __init__(self, words: str) -> None:
        super().__init__(words, compact=True, select_on_focus=False)

    def on_mount(self) -> None:
        """Take the keys."""
        self.reword()
        self.focus()

    def reword(self) -> None:
        """Say in the language of the moment what can be searched for."""
        self.placeholder = base(self).t("find_by")
