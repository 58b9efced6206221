"""The border post: HL7 v2 over MLLP, in and out.

The library functions need no site, no database and no bus:

>>> from yiji.interop import parse, read_orders
>>> message = parse(
...     "MSH|^~\\\\&|HIS|EAST|YIJI||20260105083000||OMG^O19^OMG_O19|1|P|2.5.1\\r"
...     "PID|1||P01^^^HIS^MR||张三||19800229|M\\r"
...     "ORC|NW|R100\\rOBR|1|R100||ECG12^十二导联心电图\\r"
... )
>>> message.get("PID-5")
'张三'
>>> from zoneinfo import ZoneInfo
>>> [order] = read_orders(message, ZoneInfo("Asia/Shanghai")).commands
>>> order.sender, order.items[0].exam_code
('HIS^EAST', 'ECG12')
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from yiji.interop.hl7.ack import Problem, Receipt, acknowledge, read_receipt
    from yiji.interop.hl7.header import Header, peek
    from yiji.interop.hl7.message import Message, parse
    from yiji.interop.hl7.orders import Orders, read_orders
    from yiji.interop.hl7.profile import Profile
    from yiji.interop.hl7.results import write_result
    from yiji.interop.hl7.writer import Route
    from yiji.interop.mllp.client import Client
    from yiji.interop.mllp.framer import Framer, Piece, wrap
    from yiji.interop.mllp.server import Server

_HOMES = {
    "hl7.ack": ("Problem", "Receipt", "acknowledge", "read_receipt"),
    "hl7.header": ("Header", "peek"),
    "hl7.message": ("Message", "parse"),
    "hl7.orders": ("Orders", "read_orders"),
    "hl7.profile": ("Profile",),
    "hl7.results": ("write_result",),
    "hl7.writer": ("Route",),
    "mllp.client": ("Client",),
    "mllp.framer": ("Framer", "Piece", "wrap"),
    "mllp.server": ("Server",),
}
_WHERE = {name: f"{__name__}.{home}" for home, names in _HOMES.items() for name in names}

__all__ = [  # noqa: RUF022  grouped as they belong together
    "Message",
    "parse",
    "Header",
    "peek",
    "Orders",
    "read_orders",
    "Profile",
    "Problem",
    "Receipt",
    "acknowledge",
    "read_receipt",
    "Route",
    "write_result",
    "Framer",
    "Piece",
    "wrap",
    "Client",
    "Server",
]


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_WHERE[name]), name)
