"""What booking does when others have done something: the order's stage follows the examination."""

from yiji.core.contract.booking import (
    Backfill,
    CancelExam,
    ExamCancelled,
    ExamMoved,
    FulfilExam,
    ShowAppointment,
)
from yiji.core.contract.delivery import ResultDelivered
from yiji.core.contract.inventory import PlacesOpened
from yiji.core.contract.order import AdvanceItem, OrderRevoked
from yiji.core.contract.recording import RecordingFinished
from yiji.core.contract.report import ReportDrafted, ReportSigned
from yiji.core.errors import NotFound
from yiji.core.relay import Reaction


def on_recording_finished(event: RecordingFinished, reaction: Reaction) -> None:
    """The examination was made: its appointment is fulfilled."""
    if event.order is not None:
        reaction.ask(FulfilExam(item_id=event.order.item_id))


def on_report_drafted(event: ReportDrafted, reaction: Reaction) -> None:
    """A report waits for its doctor."""
    reaction.ask(AdvanceItem(item_id=event.order.item_id, stage="reported", report_id=event.report_id))


def on_report_signed(event: ReportSigned, reaction: Reaction) -> None:
    """The report is signed."""
    reaction.ask(AdvanceItem(item_id=event.body.order.item_id, stage="signed", report_id=event.report_id))


def on_result_delivered(event: ResultDelivered, reaction: Reaction) -> None:
    """The sender has the result: the order item is completed."""
    reaction.ask(AdvanceItem(item_id=event.item_id, stage="delivered"))


def on_order_revoked(event: OrderRevoked, reaction: Reaction) -> None:
    """What is withdrawn gives its place back."""
    for item_id in event.item_ids:
        try:
            appointment = reaction.ask(ShowAppointment(id=item_id))
        except NotFound:
            continue
        if appointment.state in ("held", "booked", "checked_in"):
            reaction.ask(CancelExam(appointment_id=appointment.id, reason="order revoked"))


def on_place_came_free(event: ExamCancelled, reaction: Reaction) -> None:
    """A place came free: who waits is served."""
    if event.starts_at is not None and event.ends_at is not None:
        reaction.ask(Backfill(device=event.device, starts_at=event.starts_at, ends_at=event.ends_at))


def on_exam_moved(event: ExamMoved, reaction: Reaction) -> None:
    """The place that was left came free."""
    if event.from_starts_at is not None and event.from_ends_at is not None:
        reaction.ask(Backfill(device=event.from_device, starts_at=event.from_starts_at, ends_at=event.from_ends_at))


def on_places_opened(event: PlacesOpened, reaction: Reaction) -> None:
    """A device has more places: who waits is served."""
    reaction.ask(Backfill(device=event.device, starts_at=event.starts_at, ends_at=event.ends_at))
