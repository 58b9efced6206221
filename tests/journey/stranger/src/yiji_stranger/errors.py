"""What can go wrong."""

from yiji.core.errors import Kind, YijiError


class NoHours(YijiError):
    """The examination needs no empty stomach. Parameters: exam."""

    code = "stranger.no_hours"
    kind = Kind.NOT_FOUND
