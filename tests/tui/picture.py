"""Draws the desk for the README: ``python -m tests.tui.picture docs/img/desk.svg``. Needs nothing but the workspace."""

import asyncio
import re
import sys
import tempfile
from html import escape, unescape
from itertools import groupby
from pathlib import Path

from rich.cells import cell_len
from textual.pilot import Pilot

from tests.tui.hospital import a_day, open_hospital, order
from yiji.core.app import App
from yiji.core.bus import ActorBus
from yiji.core.contract.access import AddUser, IssueToken
from yiji.core.contract.booking import HoldExam
from yiji.core.contract.inventory import FindSlots
from yiji.core.contract.queue import CallPatient, ShowQueue, SkipPatient, StartExam
from yiji.core.testing import Sites
from yiji.tui.app import DeskApp
from yiji.tui.widgets.table import Table

SIZE = (156, 36)
FONTS = "'Sarasa Mono SC', 'Noto Sans Mono CJK SC', 'Microsoft YaHei Mono', Menlo, Consolas, monospace"
_TEXT = re.compile(r'<text ([^>]*?)x="([\d.]+)"([^>]*?)textLength="([\d.]+)"([^>]*?)>([^<]*)</text>')


def in_cells(svg: str) -> str:
    """Give Chinese text its two cells a letter: the export counts letters, so that they would overlap."""
    return _TEXT.sub(_text, svg)


def _text(found: re.Match[str]) -> str:
    before, x, between, length, after, told = found.groups()
    text = unescape(told)
    cell = float(length) / len(text)
    drawn, at = "", float(x)
    for is_wide, run in groupby(text, lambda letter: cell_len(letter) > 1):
        piece = "".join(run)
        wide = cell * cell_len(piece)
        if piece.strip("\xa0 ") or not is_wide:
            content = escape(piece, quote=False)
            drawn += f'<text {before}x="{at:.1f}"{between}textLength="{wide:.1f}"{after}>{content}</text>'
        at += wide
    return drawn


def plain_fonts(svg: str) -> str:
    """Use fonts of the reader's own: nothing is loaded from elsewhere."""
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    return re.sub(r"font-family: Fira Code, monospace", f"font-family: {FONTS}", svg)


async def _until_shown(pilot: Pilot[object]) -> None:
    while not pilot.app.screen.query_one("#orders", Table).lines:
        await pilot.pause(0.05)
    await pilot.pause(1.5)


def _an_hour_later(bus: ActorBus) -> str:
    """Somebody is in the room, somebody was skipped, the next is called; a place is held: return whose."""
    called = {ticket.room: ticket.id for ticket in bus.ask(ShowQueue()).tickets if ticket.state == "called"}
    bus.ask(StartExam(ticket_id=called["ECG-R1"]))
    bus.ask(SkipPatient(ticket_id=called["US-R1"]))
    bus.ask(CallPatient(room="ECG-R2"))
    (item,) = order(bus, "沈雨薇", "HOLTER", number=40)
    bus.ask(HoldExam(item_id=item.id, slot_id=bus.ask(FindSlots(exam_code="HOLTER", days=2)).slots[4].id, minutes=45))
    return item.id


async def draw(app: App) -> str:
    """Return the picture."""
    bus = app.bus_as(app.operator_token())
    bus.ask(AddUser(name="zhangli", full_name="张丽", roles=("dispatcher",)))
    open_hospital(bus, days=14)
    a_day(bus)
    held = _an_hour_later(bus)
    as_dispatcher = app.bus_as(bus.ask(IssueToken(name="zhangli")).token)
    desk = DeskApp(lambda: as_dispatcher, "zh")
    async with desk.run_test(size=SIZE) as pilot:
        await _until_shown(pilot)
        desk.screen.query_one("#orders", Table).select(held)
        await pilot.pause(0.5)
        return plain_fonts(in_cells(desk.export_screenshot(title="yiji desk")))


def main(out: Path) -> None:
    """Make a site, draw its desk, write the picture."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        root.chmod(0o755)
        sites = Sites(root, home=str(root / "cluster"))
        try:
            with sites.open(root / "site") as app:
                out.parent.mkdir(parents=True, exist_ok=True)
                out.write_text(asyncio.run(draw(app)), "utf-8")
        finally:
            sites.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
