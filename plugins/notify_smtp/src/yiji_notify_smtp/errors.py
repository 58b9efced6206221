"""What can go wrong between us and the mail gateway."""

from yiji.core.errors import Kind, YijiError


class GatewayUnavailable(YijiError):
    """The gateway does not answer, or says that it cannot now: tried again. Parameters: address, detail."""

    code = "notify_smtp.gateway_unavailable"
    kind = Kind.UNAVAILABLE


class GatewayRefuses(YijiError):
    """The gateway wants nothing from us: certificate, password or sender. Parameters: address, detail."""

    code = "notify_smtp.gateway_refuses"
    kind = Kind.REFUSED
