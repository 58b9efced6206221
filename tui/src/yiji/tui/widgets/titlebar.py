"""The first line: what this is, and which day it shows."""

from datetime import date

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Static

from yiji.core import clock
from yiji.tui.base import base


class TitleBar(Horizontal):
    """Name and day."""

    def __init__(self) -> None:
        super().__init__()
        self._day: date | None = None

    def compose(self) -> ComposeResult:
        """Two texts, at both ends of the line."""
        yield Static(id="name", markup=False)
        yield Static(id="day", markup=False)

    def on_mount(self) -> None:
        """Show the name at once."""
        self.reword()

    def show(self, day: date) -> None:
        """Show a day."""
        self._day = day
        self.reword()

    def reword(self) -> None:
        """Show both in the language of the moment."""
        reading, day = base(self).reading, self._day
        self.query_one("#name", Static).update(reading.t("title"))
        if day:
            away = (day - clock.today(reading.zone)).days
            word = reading.t("today") if not away else reading.t("away", days=f"{away:+d}")
            told = self.query_one("#day", Static)
            told.set_class(bool(away), "-other")
            told.update(f"{day:%Y}-{reading.day(day)} {word}")
