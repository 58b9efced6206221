"""Ops' manifest."""

from collections.abc import Sequence

from yiji.core.plug import Commands, Record, hookimpl


@hookimpl
def yiji_provides() -> Sequence[Record]:
    """The doctor."""
    return (Commands("doctor", "yiji.ops.cli:doctor", "Look the site over.", "站点体检。"),)
