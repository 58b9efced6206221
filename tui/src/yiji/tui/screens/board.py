"""The slot board 号源板: a device's day by slot and pool; more places, and stops."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Static

from yiji.core.errors import YijiError
from yiji.tui.base import base
from yiji.tui.screens import stopping
from yiji.tui.screens.ask import Question, reasoned
from yiji.tui.screens.dialog import BACK, Dialog
from yiji.tui.widgets.daystrip import DayStrip
from yiji.tui.widgets.keybar import Key
from yiji.tui.widgets.table import Cell, Column, Line, Table

if TYPE_CHECKING:
    from yiji.core.contract.inventory import PoolRoom, Slot

MOST = 1000  # slots of one day
TITLES = (
    ("time", 11, 0),
    ("board.booked", 6, 0),
    ("board.held", 4, 0),
    ("board.places", 6, 0),
    ("free", 6, 0),
    ("board.pools", 20, 1),
)


class BoardScreen(Dialog[None]):
    """To look at, and to change what a device offers."""

    CSS_PATH = "../css/board.tcss"
    AUTO_FOCUS = "Table"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "day(-1)", show=False, priority=True),
        Binding("right", "day(1)", show=False, priority=True),
        Binding("s", "stop", show=False),
        Binding("t", "stops", show=False),
        Binding("a", "add", show=False),
        Binding("r", "again", show=False),
        Binding("l", "app.lang", show=False),
    ]
    KEYS = (
        Key("<- ->", "key.day", "day(1)"),
        Key("a", "key.add", "add"),
        Key("s", "key.stop", "stop"),
        Key("t", "key.stops", "stops"),
        Key("r", "key.refresh", "again"),
        Key("l", "key.lang", "app.lang"),
        BACK,
    )

    def __init__(self, device: str, name: str) -> None:
        super().__init__()
        self._device = device
        self._device_name = name
        self._days: dict[date, tuple[Slot, ...]] = {}
        self._failed = False
        self._is_settled = False

    def content(self) -> Sequence[Widget]:
        """The days, the slots of a day, and what the selected one stands at."""
        return [DayStrip(), Table(), Static(id="stand", markup=False)]

    def title_text(self) -> str:
        """Whose board it is."""
        return self.t("board", device=self._device_name)

    def on_mount(self) -> None:
        """Begin today."""
        super().on_mount()
        self.query_one(DayStrip).begin(base(self).reading.local(datetime.now(UTC)).date())
        self._fetch()

    @work(exclusive=True, group="board")
    async def _fetch(self) -> None:
        """Ask for the slots of the days in sight, the chosen day first."""
        strip = self.query_one(DayStrip)
        for day in [strip.chosen, *(day for day in strip.days if day != strip.chosen)]:
            if day not in self._days and not await self._ask(day):
                return

    async def _ask(self, day: date) -> bool:
        from yiji.core.contract.inventory import FindSlots

        wish = FindSlots(device=self._device, first_day=day, days=1, only_free=False, limit=MOST)
        try:
            self._days[day] = (await base(self).ask(wish, self)).slots
        except YijiError as error:
            self._failed = True
            self._stand()
            base(self).tell(error)
            return False
        self._show()
        self._settle()
        return True

    def _settle(self) -> None:
        """Begin with the slot of the moment: what is over is above it."""
        now = datetime.now(UTC)
        current = next((slot.id for slot in self._slots() if slot.ends_at > now), None)
        if not self._is_settled and current:
            self._is_settled = True
            self.call_after_refresh(self.query_one(Table).select, current)  # scrolls only when it knows its size

    def reword(self) -> None:
        """Show everything in the language of the moment."""
        super().reword()
        self.query_one(Table).head([Column(self.t(name), width, grow) for name, width, grow in TITLES])
        self._show()

    def _show(self) -> None:
        strip, now = self.query_one(DayStrip), datetime.now(UTC)
        strip.show({day: sum(one.free for one in slots if one.ends_at > now) for day, slots in self._days.items()})
        self.query_one(Table).show([Line(slot.id, self._cells(slot)) for slot in self._slots()])
        self._stand()

    def _slots(self) -> "tuple[Slot, ...]":
        return self._days.get(self.query_one(DayStrip).chosen, ())

    def _cells(self, slot: "Slot") -> tuple[Cell, ...]:
        reading = base(self).reading
        is_over = slot.ends_at <= datetime.now(UTC)
        look = "gone" if slot.free < 1 else "quiet" if is_over else "last" if slot.free == 1 else "free"
        free = Cell(self.t("board.closed"), "stat") if slot.closed else Cell(str(slot.free), look)
        pools = "  ".join(self._pool(pool) for pool in slot.pools)
        return (
            Cell(f"{reading.time(slot.starts_at)}-{reading.time(slot.ends_at)}", "quiet" if is_over else "strong"),
            Cell(str(slot.booked or "")),
            Cell(str(slot.held or ""), "last"),
            Cell(str(slot.capacity)),
            free,
            Cell(pools, "quiet"),
        )

    def _pool(self, pool: "PoolRoom") -> str:
        cap = f"/{pool.cap}" if pool.cap is not None else ""
        kept = self.t("board.kept", number=pool.reserve) if pool.reserve else ""
        return f"{base(self).reading.pool(pool.pool)} {pool.taken}{cap}{kept}"

    def _slot(self) -> "Slot | None":
        key = self.query_one(Table).selected
        return next((slot for slot in self._slots() if slot.id == key), None)

    def _stand(self) -> None:
        slot = self._slot()
        if slot is not None:
            told = "  ".join(self._of(slot))
        elif self.query_one(DayStrip).chosen in self._days:
            told = self.t("board.empty")
        else:
            told = self.t("not_asked" if self._failed else "asking")
        self.query_one("#stand", Static).update(told)

    def _of(self, slot: "Slot") -> list[str]:
        """Return where a slot is, what may be added, and what each pool may still take."""
        reading = base(self).reading
        told = [f"{reading.span(slot)}  {slot.room_name}"]
        if slot.closed:
            return [*told, self.t("board.is_closed")]
        told.append(self.t("board.extra", extra=slot.extra))
        for pool in slot.pools:
            told.append(self.t("board.pool_free", pool=reading.pool(pool.pool), free=pool.free))
            if pool.reserve and pool.release_at:
                told.append(self.t("board.release", at=reading.time(pool.release_at)))
        return told

    def on_table_moved(self) -> None:
        """Another slot."""
        self._stand()

    def action_day(self, by: int) -> None:
        """Look at the next day, or at the one before."""
        self._choose(self.query_one(DayStrip).chosen + timedelta(days=by))

    def on_day_strip_picked(self, message: DayStrip.Picked) -> None:
        """A day was clicked."""
        self._choose(message.day)

    def _choose(self, day: date) -> None:
        self._failed = False
        self.query_one(DayStrip).choose(day)
        self._show()
        self._fetch()

    def action_again(self) -> None:
        """Ask again; the slots stand as they were until the answer is there."""
        chosen = self.query_one(DayStrip).chosen
        slots = self._days.get(chosen)
        self._failed = False
        self._days.clear()
        self._fetch()
        if slots is None:
            self._stand()

    @work
    async def action_stop(self) -> None:
        """Stop the device from the selected slot on."""
        slot = self._slot()
        if slot and await stopping.stop(base(self), self._device, self._device_name, slot, self._slots()):
            self.action_again()

    @work
    async def action_stops(self) -> None:
        """Look at the device's stops: whom to tell still, and end one early."""
        if await stopping.stops(base(self), self._device, self._device_name):
            self.action_again()

    @work
    async def action_add(self) -> None:
        """Add a place to the selected slot 加号."""
        from yiji.core.contract.inventory import AddPlaces

        slot = self._slot()
        if slot is None:
            return
        told = {"span": base(self).reading.span(slot), "extra": str(slot.extra), "device": self._device_name}
        if slot.extra < 1:
            base(self).warn("no_extra", **told)
            return
        question = Question("add_place", told, reasons=True, must_say=True)
        if await reasoned(base(self), question, lambda why: AddPlaces(slot_id=slot.id, reason=why)):
            base(self).say("place_added", **told)
            self.action_again()
