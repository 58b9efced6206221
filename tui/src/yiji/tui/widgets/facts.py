"""Names and values under one another, the names in a column of their own."""

from collections.abc import Sequence

from rich.style import Style
from rich.table import Table as Grid
from textual.widgets import Static

Fact = tuple[str, str]


class Facts(Static):
    """What is known of one thing; a fact without a value is left out, one without a name is a heading."""

    COMPONENT_CLASSES = {"facts--name", "facts--heading"}  # noqa: RUF012

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._facts: tuple[Fact, ...] = ()

    def show(self, facts: Sequence[Fact]) -> None:
        """Show facts, if they are others."""
        if tuple(facts) != self._facts:
            self._facts = tuple(facts)
            self.reword()

    def reword(self) -> None:
        """Draw them again, in the colours of the moment; the words are the shower's."""
        self.update(self._grid())

    def _grid(self) -> Grid:
        name = self.get_component_rich_style("facts--name", partial=True)
        heading = self.get_component_rich_style("facts--heading", partial=True)
        grid = Grid.grid(padding=(0, 1), expand=True)
        grid.add_column(style=name, no_wrap=True)
        grid.add_column(ratio=1, overflow="fold")
        for told, value in self._facts:
            if not told:
                grid.add_row("", "" if not value else f"{value}", style=heading)
            elif value:
                grid.add_row(told, value, style=Style.null())
        return grid
