"""The slot picker 选号: the days with room for an examination, the slots of a day, and what choosing one will do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Static

from yiji.core.errors import YijiError
from yiji.tui.base import base
from yiji.tui.screens.dialog import BACK, Dialog
from yiji.tui.widgets.daystrip import DayStrip
from yiji.tui.widgets.keybar import Key
from yiji.tui.widgets.table import Cell, Column, Line, Table

if TYPE_CHECKING:
    from yiji.core.contract.desk import DeskRow
    from yiji.core.contract.inventory import Slot

MOST = 1000  # slots of one day


@dataclass(frozen=True, slots=True)
class Wanted:
    """For which examination a place is wanted, and whether it has one that it would leave."""

    row: "DeskRow"
    moves: bool = False


class SlotScreen(Dialog["Slot"]):
    """Answers with a free slot."""

    CSS_PATH = "../css/slots.tcss"
    AUTO_FOCUS = "Table"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "day(-1)", show=False, priority=True),
        Binding("right", "day(1)", show=False, priority=True),
        Binding("f", "full", show=False),
        Binding("r", "again", show=False),
        Binding("l", "app.lang", show=False),
    ]
    KEYS = (
        Key("Enter", "key.take", "take"),
        Key("<- ->", "key.day", "day(1)"),
        Key("f", "key.full", "full"),
        Key("r", "key.refresh", "again"),
        Key("l", "key.lang", "app.lang"),
        BACK,
    )

    def __init__(self, wanted: Wanted, last: "Slot | None" = None) -> None:
        super().__init__()
        self._wanted = wanted
        self._last = last
        self._days: dict[date, tuple[Slot, ...]] = {}
        self._only_free = True
        self._failed = False

    def content(self) -> Sequence[Widget]:
        """Whose place it will be, the days, the slots of a day, and what will happen."""
        return [Static(id="whose", markup=False), DayStrip(), Table(), Static(id="preview", markup=False)]

    def title_text(self) -> str:
        """What is done."""
        return self.t("move_to" if self._wanted.moves else "book_into")

    def on_mount(self) -> None:
        """Begin on the day that was looked at last, else on the first day with room."""
        super().on_mount()
        reading = base(self).reading
        today = reading.local(datetime.now(UTC)).date()
        chosen = reading.local(self._last.starts_at).date() if self._last else None
        self.query_one(DayStrip).begin(today, chosen)
        self._fetch(settle=chosen is None)

    @work(exclusive=True, group="slots")
    async def _fetch(self, settle: bool = False) -> None:
        """Ask for the slots of the days in sight, the chosen day first; `settle`: stop on the first day with room."""
        strip = self.query_one(DayStrip)
        days = [strip.chosen, *(day for day in strip.days if day != strip.chosen)]
        for day in days:
            if day not in self._days and not await self._ask(day):
                return
            if settle and self._days[day]:
                settle = False
                strip.choose(day)
                self._show()

    async def _ask(self, day: date) -> bool:
        from yiji.core.contract.inventory import FindSlots

        wish = FindSlots(
            exam_code=self._wanted.row.exam_code, first_day=day, days=1, only_free=self._only_free, limit=MOST
        )
        self._failed = False
        try:
            self._days[day] = (await base(self).ask(wish, self)).slots
        except YijiError as error:
            self._failed = True
            self._preview()
            base(self).tell(error)
            return False
        self._show()
        return True

    def reword(self) -> None:
        """Show everything in the language of the moment."""
        super().reword()
        row, reading = self._wanted.row, base(self).reading
        preparation = reading.preparations.get(row.exam_code, "")
        told = [f"{row.patient_name} {reading.person(row)}", row.exam_name]
        told += [f"{reading.t('preparation')} {preparation}"] if preparation else []
        self.query_one("#whose", Static).update("  ".join(told))
        titles = [("time", 11, 0), ("room", 12, 2), ("device", 12, 2), ("free", 12, 1)]
        self.query_one(Table).head([Column(reading.t(name), width, grow) for name, width, grow in titles])
        self._show()

    def _show(self) -> None:
        strip = self.query_one(DayStrip)
        strip.show({day: sum(slot.free for slot in slots) for day, slots in self._days.items()})
        slots = self._days.get(strip.chosen, ())
        self.query_one(Table).show([Line(slot.id, self._cells(slot)) for slot in slots])
        if self._last:
            self.query_one(Table).select(self._last.id)
        self._preview()

    def _cells(self, slot: "Slot") -> tuple[Cell, ...]:
        reading = base(self).reading
        look = "gone" if slot.free < 1 else "last" if slot.free == 1 else "free"
        free = reading.t("free_of", free=slot.free, total=slot.capacity)
        time = f"{reading.time(slot.starts_at)}-{reading.time(slot.ends_at)}"
        return Cell(time, "strong"), Cell(slot.room_name), Cell(slot.device_name), Cell(free, look)

    def _slot(self) -> "Slot | None":
        slots = self._days.get(self.query_one(DayStrip).chosen, ())
        key = self.query_one(Table).selected
        return next((slot for slot in slots if slot.id == key), None)

    def _preview(self) -> None:
        """Say what Enter will do."""
        self.query_one("#preview", Static).update(self._what())

    def _what(self) -> str:
        slot, row, reading = self._slot(), self._wanted.row, base(self).reading
        if self.query_one(DayStrip).chosen not in self._days:
            return reading.t("not_asked" if self._failed else "asking")
        if slot is None:
            return reading.t("no_slots")
        told = {"patient": row.patient_name, "exam": row.exam_name, "span": reading.span(slot), "room": slot.room_name}
        told |= {"device": slot.device_name, "left": str(slot.free - 1), "total": str(slot.capacity)}
        if slot.free < 1:
            return reading.t("preview.full", **told)
        if not self._wanted.moves:
            return reading.t("preview.book", **told)
        return reading.t("preview.move", **told, starts=self._leaves(), from_room=row.room_name)

    def _leaves(self) -> str:
        return base(self).reading.moment(self._wanted.row.starts_at)

    def on_table_moved(self) -> None:
        """Another slot, another outcome."""
        self._preview()

    def on_table_chosen(self) -> None:
        """Take the slot, unless it is full."""
        slot = self._slot()
        if slot and slot.free > 0:
            self.dismiss(slot)
        elif slot:
            base(self).warn("slot_full")

    def action_take(self) -> None:
        """Take the selected slot."""
        self.query_one(Table).action_choose()

    def action_day(self, by: int) -> None:
        """Look at the next day, or at the one before."""
        self._last = None
        strip = self.query_one(DayStrip)
        strip.choose(strip.chosen + timedelta(days=by))
        self._show()
        self._fetch()

    def on_day_strip_picked(self, message: DayStrip.Picked) -> None:
        """A day was clicked."""
        self._last = None
        self.query_one(DayStrip).choose(message.day)
        self._show()
        self._fetch()

    def action_full(self) -> None:
        """Show full slots too, or no more."""
        self._only_free = not self._only_free
        self.action_again()

    def action_again(self) -> None:
        """Ask again."""
        self._days.clear()
        self._failed = False
        self._show()
        self._fetch()
