"""The hooks that core opens to every plugin."""

from collections.abc import Sequence

from yiji.core.plug.manifest import Record, hookspec


@hookspec
def yiji_provides() -> Sequence[Record]:  # pyright: ignore[reportReturnType]
    """Say what the plugin brings: handlers, listeners, daemons, commands, migrations, texts, errors and hooks."""
