"""The desk itself: today's orders, the queue, and what a dispatcher does with them."""

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal
from textual.events import Resize
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Static

from yiji.core.errors import YijiError
from yiji.tui import columns, facts
from yiji.tui.base import base
from yiji.tui.link import Look, Watch
from yiji.tui.reading import with_names
from yiji.tui.screens import flows
from yiji.tui.screens.search import SearchLine
from yiji.tui.shown import Sieve, counts, shown
from yiji.tui.widgets.facts import Facts
from yiji.tui.widgets.filterbar import FilterBar
from yiji.tui.widgets.keybar import Key, KeyBar
from yiji.tui.widgets.statusline import Standing, StatusLine
from yiji.tui.widgets.table import Table

if TYPE_CHECKING:
    from yiji.core.contract.booking import Ticket
    from yiji.core.contract.desk import Desk, DeskRow

KEYS = (
    Key("b", "key.book", "book"),
    Key("m", "key.move", "move"),
    Key("x", "key.cancel", "cancel"),
    Key("i", "key.check_in", "check_in"),
    Key("c", "key.call", "call"),
    Key("n", "key.next", "call_next"),
    Key("/", "key.find", "find"),
    Key("s", "key.stage", "stage(1)"),
    Key("d", "key.department", "department"),
    Key("l", "key.lang", "lang"),
    Key("?", "key.help", "help"),
    Key("q", "key.quit", "quit"),
)


class DeskScreen(Screen[None]):
    """Orders and queue."""

    CSS_PATH = "../css/desk.tcss"
    AUTO_FOCUS = "#orders"
    HORIZONTAL_BREAKPOINTS: ClassVar[list[tuple[int, str]] | None] = [(0, "-narrow"), (132, "-wide")]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("b", "book", show=False),
        Binding("m", "move", show=False),
        Binding("x", "cancel", show=False),
        Binding("i", "check_in", show=False),
        Binding("c", "call", show=False),
        Binding("n", "call_next", show=False),
        Binding("slash", "find", show=False),
        Binding("escape", "unfind", show=False),
        Binding("s", "stage(1)", show=False),
        Binding("S", "stage(-1)", show=False),
        Binding("d", "department", show=False),
        Binding("left_square_bracket", "day(-1)", show=False),
        Binding("right_square_bracket", "day(1)", show=False),
        Binding("t", "today", show=False),
        Binding("r", "look", show=False),
        Binding("l", "lang", show=False),
        Binding("k", "colours", show=False),
        Binding("question_mark", "help", show=False),
        Binding("q", "quit", show=False),
    ]

    class Seen(Message):
        """A look at the desk came back: what was looked at, and the desk or the error."""

        def __init__(self, look: Look, seen: "Desk | YijiError") -> None:
            super().__init__()
            self.look = look
            self.seen = seen

    def __init__(self, department: str = "") -> None:
        super().__init__()
        self._first = Look(department=department)
        self._watch: Watch | None = None
        self._desk: Desk | None = None
        self._sieve = Sieve()
        self._standing = Standing()

    def compose(self) -> ComposeResult:
        """Lay the screen out; what is beside what is the sheet's to say."""
        with Horizontal(id="title"):
            yield Static(id="name", markup=False)
            yield Static(id="day", markup=False)
        yield FilterBar()
        with Container(id="body"):
            yield Table(id="orders")
            with Container(id="side"):
                yield Table(id="queue")
                yield Facts(id="facts")
        yield StatusLine()
        yield KeyBar(KEYS)

    def on_mount(self) -> None:
        """Show the frame first; look at the site when it stands."""
        self.reword()
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        watch = Watch(base(self).link, self._first, lambda look, seen: self.post_message(self.Seen(look, seen)))
        self._watch = watch
        self.run_worker(watch.run, thread=True, group="watch")

    def on_unmount(self) -> None:
        """Let the watching thread end."""
        if self._watch:
            self._watch.stop()

    # --- what the site says ---

    @property
    def _look(self) -> Look:
        return self._watch.look if self._watch else self._first

    def on_desk_screen_seen(self, message: "DeskScreen.Seen") -> None:
        """Take in a desk or a failure."""
        if isinstance(message.seen, YijiError):
            self._lost(message.seen)
        elif message.look == self._look:
            self._saw(message.seen)

    def _lost(self, error: YijiError) -> None:
        if not base(self).link.is_open and not error.facts.retry:
            self.app.exit(error)  # there is no such site: the command line tells
            return
        self._standing = self._standing.lost(datetime.now(UTC), error)
        self._show_standing()

    def _saw(self, desk: "Desk") -> None:
        is_first, was_lost = self._desk is None, self._standing.fault is not None
        self._desk = desk
        self._standing = self._standing.seen(datetime.now(UTC), desk.actor)
        if is_first or was_lost:
            self._learn_names()
        if was_lost and not is_first:
            base(self).say("resumed")
        if base(self).reading.zone != desk.zone:
            base(self).use_zone(desk.zone)
        self._show()

    @work(group="names", exclusive=True)
    async def _learn_names(self) -> None:
        """Learn the names behind the codes; without the right to read them the codes stand."""
        from yiji.core.contract.booking import ShowCatalogue

        try:
            catalogue = await base(self).ask(ShowCatalogue())
        except YijiError:
            return
        base(self).reading = with_names(base(self).reading, catalogue)
        self.reword()

    # --- what is shown ---

    def reword(self) -> None:
        """Show everything in the language of the moment."""
        base_ = base(self)
        self.query_one("#name", Static).update(base_.t("title"))
        self.query_one("#queue").border_title = base_.t("queue")
        self.query_one("#facts").border_title = base_.t("selected")
        self._show()

    def on_resize(self, event: Resize) -> None:
        """Other columns fit."""
        self.call_after_refresh(self._show)

    def _show(self) -> None:
        reading, desk = base(self).reading, self._desk
        orders, queue = self.query_one("#orders", Table), self.query_one("#queue", Table)
        order_fields = columns.fitting(columns.ORDERS, orders.size.width or self.size.width)
        queue_fields = columns.fitting(columns.QUEUE, queue.size.width)
        orders.head(columns.columns(order_fields, reading))
        queue.head(columns.columns(queue_fields, reading))
        if desk is None:
            return
        rows, now = shown(desk.rows, self._sieve, reading), datetime.now(UTC)
        orders.show(columns.order_lines(rows, order_fields, reading, desk.day, now))
        by_item = {row.item_id: row for row in desk.rows}
        queue.show(columns.queue_lines(desk.queue, queue_fields, reading, desk.day, now, by_item))
        self._show_around(desk, len(rows))

    def _show_around(self, desk: "Desk", count: int) -> None:
        reading = base(self).reading
        today = reading.local(datetime.now(UTC)).date() == desk.day
        word = f" {reading.t('today')}" if today else ""
        day = self.query_one("#day", Static)
        day.update(f"{desk.day:%Y}-{reading.day(desk.day)}{word}")
        day.set_class(not today, "-other")
        self.query_one(FilterBar).show(self._sieve, counts(desk.rows), self._look.department)
        self._standing = self._standing.of(len(desk.rows), count)
        self._show_standing()

    def _show_standing(self) -> None:
        self.query_one(StatusLine).show(self._standing)
        self.set_class(self._standing.fault is not None, "-lost")

    def on_table_moved(self) -> None:
        """Tell of the selected order."""
        row = self._row()
        self.query_one("#facts", Facts).show(facts.of_row(row, base(self).reading) if row else ())

    # --- what is selected ---

    def _ticket(self) -> "Ticket | None":
        """Return the selected ticket, when the queue has the keys."""
        queue = self.query_one("#queue", Table)
        tickets = self._desk.queue if self._desk and queue.has_focus else ()
        return next((one for one in tickets if one.id == queue.selected), None)

    def _row(self) -> "DeskRow | None":
        """Return the selected order item; with the keys in the queue, the one of the ticket."""
        ticket = self._ticket()
        item = ticket.item_id if ticket else self.query_one("#orders", Table).selected
        return next((row for row in self._desk.rows if row.item_id == item), None) if self._desk else None

    def _chosen(self) -> "DeskRow | None":
        row = self._row()
        if row is None:
            base(self).warn("nothing_selected")
        return row

    # --- what a dispatcher does ---

    @work
    async def action_book(self) -> None:
        """Give the selected examination a place."""
        if row := self._chosen():
            await flows.book(base(self), row)
            self.action_look()

    @work
    async def action_move(self) -> None:
        """Give it another place 改约."""
        if row := self._chosen():
            await flows.move(base(self), row)
            self.action_look()

    @work
    async def action_cancel(self) -> None:
        """Give its place back."""
        if row := self._chosen():
            await flows.cancel(base(self), row)
            self.action_look()

    @work
    async def action_check_in(self) -> None:
        """The patient is here 签到."""
        if row := self._chosen():
            await flows.check_in(base(self), row)
            self.action_look()
