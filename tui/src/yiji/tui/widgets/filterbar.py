"""The stages with their counts, the department and the words that are searched for."""

from rich.text import Text
from textual.widgets import Static

from yiji.tui.base import base
from yiji.tui.shown import GROUPS, Sieve


class FilterBar(Static):
    """One line that says what of the desk is shown."""

    COMPONENT_CLASSES = {"filterbar--on", "filterbar--word"}  # noqa: RUF012

    def __init__(self) -> None:
        super().__init__()
        self._sieve = Sieve()
        self._counts: dict[str, int] = {}
        self._department = ""

    def show(self, sieve: Sieve, counts: dict[str, int], department: str) -> None:
        """Say it anew, if it is another."""
        if (sieve, counts, department) != (self._sieve, self._counts, self._department):
            self._sieve, self._counts, self._department = sieve, counts, department
            self.reword()

    def on_mount(self) -> None:
        """Say it for the first time."""
        self.reword()

    def reword(self) -> None:
        """Say it in the language of the moment."""
        reading = base(self).reading
        on = self.get_component_rich_style("filterbar--on")
        word = self.get_component_rich_style("filterbar--word", partial=True)
        line = Text(no_wrap=True, overflow="ellipsis")
        for group in GROUPS:
            told = f" {reading.t(f'group.{group}')} {self._counts.get(group, '-')} "
            line.append(told, on if group == self._sieve.group else "")
        name = reading.department(self._department) if self._department else reading.t("all_departments")
        line.append(f"  {reading.t('department')} ")
        line.append(name, word)
        if self._sieve.words:
            line.append(f"  {reading.t('found_by')} ")
            line.append(self._sieve.words, word)
        self.update(line)
