"""The desk's manifest: one command, its words and its errors."""

from collections.abc import Sequence

from yiji.core.plug import Commands, Errors, Locale, Record, hookimpl


@hookimpl
def yiji_provides() -> Sequence[Record]:
    """The dispatch desk at a terminal."""
    return (
        Commands("desk", "yiji.tui.cli:desk", "The dispatch desk in this terminal.", "终端调度台。"),
        Locale("yiji.tui.locale"),
        Errors("yiji.tui.errors"),
    )
