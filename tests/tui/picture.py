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

from tests.tui.hospital import a_day, open_hospital
from yiji.core.app import App
from yiji.core.contract.access import AddUser, IssueToken
from yiji.core.testing import Sites
from yiji.tui.app import DeskApp

SIZE = (136, 36)
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
    from yiji.tui.widgets.table import Table

    while not pilot.app.screen.query_one("#orders", Table).lines:
        await pilot.pause(0.05)
    await pilot.pause(1.5)


async def draw(app: App) -> str:
    """Return the picture."""
    bus = app.bus_as(app.operator_token())
    bus.ask(AddUser(name="zhangli", full_name="张丽", roles=("dispatcher",)))
    open_hospital(bus, days=14)
    a_day(bus)
    as_dispatcher = app.bus_as(bus.ask(IssueToken(name="zhangli")).token)
    desk = DeskApp(lambda: as_dispatcher, "zh")
    async with desk.run_test(size=SIZE) as pilot:
        await _until_shown(pilot)
        await pilot.press(*["down"] * 3)
        await pilot.pause()
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
