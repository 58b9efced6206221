"""What can go wrong with a report."""

from yiji.core.errors import Kind, YijiError


class MissingGlyph(YijiError):
    """No font of ours can write these characters; a box in their place would be a lie. Parameters: characters, text."""

    code = "reports.missing_glyph"
    kind = Kind.UNSUPPORTED


class BadFont(YijiError):
    """A font file cannot be read. Parameters: path, detail."""

    code = "reports.bad_font"
    kind = Kind.INVALID


class UnknownTemplate(YijiError):
    """No plugin brings this template. Parameters: template, known."""

    code = "reports.unknown_template"
    kind = Kind.NOT_FOUND


class BadTemplate(YijiError):
    """A template's data cannot be used. Parameters: source, detail."""

    code = "reports.bad_template"
    kind = Kind.INVALID


class TraceMissing(YijiError):
    """The trace that a report is about was not handed over. Parameters: trace."""

    code = "reports.trace_missing"
    kind = Kind.NOT_FOUND


class NoOrder(YijiError):
    """A recording that belongs to no order cannot become a report. Parameters: recording."""

    code = "reports.no_order"
    kind = Kind.REFUSED


class AlreadySigned(YijiError):
    """A signed report is never changed. Parameters: report, signer, signed_at."""

    code = "reports.already_signed"
    kind = Kind.REFUSED


class StaleRevision(YijiError):
    """The draft changed after the doctor read it. Parameters: report, read, newest."""

    code = "reports.stale_revision"
    kind = Kind.CONFLICT


class NotSigned(YijiError):
    """A draft carries no seal that could be verified. Parameters: report."""

    code = "reports.not_signed"
    kind = Kind.REFUSED


class UnknownSeal(YijiError):
    """No plugin makes or verifies this kind of seal. Parameters: method, known."""

    code = "reports.unknown_seal"
    kind = Kind.NOT_FOUND


class GuideTooLong(YijiError):
    """A step of a guide sheet does not fit on a page, for its preparation is too long. Parameters: accession, exam."""

    code = "reports.guide_too_long"
    kind = Kind.REFUSED
