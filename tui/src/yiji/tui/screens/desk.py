"""The desk itself: today's orders, the queue, and what a dispatcher does with them."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.events import Resize
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Input

from yiji.core.errors import YijiError
from yiji.tui import columns, facts
from yiji.tui.base import base
from yiji.tui.link import Look, Watch
from yiji.tui.reading import with_names
from yiji.tui.screens.subject import Subject
from yiji.tui.shown import Sieve, counts, shown
from yiji.tui.widgets.facts import Facts
from yiji.tui.widgets.filterbar import FilterBar
from yiji.tui.widgets.keybar import Key, KeyBar
from yiji.tui.widgets.searchline import SearchLine
from yiji.tui.widgets.statusline import Standing, StatusLine
from yiji.tui.widgets.table import Table
from yiji.tui.widgets.titlebar import TitleBar

if TYPE_CHECKING:
    from yiji.core.contract.desk import Desk, DeskRow
    from yiji.core.contract.queue import Ticket

_ACTS = (
    Key("b", "key.book", "act('book')"),
    Key("m", "key.move", "act('move')"),
    Key("x", "key.cancel", "act('cancel')"),
    Key("p", "key.plan", "act('plan')"),
    Key("y", "key.confirm", "act('confirm')"),
    Key("i", "key.check_in", "act('check_in')"),
    Key("c", "key.call", "act('call')"),
    Key("n", "key.next", "act('call_next')"),
    Key("g", "key.skip", "act('skip')"),
    Key("u", "key.requeue", "act('requeue')"),
    Key("o", "key.board", "act('board')"),
)
KEYS = (
    *_ACTS,
    Key("/", "key.find", "find"),
    Key("s", "key.stage", "stage(1)"),
    Key("d", "key.department", "department"),
    Key("l", "key.lang", "app.lang"),
    Key("?", "key.help", "app.help"),
    Key("q", "key.quit", "app.quit"),
)


class DeskScreen(Screen[None]):
    """Orders and queue."""

    AUTO_FOCUS = "#orders"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (132, "-wide"), (156, "-roomy")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(key.shown, key.action, show=False) for key in _ACTS),
        Binding("slash", "find", show=False),
        Binding("escape", "unfind", show=False),
        Binding("s", "stage(1)", show=False),
        Binding("S", "stage(-1)", show=False),
        Binding("d", "department", show=False),
        Binding("left_square_bracket", "day(-1)", show=False),
        Binding("right_square_bracket", "day(1)", show=False),
        Binding("t", "today", show=False),
        Binding("r", "look", show=False),
    ]

    class Seen(Message):
        """A look at the desk came back: what was looked at, and the desk or the error."""

        def __init__(self, look: Look, seen: "Desk | YijiError") -> None:
            super().__init__()
            self.look = look
            self.seen = seen

    def __init__(self, department: str = "") -> None:
        super().__init__()
        self._look = Look(department=department)
        self._watch: Watch | None = None
        self._desk: Desk | None = None
        self._lines = columns.OrderLines()
        self._sieve = Sieve()
        self._standing = Standing()

    def compose(self) -> ComposeResult:
        """Lay the screen out; what is beside what is the sheet's to say."""
        yield TitleBar()
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
        watch = Watch(base(self).link, self._look, lambda look, seen: self.post_message(self.Seen(look, seen)))
        self._watch = watch
        self.run_worker(watch.run, thread=True, group="watch")

    def on_unmount(self) -> None:
        """Let the watching thread end."""
        if self._watch:
            self._watch.stop()

    # --- what the site says ---

    def on_desk_screen_seen(self, message: "DeskScreen.Seen") -> None:
        """Take in a desk or a failure; what was asked before another day was chosen comes too late."""
        if not base(self).shows(self):
            return
        if isinstance(message.seen, YijiError):
            self._lost(message.seen)
        elif message.look == self._look:
            self._saw(message.seen)

    def _lost(self, error: YijiError) -> None:
        if not base(self).link.is_open and not error.facts.retry:
            base(self).exit(error)  # there is no such site: the command line tells
            return
        self._stand(self._standing.lost(error))

    def _saw(self, desk: "Desk") -> None:
        is_first, was_lost = self._desk is None, self._standing.fault is not None
        self._desk = desk
        base(self).use_zone(desk.zone)
        self._stand(self._standing.seen(datetime.now(UTC), desk.actor))
        self._show()
        if is_first or was_lost:
            self._learn_names()
        if was_lost and not is_first:
            base(self).say("resumed")

    @work(group="names", exclusive=True)
    async def _learn_names(self) -> None:
        """Learn the names behind the codes; without the right to read them the codes stand."""
        from yiji.core.contract.catalogue import ShowCatalogue

        try:
            catalogue = await base(self).ask(ShowCatalogue(), self)
        except YijiError:
            return
        base(self).reading = with_names(base(self).reading, catalogue)
        self.reword()

    # --- what is shown ---

    def reword(self) -> None:
        """Show everything in the language of the moment."""
        self.query_one("#queue").border_title = base(self).t("queue")
        self.query_one("#facts").border_title = base(self).t("selected")
        self._show()

    def on_resize(self, event: Resize) -> None:
        """Other columns fit."""
        self.call_after_refresh(self._show)

    def _show(self) -> None:
        reading, desk = base(self).reading, self._desk
        orders, queue = self.query_one("#orders", Table), self.query_one("#queue", Table)
        order_fields = columns.fitting(columns.ORDERS, orders.size.width)
        queue_fields = columns.fitting(columns.QUEUE, queue.size.width)
        orders.head(columns.columns(order_fields, reading))
        queue.head(columns.columns(queue_fields, reading))
        if desk is None:
            return
        rows, now = shown(desk.rows, self._sieve, reading), datetime.now(UTC)
        orders.show(self._lines.of(rows, order_fields, reading, desk.day, now))
        queue.show(columns.queue_lines(desk.queue, queue_fields, reading, desk.day, now))
        self.query_one(TitleBar).show(desk.day)
        self.query_one(FilterBar).show(self._sieve, counts(desk.rows), self._look.department)
        self._stand(self._standing.counted(len(desk.rows), len(rows)))
        self.on_table_moved()

    def _stand(self, standing: Standing) -> None:
        self._standing = standing
        self.query_one(StatusLine).show(standing)

    def on_table_moved(self) -> None:
        """Tell of the selected order, and of its ticket."""
        subject, reading = self._subject(), base(self).reading
        told = facts.of_row(subject.row, reading) if subject.row else []
        told += facts.of_ticket(subject.ticket, reading) if subject.ticket else []
        self.query_one("#facts", Facts).show(told)

    def on_descendant_focus(self) -> None:
        """The keys went from the orders to the queue, or back."""
        self.on_table_moved()

    def _subject(self) -> Subject:
        """Return what is selected: an order item and its ticket, by the ticket when the queue has the keys."""
        queue, desk = self.query_one("#queue", Table), self._desk
        tickets: tuple[Ticket, ...] = desk.queue if desk else ()
        rows: tuple[DeskRow, ...] = desk.rows if desk else ()
        ticket = next((one for one in tickets if queue.has_focus and one.id == queue.selected), None)
        item = ticket.item_id if ticket else self.query_one("#orders", Table).selected
        own = ticket or next((one for one in tickets if one.item_id == item), None)
        row = next((row for row in rows if row.item_id == item), None)
        return Subject(row, own, ticket is not None, tickets, self._look.day)

    # --- what a dispatcher does ---

    @work
    async def action_act(self, name: str) -> None:
        """Do what `flows.FLOWS` knows by this name with what is selected."""
        from yiji.tui.screens import flows  # the first screen does not wait for all others

        if self._desk is not None:
            await flows.FLOWS[name](base(self), self._subject())
            self.action_look()

    def on_table_chosen(self) -> None:
        """Enter shows the whole examination."""
        self.action_act("detail")

    def action_look(self) -> None:
        """Look at once."""
        if self._watch:
            self._watch.now()

    def _look_at(self, look: Look) -> None:
        self._look = look
        if self._watch:
            self._watch.look = look
            self._watch.now()

    def action_day(self, by: int) -> None:
        """Look at the day before, or at the next."""
        if self._desk:
            self._look_at(self._look._replace(day=self._desk.day + timedelta(days=by)))

    def action_today(self) -> None:
        """Look at today."""
        self._look_at(self._look._replace(day=None))

    @work
    async def action_department(self) -> None:
        """Look at one department, or at all."""
        from yiji.tui.screens import flows

        chosen = await flows.department(base(self), self._look.department)
        if chosen is not None:
            self._look_at(self._look._replace(department=chosen))

    def _sift(self, sieve: Sieve) -> None:
        self._sieve = sieve
        self._show()

    def action_stage(self, by: int) -> None:
        """Show another group of stages."""
        self._sift(self._sieve.step(by))

    def action_find(self) -> None:
        """Search."""
        found = self.query(SearchLine)
        if found:
            found.first().focus()
        else:
            self.mount(SearchLine(self._sieve.words), after=self.query_one(FilterBar))

    def on_input_changed(self, event: Input.Changed) -> None:
        """Show what is found while it is typed."""
        self._sift(Sieve(self._sieve.group, event.value))

    def on_input_submitted(self) -> None:
        """Keep what was found; the keys go back to the orders."""
        self._end_search()

    def action_unfind(self) -> None:
        """Show everything again."""
        self._end_search()
        self._sift(Sieve())

    def _end_search(self) -> None:
        self.query(SearchLine).remove()
        self.query_one("#orders").focus()
