"""What is wrong with a patient, or with who asks."""

from yiji.core.errors import Kind, YijiError


class PatientBlocked(YijiError):
    """Booking by himself is closed to the patient. Parameters: block, until."""

    code = "booking.patient_blocked"
    kind = Kind.REFUSED


class NotYours(YijiError):
    """A patient's own token acts for that patient only."""

    code = "booking.not_yours"
    kind = Kind.FORBIDDEN


class BadIdentityNumber(YijiError):
    """It is no identity number; its middle is hidden. Parameters: number, why."""

    code = "booking.bad_identity_number"
    kind = Kind.INVALID


class IdentityConflict(YijiError):
    """What is told contradicts what is known under the same number. Parameters: number, patient, differs."""

    code = "booking.identity_conflict"
    kind = Kind.CONFLICT


class TwoPatients(YijiError):
    """The numbers told for one patient belong to two records. Parameters: patient, other."""

    code = "booking.two_patients"
    kind = Kind.CONFLICT


class AmbiguousNumber(YijiError):
    """Several systems gave the number, to different patients. Parameters: number, systems."""

    code = "booking.ambiguous_number"
    kind = Kind.CONFLICT


class PatientMergedAway(YijiError):
    """Another record stands for this patient. Parameters: patient, into."""

    code = "booking.patient_merged_away"
    kind = Kind.REFUSED


class NotMerged(YijiError):
    """The patient is not merged into another. Parameters: patient."""

    code = "booking.not_merged"
    kind = Kind.REFUSED


class MergeOverlaps(YijiError):
    """Both records have a live appointment at the same time. Parameters: appointment, other, starts_at."""

    code = "booking.merge_overlaps"
    kind = Kind.CONFLICT
