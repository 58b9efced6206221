"""Addresses to listen at: how gRPC writes them, whether they are free, and why one cannot be had."""

import errno
import socket
from contextlib import suppress

from yiji.core.errors import BadSetting, PortInUse, YijiError
from yiji.core.settings import FILE


def address_of(host: str, port: int) -> str:
    """Return host and port as gRPC writes them; an IPv6 address is bracketed."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def why_not(host: str, port: int) -> YijiError:
    """Find out why an address could not be bound; gRPC does not tell."""
    try:
        for family, kind, number, _, where in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
            with socket.socket(family, kind, number) as probe:
                probe.bind(where)
    except socket.gaierror as fault:
        return BadSetting(file=FILE, setting="rpc.host", detail=fault.strerror or fault)
    except OSError as fault:
        if fault.errno != errno.EADDRINUSE:
            setting = "rpc.host" if fault.errno == errno.EADDRNOTAVAIL else "rpc.port"
            return BadSetting(file=FILE, setting=setting, detail=fault.strerror or fault)
    return PortInUse(address=address_of(host, port), setting="rpc.port")


def require_free(host: str, port: int) -> None:
    """Raise `PortInUse` or `BadSetting` unless nobody listens at the address."""
    with suppress(socket.gaierror):  # gRPC will tell
        for family, kind, number, _, where in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
            with socket.socket(family, kind, number) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # old connections do not listen
                try:
                    probe.bind(where)
                except OSError:
                    raise why_not(host, port) from None
