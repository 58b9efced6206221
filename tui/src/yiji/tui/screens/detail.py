"""All that is known of one examination: its row, its order, its ticket, its appointment with the chain of changes."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual import work
from textual.containers import VerticalScroll
from textual.widget import Widget

from yiji.core.errors import YijiError
from yiji.tui import facts
from yiji.tui.base import base
from yiji.tui.screens.dialog import Dialog
from yiji.tui.widgets.facts import Facts

if TYPE_CHECKING:
    from yiji.core.contract.booking import Appointment
    from yiji.core.contract.desk import DeskRow
    from yiji.core.contract.order import Order
    from yiji.core.contract.queue import Ticket


class DetailScreen(Dialog[None]):
    """To look at only."""

    CSS_PATH = "../css/detail.tcss"
    AUTO_FOCUS = "VerticalScroll"

    def __init__(self, row: "DeskRow", ticket: "Ticket | None" = None) -> None:
        super().__init__()
        self._row = row
        self._ticket = ticket
        self._order: Order | None = None
        self._appointment: Appointment | None = None

    def content(self) -> Sequence[Widget]:
        """Names and values, to scroll through."""
        return [VerticalScroll(Facts())]

    def title_text(self) -> str:
        """Whose examination it is."""
        return f"{self._row.patient_name}  {self._row.exam_name}"

    def on_mount(self) -> None:
        """Show what the row tells; ask for the rest."""
        super().on_mount()
        self._ask()

    @work
    async def _ask(self) -> None:
        from yiji.core.contract.booking import ShowAppointment
        from yiji.core.contract.order import ShowOrder

        try:
            self._order = await base(self).ask(ShowOrder(id=self._row.item_id), self)
            if self._row.appointment_id:
                self._appointment = await base(self).ask(ShowAppointment(id=self._row.appointment_id), self)
        except YijiError as error:
            base(self).tell(error)
        self.reword()

    def reword(self) -> None:
        """Show what is known by now."""
        super().reword()
        reading = base(self).reading
        told = facts.of_row(self._row, reading)
        told += facts.of_order(self._order, reading) if self._order else []
        told += facts.of_ticket(self._ticket, reading) if self._ticket else []
        told += facts.of_appointment(self._appointment, reading) if self._appointment else []
        self.query_one(Facts).show(told)
