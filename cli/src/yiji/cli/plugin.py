"""The command line's own manifest: its words and errors."""

from collections.abc import Sequence

from yiji.core.plug import Errors, Locale, Record, hookimpl


@hookimpl
def yiji_provides() -> Sequence[Record]:
    """Words and errors of the command line."""
    return (Locale("yiji.cli.locale"), Errors("yiji.cli.errors"))
