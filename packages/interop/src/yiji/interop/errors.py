"""What can go wrong at the border.

`condition` is HL7 table 0357 (message error condition codes, as printed at hl7.eu for v2.5.1): 100 segment sequence,
101 required field missing, 102 data type, 103 table value not found, 200 message type, 205 duplicate key.
A class without one is told by its kind's own code (`yiji.core.errors.KINDS`). A parameter named `field` goes to ERR-2.
"""

from typing import ClassVar

from yiji.core.errors import Kind, YijiError


class NotHl7(YijiError):
    """The bytes are no HL7 v2 message. Parameters: detail."""

    code = "interop.not_hl7"
    kind = Kind.UNSUPPORTED


class Malformed(YijiError):
    """The message's own structure is broken. Parameters: detail."""

    code = "interop.malformed"
    kind = Kind.INVALID
    condition: ClassVar[str] = "100"


class WrongCharset(YijiError):
    """The bytes are not in the character set that MSH-18 names. Parameters: declared, likely, offset."""

    code = "interop.wrong_charset"
    kind = Kind.INVALID
    condition: ClassVar[str] = "102"


class UnknownCharset(YijiError):
    """MSH-18 names a character set that is not read here. Parameters: charset."""

    code = "interop.unknown_charset"
    kind = Kind.UNSUPPORTED
    condition: ClassVar[str] = "103"


class Unwritable(YijiError):
    """A text has a character that the peer's character set lacks. Parameters: character, charset."""

    code = "interop.unwritable"
    kind = Kind.INVALID


class UnsupportedMessage(YijiError):
    """This message type is not taken here. Parameters: type."""

    code = "interop.unsupported_message"
    kind = Kind.UNSUPPORTED
    condition: ClassVar[str] = "200"


class UnsupportedControl(YijiError):
    """An order control code (ORC-1) that is not taken here. Parameters: control, field."""

    code = "interop.unsupported_control"
    kind = Kind.INVALID
    condition: ClassVar[str] = "103"


class MissingField(YijiError):
    """A field without which an order cannot be kept is empty. Parameters: field."""

    code = "interop.missing_field"
    kind = Kind.INVALID
    condition: ClassVar[str] = "101"


class BadValue(YijiError):
    """A field's value cannot be read. Parameters: field, value."""

    code = "interop.bad_value"
    kind = Kind.INVALID
    condition: ClassVar[str] = "102"


class DuplicatePlacer(YijiError):
    """Two examinations of one message have the same placer number. Parameters: number, field."""

    code = "interop.duplicate_placer"
    kind = Kind.INVALID
    condition: ClassVar[str] = "205"


class TornFrame(YijiError):
    """The connection ended, or a new message began, before the message was whole. Parameters: bytes."""

    code = "interop.torn_frame"
    kind = Kind.INVALID
    condition: ClassVar[str] = "102"


class StrayBytes(YijiError):
    """Bytes came outside of any MLLP frame. Parameters: bytes."""

    code = "interop.stray_bytes"
    kind = Kind.INVALID


class FrameTooLong(YijiError):
    """A message is longer than this site takes. Parameters: limit."""

    code = "interop.frame_too_long"
    kind = Kind.INVALID


class PeerUnavailable(YijiError):
    """A peer cannot be reached. Parameters: peer, detail."""

    code = "interop.peer_unavailable"
    kind = Kind.UNAVAILABLE


class PeerSilent(YijiError):
    """A peer did not acknowledge in time. Parameters: peer, seconds."""

    code = "interop.peer_silent"
    kind = Kind.UNAVAILABLE


class PeerRefused(YijiError):
    """A peer acknowledged with an error. Parameters: peer, acknowledgement, detail."""

    code = "interop.peer_refused"
    kind = Kind.REFUSED


class UnknownProfile(YijiError):
    """No plugin brings this HL7 profile. Parameters: profile, known."""

    code = "interop.unknown_profile"
    kind = Kind.NOT_FOUND


class UnknownChannel(YijiError):
    """No plugin brings this channel. Parameters: channel, known."""

    code = "interop.unknown_channel"
    kind = Kind.NOT_FOUND
