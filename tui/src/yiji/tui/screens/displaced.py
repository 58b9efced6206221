"""Whom a stop displaces: foreseen, to decide by; and done, to telephone through."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Static

from yiji.tui.base import base
from yiji.tui.screens.dialog import BACK, Dialog
from yiji.tui.widgets.keybar import Key
from yiji.tui.widgets.table import Cell, Column, Line, Table

if TYPE_CHECKING:
    from datetime import datetime

    from yiji.core.contract.inventory import Displaced, Stop

TITLES = (
    ("patient", 8, 1),
    ("phone", 12, 0),
    ("exam", 12, 2),
    ("displaced.was", 11, 0),
    ("displaced.now", 18, 2),
    ("displaced.told", 6, 0),
)


class _Listed(Dialog[bool]):
    """The displaced, their phones, where they were and where they go."""

    CSS_PATH = "../css/displaced.tcss"
    AUTO_FOCUS = "Table"

    def __init__(self, stop: "Stop", name: str) -> None:
        super().__init__()
        self._stop = stop
        self._device_name = name
        self._told: set[str] = {one.appointment_id for one in stop.displaced if one.told_at}

    def content(self) -> Sequence[Widget]:
        """The displaced, and more of the one that is selected."""
        return [Table(), Static(id="more", markup=False)]

    def on_mount(self) -> None:
        """The box is as high as the list needs."""
        super().on_mount()
        self.query_one(Table).styles.height = len(self._stop.displaced) + 2

    def reword(self) -> None:
        """Show everything in the language of the moment."""
        super().reword()
        self.query_one(Table).head([Column(self.t(name), width, grow) for name, width, grow in TITLES])
        self._show()

    def _show(self) -> None:
        self.query_one(Table).show([Line(one.appointment_id, self._cells(one)) for one in self._stop.displaced])
        self.on_table_moved()

    def _cells(self, one: "Displaced") -> tuple[Cell, ...]:
        now = Cell(self.t("displaced.left"), "stat")
        if one.starts_at:
            now = Cell(f"{self._at(one.starts_at)} {one.room_name}")
        told = Cell(self.t("displaced.yes"), "done") if one.appointment_id in self._told else Cell("")
        return (
            Cell(one.patient_name, "strong"),
            Cell(one.phone),
            Cell(one.exam_name),
            Cell(self._at(one.was_at)),
            now,
            told,
        )

    def _at(self, moment: "datetime") -> str:
        return f"{base(self).reading.local(moment):%m-%d %H:%M}"

    def on_table_moved(self) -> None:
        """Tell the room and the number that do not stand in the line, and why there is no other place."""
        key = self.query_one(Table).selected
        one = next((one for one in self._stop.displaced if one.appointment_id == key), None)
        told = [one.accession_number, f"{self._at(one.was_at)} {one.was_room}"] if one else []
        if one and one.why_not:
            told.append(self.t("displaced.why", why=base(self).reading.coded("why", one.why_not)))
        self.query_one("#more", Static).update("  ".join(told))


class ForeseenScreen(_Listed):
    """Answers with True when the stop may go on."""

    KEYS = (Key("Enter", "key.go_on", "go_on"), BACK)

    def title_text(self) -> str:
        """Whose stop it would be."""
        left = len(self._stop.displaced) - self._stop.moved
        return self.t("foreseen", device=self._device_name, number=len(self._stop.displaced), left=left)

    def on_table_chosen(self) -> None:
        """Go on."""
        self.dismiss(True)

    def action_go_on(self) -> None:
        """Go on."""
        self.dismiss(True)


class DisplacedScreen(_Listed):
    """A list to telephone through; answers with True when the stop is to be ended early."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "told", show=False),
        Binding("e", "end", show=False),
    ]
    KEYS = (Key("Space", "key.told", "told"), Key("e", "key.resume", "end"), BACK)

    def title_text(self) -> str:
        """Whose stop it was."""
        return self.t("displaced", device=self._device_name, number=len(self._stop.displaced))

    @work
    async def action_told(self) -> None:
        """The patient knows; the next one is to be told."""
        from yiji.core.contract.inventory import NoteTold

        key = self.query_one(Table).selected
        if key and await base(self).perform(NoteTold(stop_id=self._stop.id, appointment_id=key)):
            self._told.add(key)
            self._show()
            self.query_one(Table).action_step(1)

    def action_end(self) -> None:
        """End the stop early."""
        self.dismiss(True)
