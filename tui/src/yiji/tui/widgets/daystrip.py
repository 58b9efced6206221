"""Days side by side, each with how many places are free on it."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from rich.style import Style
from rich.text import Text
from textual.events import Resize
from textual.message import Message
from textual.widgets import Static

from yiji.tui.base import base
from yiji.tui.cells import fit

WIDTH = 12  # cells of a day
MOST = 14


class DayStrip(Static):
    """A window of days; it slides when a day beyond its end is chosen, and never before its first day."""

    COMPONENT_CLASSES = {"daystrip--on", "daystrip--none"}  # noqa: RUF012

    class Picked(Message):
        """A day was clicked."""

        def __init__(self, day: date) -> None:
            super().__init__()
            self.day = day

    def __init__(self) -> None:
        super().__init__()
        self.auto_links = False  # clicks, but in our own colours
        self._today = date.min
        self._first = date.min
        self._free: dict[date, int] = {}
        self.chosen = date.min

    @property
    def days(self) -> Sequence[date]:
        """The days in sight."""
        count = min(MOST, max(1, (self.size.width or 72) // WIDTH))
        return [self._first + timedelta(days=offset) for offset in range(count)]

    def begin(self, today: date, chosen: date | None = None) -> None:
        """Begin the window today, and choose a day."""
        self._today = self._first = self.chosen = today
        self.choose(chosen or today)

    def choose(self, day: date) -> None:
        """Choose a day and slide the window so far that it is in sight."""
        self.chosen = max(day, self._today)
        last = self.days[-1]
        slide = max(0, (self.chosen - last).days) or min(0, (self.chosen - self._first).days)
        self._first += timedelta(days=slide)
        self.reword()

    def show(self, free: Mapping[date, int]) -> None:
        """Show how many places are free on the days that are known."""
        if self._free != free:
            self._free = dict(free)
            self.reword()

    def on_resize(self, event: Resize) -> None:
        """More days, or fewer."""
        self.choose(self.chosen)

    def reword(self) -> None:
        """Show the days in the language of the moment."""
        if self._first == date.min:
            return
        reading = base(self).reading
        upper, lower = Text(no_wrap=True, overflow="crop"), Text(no_wrap=True, overflow="crop")
        for day in self.days:
            style = self._style(day) + Style(meta={"@click": f"pick({day.toordinal()})"})
            free = self._free.get(day)
            told = "…" if free is None else reading.t("free_day", free=free) if free else reading.t("none_free")
            upper.append(fit(f" {reading.day(day)}", WIDTH), style)
            lower.append(fit(f" {told}", WIDTH), style)
        self.update(Text("\n").join((upper, lower)))

    def _style(self, day: date) -> Style:
        if day == self.chosen:
            return self.get_component_rich_style("daystrip--on")
        return Style.null() if self._free.get(day) else self.get_component_rich_style("daystrip--none", partial=True)

    def action_pick(self, ordinal: int) -> None:
        """A day was clicked."""
        self.post_message(self.Picked(date.fromordinal(ordinal)))
