"""What the day of the examination refuses, orders and reminders."""

from yiji.core.errors import Kind, YijiError


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


class NotToday(YijiError):
    """An appointment or ticket belongs to another day. Parameters: what, id, day."""

    code = "booking.not_today"
    kind = Kind.REFUSED


class NobodyDue(YijiError):
    """Who waits at the room came early, and his window is not open yet. Parameters: room, number, ticket, opens."""

    code = "booking.nobody_due"
    kind = Kind.REFUSED


class RecallsSpent(YijiError):
    """The patient was called as often as the hospital wants. Parameters: number, calls."""

    code = "booking.recalls_spent"
    kind = Kind.REFUSED


class WrongRoom(YijiError):
    """The room does not make the examination, or the patient queues there already. Parameters: room, exam, rooms."""

    code = "booking.wrong_room"
    kind = Kind.REFUSED


class ReminderTaken(YijiError):
    """Somebody claimed this reminder before. Parameters: appointment, hours, state."""

    code = "booking.reminder_taken"
    kind = Kind.CONFLICT


class ReminderStale(YijiError):
    """There is nothing to remind of any more. Parameters: appointment, starts_at, hours."""

    code = "booking.reminder_stale"
    kind = Kind.REFUSED
