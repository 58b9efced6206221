"""What a dispatcher does with what is selected: ask what must be asked, then the bus, then tell the outcome."""

from collections.abc import Awaitable, Callable

from yiji.tui.base import Base
from yiji.tui.screens import appointing, queueing
from yiji.tui.screens.board import BoardScreen
from yiji.tui.screens.choose import Choice, ChooseScreen
from yiji.tui.screens.detail import DetailScreen
from yiji.tui.screens.subject import Subject


async def board(app: Base, subject: Subject) -> None:
    """Choose a device and look at its board."""
    devices = app.reading.devices
    if not devices:
        app.warn("no_devices")
        return
    chosen = await app.push_screen_wait(
        ChooseScreen("choose_device", [Choice(code, f"{name}  {code}") for code, name in sorted(devices.items())])
    )
    if chosen:
        await app.push_screen_wait(BoardScreen(chosen, devices[chosen]))


async def detail(app: Base, subject: Subject) -> None:
    """Show all that is known of the examination."""
    if subject.row:
        await app.push_screen_wait(DetailScreen(subject.row, subject.ticket))


async def department(app: Base, current: str) -> str | None:
    """Choose a department; empty: all of them."""
    told = [Choice("", app.t("all_departments"))]
    told += [Choice(code, f"{name}  {code}") for code, name in sorted(app.reading.departments.items())]
    return await app.push_screen_wait(ChooseScreen("choose_department", told, current))


FLOWS: dict[str, Callable[[Base, Subject], Awaitable[None]]] = {
    "book": appointing.book,
    "plan": appointing.plan,
    "confirm": appointing.confirm,
    "move": appointing.move,
    "cancel": appointing.cancel,
    "check_in": queueing.check_in,
    "call": queueing.call,
    "call_next": queueing.call_next,
    "skip": queueing.skip,
    "requeue": queueing.requeue,
    "board": board,
    "detail": detail,
}
