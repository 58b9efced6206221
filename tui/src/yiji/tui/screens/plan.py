"""One-stop planning 一站式预约: up to three ways to place a patient's examinations, and what each one costs."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual import work
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widget import Widget
from textual.widgets import Static

from yiji.core.errors import YijiError
from yiji.tui.base import base
from yiji.tui.screens.dialog import BACK, Dialog
from yiji.tui.widgets.keybar import Key
from yiji.tui.widgets.table import Cell, Column, Line, Table

if TYPE_CHECKING:
    from yiji.core.contract.booking import Alternative, Plan
    from yiji.core.contract.desk import DeskRow

MOST = 8  # examinations of one plan
TITLES = (("plan.visits", 6, 0), ("plan.finish", 16, 0), ("plan.waiting", 8, 0), ("plan.why", 20, 1))
BETWEEN = " / "  # a reason comes in Chinese and in English, parted by this


class Picked(NamedTuple):
    """The plan, and which of its alternatives is to be booked."""

    plan: "Plan"
    chosen: int


class PlanScreen(Dialog[Picked]):
    """Answers with the alternative to be booked; `known`: a plan that was made before, to be shown again."""

    CSS_PATH = "../css/plan.tcss"
    AUTO_FOCUS = "Table"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("pageup", "scroll_steps(-1)", show=False, priority=True),
        Binding("pagedown", "scroll_steps(1)", show=False, priority=True),
        Binding("r", "again", show=False),
        Binding("l", "app.lang", show=False),
    ]
    KEYS = (
        Key("Enter", "key.take_plan", "take"),
        Key("r", "key.refresh", "again"),
        Key("l", "key.lang", "app.lang"),
        BACK,
    )

    def __init__(self, rows: "Sequence[DeskRow]", known: "Plan | None" = None) -> None:
        super().__init__()
        self._rows = rows[:MOST]
        self._later = len(rows) - len(self._rows)
        self._plan = known
        self._failed = False

    def content(self) -> Sequence[Widget]:
        """Whose examinations, the alternatives, and the steps of the one that is selected."""
        return [
            Static(id="whose", markup=False),
            Table(),
            VerticalScroll(Static(id="steps", markup=False), can_focus=False),
        ]

    def title_text(self) -> str:
        """What is done."""
        return self.t("plan")

    def on_mount(self) -> None:
        """Ask for the plan, unless there is one."""
        super().on_mount()
        if self._plan is None:
            self._ask()

    @work(exclusive=True, group="plan")
    async def _ask(self) -> None:
        from yiji.core.contract.booking import PlanExams

        try:
            self._plan = await base(self).ask(PlanExams(item_ids=tuple(row.item_id for row in self._rows)), self)
        except YijiError as error:
            self._failed = True
            base(self).tell(error)
        self.reword()

    def reword(self) -> None:
        """Show everything in the language of the moment."""
        super().reword()
        first = self._rows[0]
        whose = f"{first.patient_name} {base(self).reading.person(first)}"
        later = self.t("plan.later", number=self._later) if self._later else ""
        exams = self.t("and").join(row.exam_name for row in self._rows)
        self.query_one("#whose", Static).update(f"{whose}  {exams}{later}")
        self.query_one(Table).head([Column(self.t(name), width, grow) for name, width, grow in TITLES])
        self.query_one(Table).show([Line(str(at), self._cells(one)) for at, one in enumerate(self._alternatives())])
        self._steps()

    def _alternatives(self) -> "Sequence[Alternative]":
        return self._plan.alternatives if self._plan else ()

    def _reasons(self, one: "Alternative") -> list[str]:
        lang = base(self).reading.lang
        sides = [reason.partition(BETWEEN) for reason in one.reasons]
        return [zh if lang == "zh" or not en else en for zh, _, en in sides]

    def _cells(self, one: "Alternative") -> tuple[Cell, ...]:
        reading = base(self).reading
        return (
            Cell(self.t("plan.days", number=one.visits), "strong"),
            Cell(reading.moment(one.finish_at)),
            Cell(self.t("minutes", number=one.waiting_minutes)),
            Cell(next(iter(self._reasons(one)), ""), "quiet"),
        )

    def _selected(self) -> "Alternative | None":
        key = self.query_one(Table).selected
        found = self._alternatives()
        return found[int(key)] if key and int(key) < len(found) else None

    def _steps(self) -> None:
        self.query_one("#steps", Static).update("\n".join(self._told()))
        self.query_one(VerticalScroll).scroll_home(animate=False)

    def _told(self) -> list[str]:
        """Return the steps of the selected alternative, why it is offered, and what has no place in any."""
        if self._plan is None:
            return [self.t("plan.failed" if self._failed else "plan.asking")]
        one = self._selected()
        told = [*self._places(one), *(f"· {reason}" for reason in self._reasons(one))] if one else []
        return [*self._unplaced(self._plan), *told]

    def _places(self, one: "Alternative") -> list[str]:
        reading, codes = base(self).reading, {row.item_id: row.exam_code for row in self._rows}
        told: list[str] = []
        for step in one.choices:
            preparation = reading.preparations.get(codes.get(step.item_id, ""), "")
            when = f"{reading.moment(step.starts_at)}-{reading.time(step.ends_at)}"
            told.append("  ".join(part for part in (when, step.exam_name, step.room_name, preparation) if part))
        return told

    def _unplaced(self, plan: "Plan") -> list[str]:
        if not plan.unplaced:
            return [] if plan.alternatives else [self.t("plan.failed")]
        names = {row.item_id: row.exam_name for row in self._rows}
        missing = self.t("and").join(names.get(item, item) for item in plan.unplaced)
        return [self.t("plan.none", exams=missing, why=base(self).reading.coded("why", plan.why_not))]

    def on_table_moved(self) -> None:
        """Show the steps of another alternative."""
        self._steps()

    def on_table_chosen(self) -> None:
        """That is the plan."""
        key = self.query_one(Table).selected
        if self._plan and self._selected():
            self.dismiss(Picked(self._plan, int(key)))

    def action_take(self) -> None:
        """Take the selected alternative."""
        self.query_one(Table).action_choose()

    def action_scroll_steps(self, by: int) -> None:
        """Show more of the steps; the alternatives are never more than a page."""
        self.query_one(VerticalScroll).scroll_relative(y=4 * by, animate=False)

    def action_again(self) -> None:
        """Plan again, with what is free now."""
        self._plan, self._failed = None, False
        self.reword()
        self._ask()
