"""The application: the desk's screen, and what is to be had everywhere."""

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.screen import Screen

from yiji.tui.base import Base
from yiji.tui.screens.desk import DeskScreen
from yiji.tui.theme import DAY, NIGHT

if TYPE_CHECKING:
    from yiji.core.faces import Bus


class DeskApp(Base):
    """The dispatch desk. `open_bus` is called in a thread; `run` returns its failure, where trying again is vain."""

    CSS_PATH = ["css/app.tcss", "css/desk.tcss"]  # noqa: RUF012  # a default screen's own sheet is not read
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("l", "lang", show=False),
        Binding("k", "colours", show=False),
        Binding("question_mark", "help", show=False),
        Binding("q", "quit", show=False, priority=False),
    ]

    def __init__(self, open_bus: "Callable[[], Bus]", lang: str = "zh", department: str = "") -> None:
        super().__init__(open_bus, lang)
        self._department = department
        self.register_theme(NIGHT)
        self.register_theme(DAY)
        self.theme = NIGHT.name

    def get_default_screen(self) -> Screen[None]:
        """The desk is the screen that is always there."""
        return DeskScreen(self._department)

    def action_lang(self) -> None:
        """Speak the other language."""
        self.use_lang("en" if self.reading.lang == "zh" else "zh")

    def action_colours(self) -> None:
        """Use the other colours."""
        self.theme = DAY.name if self.theme == NIGHT.name else NIGHT.name
        self.call_after_refresh(self.reword)

    def action_help(self) -> None:
        """Explain the keys."""
        from yiji.tui.screens.help import HelpScreen

        self.push_screen(HelpScreen())
