"""What the desk itself can refuse; all other refusals come from the bus."""

from yiji.core.errors import Kind, YijiError


class NoTerminal(YijiError):
    """The desk was started where nobody can see it or type."""

    code = "tui.no_terminal"
    kind = Kind.UNSUPPORTED
