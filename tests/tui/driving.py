"""Works the desk as a person does: keys in, what stands on the screen out."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from time import monotonic

import pytest
from textual.pilot import Pilot

from yiji.core.faces import Bus
from yiji.tui.app import DeskApp
from yiji.tui.screens.desk import DeskScreen
from yiji.tui.widgets.table import Table

SMALL, LARGE = (80, 24), (200, 60)
SIZES = pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "200x60"])
PATIENCE = 20.0  # seconds; the machine that tests may be busy


class Desk:
    """A desk under test."""

    def __init__(self, app: DeskApp, pilot: Pilot[object]) -> None:
        self.app = app
        self.pilot = pilot

    async def press(self, *keys: str) -> None:
        """Press keys."""
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def type(self, text: str) -> None:
        """Type a text, letter by letter."""
        await self.press(*text)

    async def until(self, holds: Callable[[], object], what: str = "") -> None:
        """Wait until something holds."""
        end = monotonic() + PATIENCE
        while not holds():
            assert monotonic() < end, f"{what or 'it'} did not come about:\n{self.text}\n{self.told}"
            await self.pilot.pause(0.02)

    async def until_told(self, part: str) -> None:
        """Wait for a notification."""
        await self.until(lambda: part in self.told, f"a notification with {part!r}")

    async def until_screen(self, name: str) -> None:
        """Wait for a screen, by the name of its class."""
        await self.until(lambda: type(self.app.screen).__name__ == name, name)

    async def until_seen(self, part: str) -> None:
        """Wait until something stands on the screen."""
        await self.until(lambda: part in self.text, repr(part))

    @property
    def lines(self) -> list[str]:
        """What stands on the screen, line by line."""
        strips = self.app.screen._compositor.render_strips()  # the one way to what a terminal gets
        return [strip.text for strip in strips]

    @property
    def text(self) -> str:
        """What stands on the screen."""
        return "\n".join(self.lines)

    @property
    def told(self) -> str:
        """All notifications that are shown."""
        return "\n".join(one.message for one in self.app._notifications)

    @property
    def desk(self) -> DeskScreen:
        """The desk's own screen, whatever lies over it."""
        screen = self.app.screen_stack[0]
        assert isinstance(screen, DeskScreen)
        return screen

    @property
    def orders(self) -> Table:
        """The orders."""
        return self.desk.query_one("#orders", Table)

    @property
    def queue(self) -> Table:
        """The queue."""
        return self.desk.query_one("#queue", Table)

    def row(self, key: str) -> list[str]:
        """The texts of one order's line; nothing when it is not shown."""
        return next(([cell.text for cell in line.cells] for line in self.orders.lines if line.key == key), [])

    def ticket(self, name: str) -> list[str]:
        """The texts of a patient's line in the queue; nothing when there is none."""
        texts = [[cell.text for cell in line.cells] for line in self.queue.lines]
        return next((line for line in texts if name in line), [])

    async def open_board(self, device: str) -> None:
        """Open the slot board of a device, by its name, on tomorrow."""
        await self.until(lambda: self.app.reading.devices, "the names")
        await self.press("o")
        await self.until_screen("ChooseScreen")
        table = self.app.screen.query_one(Table)
        table.select(next(code for code, name in self.app.reading.devices.items() if name == device))
        await self.press("enter")
        await self.until_screen("BoardScreen")
        await self.press("right")
        await self.until(lambda: self.board_line("00:00-00:15"), "tomorrow's slots")
        await self.press("home")

    def board_line(self, time: str) -> list[str]:
        """The texts of a slot's line on the board: time, booked, held, places, free, pools."""
        lines = self.app.screen.query_one(Table).lines
        return next(([cell.text for cell in line.cells] for line in lines if line.cells[0].text == time), [])

    async def select(self, key: str) -> None:
        """Select an order with the arrow keys."""
        await self.until(lambda: self.row(key), f"the row {key}")
        await self.press("home")
        for _ in self.orders.lines:
            if self.orders.selected == key:
                return
            await self.press("down")
        raise AssertionError(f"{key} cannot be reached")


@asynccontextmanager
async def desk_on(
    bus: Bus, size: tuple[int, int] = SMALL, lang: str = "zh", rows: int = 1, department: str = ""
) -> AsyncGenerator[Desk]:
    """Open a desk and wait until it shows at least `rows` orders."""
    app = DeskApp(lambda: bus, lang, department)
    async with app.run_test(size=size, notifications=True) as pilot:
        desk = Desk(app, pilot)
        await desk.until(lambda: len(desk.orders.lines) >= rows, "the orders")
        yield desk
