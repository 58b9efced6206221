"""``yiji desk``."""

import sys
from typing import Annotated

import typer

from yiji.core.faces import shell
from yiji.tui.errors import NoTerminal


def desk(
    department: Annotated[str, typer.Option(help="Only this department, by its code. 只看该科室（科室代码）。")] = "",
) -> None:
    """The dispatch desk in this terminal; ? shows its keys. 终端调度台，按 ? 查看按键。

    Example:
        yiji desk
        yiji desk --department ECG
        yiji --server 127.0.0.1:7010 desk
    """
    here = shell()
    if not _at_terminal():
        raise NoTerminal
    from yiji.tui.app import DeskApp

    app = DeskApp(lambda: here.bus, here.lang, department)
    fault = app.run()
    if fault:
        raise fault
    if app.return_code:
        raise typer.Exit(app.return_code)


def _at_terminal() -> bool:
    """Whether somebody can type and see; Textual reads from the true stdin and draws on the true stderr."""
    return all(stream is not None and stream.isatty() for stream in (sys.__stdin__, sys.__stderr__))
