"""A table drawn line by line: what did not change is not drawn again, and the selection stays where it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.events import Click, Resize
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from yiji.tui.cells import fit, share

HEAD = 1  # lines of heading
LOUD = ("stat", "urgent")
LOOKS = (*LOUD, "todo", "booked", "here", "called", "busy", "done", "gone", "quiet", "strong", "free", "last")


@dataclass(frozen=True, slots=True)
class Cell:
    """A text and how it looks (one of `LOOKS`, or nothing)."""

    text: str
    look: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A row: `key` is what it is about, and stays when the cells change."""

    key: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A heading, the least width in cells, and the share of the free room that it takes."""

    title: str
    width: int
    grow: int = 0


class Table(ScrollView, can_focus=True):
    """Lines to select one from."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "table--head",
        "table--row",
        "table--odd",
        "table--cursor",
        "table--mark",
        *(f"table--{look}" for look in LOOKS),
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "step(-1)", show=False),
        Binding("down", "step(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("home", "select(0)", show=False),
        Binding("end", "select(-1)", show=False),
        Binding("enter", "choose", show=False),
    ]

    class Moved(Message):
        """Another line is selected, or the selected line reads differently."""

    class Chosen(Message):
        """The selected line was chosen."""

        def __init__(self, table: "Table", key: str) -> None:
            super().__init__()
            self.table = table
            self.key = key

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._columns: tuple[Column, ...] = ()
        self._lines: tuple[Line, ...] = ()
        self._index = 0

    @property
    def lines(self) -> tuple[Line, ...]:
        """The lines as they stand."""
        return self._lines

    @property
    def selected(self) -> str:
        """The key of the selected line; empty when there is none."""
        return self._lines[self._index].key if self._lines else ""

    def head(self, columns: Sequence[Column]) -> None:
        """Put headings in."""
        if tuple(columns) != self._columns:
            self._columns = tuple(columns)
            self.refresh()

    def show(self, lines: Sequence[Line]) -> int:
        """Put lines in, keep selection and scroll; return how many of the lines in sight were drawn again."""
        before, seen = self.selected, self._in_sight()
        old_index, was_visible = self._index, self._is_visible(self._index)
        self._lines = tuple(lines)
        self._index = self._find(before, old_index)
        if self.virtual_size.height != len(lines) + HEAD:
            self.virtual_size = Size(0, len(lines) + HEAD)
        top = self.scroll_offset.y + (self._index - old_index if was_visible else 0)
        self._scroll(top)
        if was_visible:
            self._reveal()
        changed = self._redraw(seen)
        if changed:
            self.post_message(self.Moved())
        return changed

    def _find(self, key: str, index: int) -> int:
        """Return where a key is now; where it was, when it is gone."""
        found = next((place for place, line in enumerate(self._lines) if line.key == key), index)
        return max(0, min(found, len(self._lines) - 1))

    def _in_sight(self) -> list[Line | None]:
        """Return what each screen line below the heading shows."""
        top = self.scroll_offset.y
        return [self._line(top + offset) for offset in range(self._page)]

    def _redraw(self, seen: Sequence[Line | None]) -> int:
        """Draw the screen lines whose content is another."""
        changed = [offset for offset, (was, now) in enumerate(zip(seen, self._in_sight(), strict=False)) if was != now]
        for offset in changed:
            self._draw(offset + self.scroll_offset.y)
        return len(changed)

    def _draw(self, index: int) -> None:
        self.refresh(Region(0, index - self.scroll_offset.y + HEAD, self.size.width, 1))

    def _line(self, index: int) -> Line | None:
        return self._lines[index] if 0 <= index < len(self._lines) else None

    @property
    def _page(self) -> int:
        """How many lines are in sight."""
        return max(1, self.size.height - HEAD)

    def _is_visible(self, index: int) -> bool:
        return 0 <= index - self.scroll_offset.y < self._page

    def _scroll(self, top: int) -> None:
        if top != self.scroll_offset.y:
            self.scroll_to(y=top, animate=False)

    def _reveal(self) -> None:
        """Scroll just as far as the selected line needs."""
        top = self.scroll_offset.y
        self._scroll(min(self._index, max(top, self._index - self._page + 1)))

    def select(self, key: str) -> None:
        """Select the line with this key, if it is there."""
        self._move(self._find(key, self._index))

    def _move(self, index: int) -> None:
        index = max(0, min(index, len(self._lines) - 1))
        if index == self._index:
            return
        was, self._index = self._index, index
        self._draw(was)
        self._draw(index)
        self._reveal()
        self.post_message(self.Moved())

    def action_step(self, by: int) -> None:
        """Select a neighbour."""
        self._move(self._index + by)

    def action_page(self, by: int) -> None:
        """Select a line one page off."""
        self._move(self._index + by * (self._page - 1 or 1))

    def action_select(self, index: int) -> None:
        """Select the first line, or the last."""
        self._move(index if index >= 0 else len(self._lines) - 1)

    def action_choose(self) -> None:
        """Choose the selected line."""
        if self._lines:
            self.post_message(self.Chosen(self, self.selected))

    def on_click(self, event: Click) -> None:
        """Select by mouse; choose by a double click."""
        offset = event.get_content_offset(self)
        index = offset.y - HEAD + self.scroll_offset.y if offset and offset.y >= HEAD else -1
        if self._line(index):
            self._move(index)
            if event.chain > 1:
                self.action_choose()

    def on_resize(self, event: Resize) -> None:
        """Keep the selected line in sight."""
        self._reveal()

    def on_focus(self) -> None:
        """The selection looks another way when keys go here."""
        self._draw(self._index)

    def on_blur(self) -> None:
        """And when they go elsewhere."""
        self._draw(self._index)

    def render_line(self, y: int) -> Strip:
        """Draw one line of the screen."""
        if y < HEAD:
            cells = tuple(Cell(column.title) for column in self._columns)
            return self._strip(cells, self.get_component_rich_style("table--head"), plain=True)
        index = y - HEAD + self.scroll_offset.y
        line = self._line(index)
        if line is None:
            return Strip.blank(self.scrollable_content_region.width, self.get_component_rich_style("table--row"))
        return self._strip(line.cells, self._style(index), plain=index == self._index and self.has_focus)

    def _style(self, index: int) -> Style:
        if index == self._index:
            return self.get_component_rich_style("table--cursor" if self.has_focus else "table--mark")
        return self.get_component_rich_style("table--odd" if index % 2 else "table--row")

    def _strip(self, cells: Sequence[Cell], style: Style, plain: bool) -> Strip:
        """Lay cells side by side, one blank around each; `plain`: in one colour, but for what must not be missed."""
        room = self.scrollable_content_region.width
        columns = self._columns
        widths = share([one.width for one in columns], [one.grow for one in columns], room - len(columns) - 1)
        segments = [Segment(" ", style)]
        for cell, width in zip(cells, widths, strict=False):
            look = cell.look in LOUD if plain else cell.look
            worn = style + self.get_component_rich_style(f"table--{cell.look}", partial=True) if look else style
            segments += [Segment(fit(cell.text, width), worn), Segment(" ", style)]
        return Strip(segments).adjust_cell_length(room, style)
