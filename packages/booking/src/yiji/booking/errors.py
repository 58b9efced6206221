"""What booking refuses, and why."""

from yiji.core.errors import Kind, YijiError


class UnknownExam(YijiError):
    """The catalogue has no such examination. Parameters: code."""

    code = "booking.unknown_exam"
    kind = Kind.INVALID


class SlotFull(YijiError):
    """No room is left. Parameters: slot, capacity, next."""

    code = "booking.slot_full"
    kind = Kind.CONFLICT


class SlotPast(YijiError):
    """The slot lies in the past. Parameters: slot, starts_at."""

    code = "booking.slot_past"
    kind = Kind.REFUSED


class WrongDevice(YijiError):
    """The slot's device does not make this examination. Parameters: exam, device."""

    code = "booking.wrong_device"
    kind = Kind.REFUSED


class AlreadyBooked(YijiError):
    """The order item has a live appointment. Parameters: item, appointment, starts_at."""

    code = "booking.already_booked"
    kind = Kind.CONFLICT


class PatientBusy(YijiError):
    """The patient would be in two places at once. Parameters: conflict, starts_at, earliest."""

    code = "booking.patient_busy"
    kind = Kind.CONFLICT


class RuleRefuses(YijiError):
    """A rule of the hospital forbids it. Parameters: rule, reason, conflict, earliest."""

    code = "booking.rule_refuses"
    kind = Kind.REFUSED


class WrongState(YijiError):
    """The thing is not in a state for this. Parameters: what, id, state."""

    code = "booking.wrong_state"
    kind = Kind.REFUSED


class OrderChanged(YijiError):
    """A placer number came again with another examination or patient. Parameters: placer_number."""

    code = "booking.order_changed"
    kind = Kind.CONFLICT


class QueueEmpty(YijiError):
    """Nobody waits there. Parameters: room."""

    code = "booking.queue_empty"
    kind = Kind.NOT_FOUND
