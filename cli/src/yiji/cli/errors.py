"""What can go wrong on the command line itself."""

from yiji.core.errors import Kind, YijiError


class UsageWrong(YijiError):
    """The command line cannot be understood. Parameters: detail, help (the command that explains)."""

    code = "cli.usage"
    kind = Kind.INVALID


class FileTrouble(YijiError):
    """A file that was named cannot be used. Parameters: path, detail."""

    code = "cli.file"
    kind = Kind.INVALID


class SiteNeeded(YijiError):
    """The command works on the site's own machine and was asked of a server. Parameters: server."""

    code = "cli.site_needed"
    kind = Kind.UNSUPPORTED
