"""Why a place cannot be had, kept or given back."""

from yiji.core.errors import Kind, YijiError


class SlotFull(YijiError):
    """No room is left, or none for this pool. Parameters: slot, capacity, pool, next."""

    code = "booking.slot_full"
    kind = Kind.CONFLICT


class SlotPast(YijiError):
    """The slot lies in the past. Parameters: slot, starts_at."""

    code = "booking.slot_past"
    kind = Kind.REFUSED


class SlotClosed(YijiError):
    """The device does not work then. Parameters: slot, starts_at."""

    code = "booking.slot_closed"
    kind = Kind.REFUSED


class SlotTooShort(YijiError):
    """The examination takes longer than the time that follows without a gap. Parameters: slot, minutes."""

    code = "booking.slot_too_short"
    kind = Kind.REFUSED


class WrongDevice(YijiError):
    """The slot's device does not make this examination. Parameters: exam, device."""

    code = "booking.wrong_device"
    kind = Kind.REFUSED


class NoCompanion(YijiError):
    """Nobody of those that the examination needs beside the device is free. Parameters: exam, capability, starts_at."""

    code = "booking.no_companion"
    kind = Kind.CONFLICT


class PatientBusy(YijiError):
    """The patient would be in two places at once. Parameters: conflict, starts_at, earliest."""

    code = "booking.patient_busy"
    kind = Kind.CONFLICT


class AlreadyBooked(YijiError):
    """The order item has a live appointment. Parameters: item, appointment, starts_at."""

    code = "booking.already_booked"
    kind = Kind.CONFLICT


class TooShortNotice(YijiError):
    """The preparation takes longer than what is left until the start. Parameters: exam, minutes, earliest, rule."""

    code = "booking.too_short_notice"
    kind = Kind.REFUSED


class RuleRefuses(YijiError):
    """A rule of the hospital forbids it. Parameters: rule, reason, reason_en, conflict, earliest."""

    code = "booking.rule_refuses"
    kind = Kind.REFUSED


class OverrideRefused(YijiError):
    """A rule may not be set aside. Parameters: rule."""

    code = "booking.override_refused"
    kind = Kind.REFUSED


class OverrideNeedsReason(YijiError):
    """Whoever sets a rule aside has to say why."""

    code = "booking.override_needs_reason"
    kind = Kind.INVALID


class HoldLapsed(YijiError):
    """The hold is over. Parameters: appointment, expired_at."""

    code = "booking.hold_lapsed"
    kind = Kind.CONFLICT


class NeedsPayment(YijiError):
    """It must be paid first. Parameters: appointment."""

    code = "booking.needs_payment"
    kind = Kind.REFUSED


class TooLate(YijiError):
    """So close to the examination a patient has to ask the staff. Parameters: appointment, minutes."""

    code = "booking.too_late"
    kind = Kind.REFUSED


class CancelLimit(YijiError):
    """The patient has cancelled too often. Parameters: limit."""

    code = "booking.cancel_limit"
    kind = Kind.REFUSED


class ManyPatients(YijiError):
    """A plan is for one patient."""

    code = "booking.many_patients"
    kind = Kind.INVALID


class NoPlace(YijiError):
    """Nothing suits within the time looked at. Parameters: exam, days."""

    code = "booking.no_place"
    kind = Kind.CONFLICT


class BadRange(YijiError):
    """A range of days ends before it begins, or cannot be looked at. Parameters: first, last, days."""

    code = "booking.bad_range"
    kind = Kind.INVALID


class NoExtraPlaces(YijiError):
    """The slot's calendar allows no more added places. Parameters: slot, extra, places."""

    code = "booking.no_extra_places"
    kind = Kind.REFUSED
