"""What can go wrong with recordings and devices."""

from yiji.core.errors import Kind, YijiError


class FileMissing(YijiError):
    """No file is there. Parameters: file."""

    code = "devices.file_missing"
    kind = Kind.NOT_FOUND


class EmptyFile(YijiError):
    """The file has no bytes. Parameters: file."""

    code = "devices.empty_file"
    kind = Kind.INVALID


class TruncatedFile(YijiError):
    """The file ends before its own header says. Parameters: file, detail."""

    code = "devices.truncated_file"
    kind = Kind.INVALID


class UnknownFormat(YijiError):
    """No reader knows this content. Parameters: file."""

    code = "devices.unknown_format"
    kind = Kind.UNSUPPORTED


class DamagedFile(YijiError):
    """The format is known, but its content cannot be right. Parameters: file, detail."""

    code = "devices.damaged_file"
    kind = Kind.INVALID


class NoEcg(YijiError):
    """The file can be read and holds no ECG. Parameters: file, detail."""

    code = "devices.no_ecg"
    kind = Kind.INVALID


class UnsupportedVariant(YijiError):
    """The format is known, but not this use of it. Parameters: file, detail."""

    code = "devices.unsupported_variant"
    kind = Kind.UNSUPPORTED


class LibraryMissing(YijiError):
    """A format is read through a package that is not installed. Parameters: file, package."""

    code = "devices.library_missing"
    kind = Kind.UNSUPPORTED


class BadLayout(YijiError):
    """A description of a CSV file's columns cannot be used. Parameters: file, detail."""

    code = "devices.bad_layout"
    kind = Kind.INVALID


class CannotWrite(YijiError):
    """A recording does not fit into a format. Parameters: format, detail."""

    code = "devices.cannot_write"
    kind = Kind.UNSUPPORTED


class UnknownTarget(YijiError):
    """No format goes with the name that a recording shall be written to. Parameters: file, known."""

    code = "devices.unknown_target"
    kind = Kind.INVALID


class TargetExists(YijiError):
    """A file is there already and would be overwritten. Parameters: file."""

    code = "devices.target_exists"
    kind = Kind.CONFLICT


class NoSuchLead(YijiError):
    """The recording has no lead of that name. Parameters: lead, known."""

    code = "devices.no_such_lead"
    kind = Kind.NOT_FOUND


class NoSuchTime(YijiError):
    """The stretch that is asked for lies outside the recording. Parameters: seconds."""

    code = "devices.no_such_time"
    kind = Kind.INVALID


class NoSignal(YijiError):
    """Every lead is flat or empty, so nothing can be measured. Parameters: leads."""

    code = "devices.no_signal"
    kind = Kind.REFUSED


class TooShort(YijiError):
    """The recording is too short to be measured. Parameters: seconds, needed."""

    code = "devices.too_short"
    kind = Kind.REFUSED


class NoBeats(YijiError):
    """The leads carry something, but no heart beats could be told from it. Parameters: found."""

    code = "devices.no_beats"
    kind = Kind.REFUSED


class NoAnalysis(YijiError):
    """No analysis, or not the one that the settings want, is installed for a kind of recording.

    Parameters: kind_of, wanted.
    """

    code = "devices.no_analysis"
    kind = Kind.UNSUPPORTED


class AnalysisFailed(YijiError):
    """An analysis broke down on a recording. Parameters: algorithm, detail."""

    code = "devices.analysis_failed"
    kind = Kind.INTERNAL


class BadStatements(YijiError):
    """A rule set of statements cannot be used. Parameters: source, detail."""

    code = "devices.bad_statements"
    kind = Kind.INVALID


class NotOnWorklist(YijiError):
    """The accession number that was named is not on the worklist. Parameters: accession."""

    code = "devices.not_on_worklist"
    kind = Kind.NOT_FOUND


class MatchedOtherwise(YijiError):
    """The recording belongs to another examination already. Parameters: recording, accession, wanted."""

    code = "devices.matched_otherwise"
    kind = Kind.CONFLICT


class FolderUnusable(YijiError):
    """A watched folder cannot be read or written. Parameters: folder, detail."""

    code = "devices.folder_unusable"
    kind = Kind.UNAVAILABLE


class UnknownDriver(YijiError):
    """The settings name a driver that no plugin brings. Parameters: driver, known."""

    code = "devices.unknown_driver"
    kind = Kind.NOT_FOUND
