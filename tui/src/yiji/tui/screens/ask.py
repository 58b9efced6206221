"""May this be done, and why? Asked before what hurts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Input, Static

from yiji.core.errors import YijiError
from yiji.tui.base import Base
from yiji.tui.screens.dialog import BACK, Dialog
from yiji.tui.widgets.keybar import Key

if TYPE_CHECKING:
    from yiji.core.message import Command

R = TypeVar("R")


@dataclass(frozen=True)
class Question:
    """What is asked: texts ``ask.NAME`` and ``ask.NAME.title``, their parameters, and whether a reason is asked for."""

    name: str
    told: dict[str, str] = field(default_factory=dict[str, str])
    reasons: bool = False
    must_say: bool = False
    said: str = ""  # the reason that was given before


class Reason(Input):
    """A line for the reason; up and down leaf through the usual ones."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "usual(-1)", show=False),
        Binding("down", "usual(1)", show=False),
    ]

    def __init__(self, said: str = "") -> None:
        super().__init__(said, compact=True, max_length=200, select_on_focus=False)
        self.usual: Sequence[str] = ()
        self._at = -1

    def action_usual(self, by: int) -> None:
        """Take a neighbour among the usual reasons."""
        if self.usual:
            self._at = (self._at + by) % len(self.usual) if self._at >= 0 or by > 0 else len(self.usual) - 1
            self.value = self.usual[self._at]
            self.cursor_position = len(self.value)


class AskScreen(Dialog[str]):
    """Answers with the reason (empty where none was needed), or None for no."""

    CSS_PATH = "../css/ask.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "yes", show=False)]
    KEYS = (Key("Enter", "key.yes", "yes"), BACK)

    def __init__(self, question: Question) -> None:
        super().__init__()
        self._question = question

    def content(self) -> Sequence[Widget]:
        """A sentence, and a line for the reason."""
        told = Static(id="question", markup=False)
        return (
            [told, Reason(self._question.said), Static(id="missing", markup=False)]
            if self._question.reasons
            else [told]
        )

    def title_text(self) -> str:
        """What is asked about."""
        return self.t(f"ask.{self._question.name}.title")

    def reword(self) -> None:
        """Ask in the language of the moment."""
        super().reword()
        self.query_one("#question", Static).update(self.t(f"ask.{self._question.name}", **self._question.told))
        for reason in self.query(Reason):
            reason.usual = self.t("reasons").split("|")
            reason.placeholder = self.t("reason_needed" if self._question.must_say else "reason_welcome")
            reason.focus()

    def on_input_submitted(self) -> None:
        """Enter in the line is a yes."""
        self.action_yes()

    def action_yes(self) -> None:
        """Yes, if the reason that must be said was said."""
        reason = next((line.value.strip() for line in self.query(Reason)), "")
        if self._question.must_say and not reason:
            self.query_one("#missing", Static).update(self.t("reason_missing"))
        else:
            self.dismiss(reason)


async def reasoned(app: Base, question: Question, wish: "Callable[[str], Command[R]]") -> R | None:
    """Ask for the reason, then for what is wished with it; None: it was left, or refused.

    When no answer came the question stands there again with its reason: Enter then sends the very same wish, which is
    done once however often it is sent.
    """
    while reason := await app.push_screen_wait(AskScreen(question)):
        try:
            return await app.ask(wish(reason))
        except YijiError as error:
            app.tell(error)
            if not error.facts.retry:
                return None
            question = replace(question, said=reason)
    return None
