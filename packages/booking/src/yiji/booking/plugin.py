"""Booking's manifest."""

from collections.abc import Sequence

from yiji.core.plug import Commands, Errors, Handles, Hooks, Listens, Locale, Migrations, Record, hookimpl

_BOOKING = "yiji.core.contract.booking"
_ORDER = "yiji.core.contract.order"
_HANDLERS = "yiji.booking.handlers"
_QUERIES = "yiji.booking.queries"
_POLICIES = "yiji.booking.policies"


@hookimpl
def yiji_provides() -> Sequence[Record]:
    """Orders, slots, appointments, the queue and the desk."""
    return (
        Handles(f"{_ORDER}:RegisterOrder", f"{_HANDLERS}.orders:register_order", batch=128),
        Handles(f"{_ORDER}:RevokeOrder", f"{_HANDLERS}.orders:revoke_order"),
        Handles(f"{_ORDER}:AdvanceItem", f"{_HANDLERS}.orders:advance_item", batch=128),
        Handles(f"{_ORDER}:ListOrders", f"{_QUERIES}.orders:list_orders"),
        Handles(f"{_ORDER}:ShowOrder", f"{_QUERIES}.orders:show_order"),
        Handles(f"{_BOOKING}:BookExam", f"{_HANDLERS}.appointments:book_exam", batch=256),
        Handles(f"{_BOOKING}:MoveExam", f"{_HANDLERS}.appointments:move_exam", batch=128),
        Handles(f"{_BOOKING}:CancelExam", f"{_HANDLERS}.appointments:cancel_exam", batch=128),
        Handles(f"{_BOOKING}:CheckIn", f"{_HANDLERS}.queue:check_in"),
        Handles(f"{_BOOKING}:CallPatient", f"{_HANDLERS}.queue:call_patient"),
        Handles(f"{_BOOKING}:FulfilExam", f"{_HANDLERS}.queue:fulfil_exam", batch=128),
        Handles(f"{_BOOKING}:LoadCatalogue", f"{_HANDLERS}.catalogue:load_catalogue"),
        Handles(f"{_BOOKING}:OpenSlots", f"{_HANDLERS}.catalogue:open_slots"),
        Handles(f"{_BOOKING}:ShowCatalogue", f"{_QUERIES}.catalogue:show_catalogue"),
        Handles(f"{_BOOKING}:FindSlots", f"{_QUERIES}.appointments:find_slots"),
        Handles(f"{_BOOKING}:ShowAppointment", f"{_QUERIES}.appointments:show_appointment"),
        Handles("yiji.core.contract.desk:ShowDesk", f"{_QUERIES}.desk:show_desk"),
        Listens(
            "yiji.core.contract.recording:RecordingFinished", f"{_POLICIES}:on_recording_finished", "booking.examined"
        ),
        Listens("yiji.core.contract.report:ReportDrafted", f"{_POLICIES}:on_report_drafted", "booking.reported"),
        Listens("yiji.core.contract.report:ReportSigned", f"{_POLICIES}:on_report_signed", "booking.signed"),
        Listens("yiji.core.contract.delivery:ResultDelivered", f"{_POLICIES}:on_result_delivered", "booking.delivered"),
        Listens(f"{_ORDER}:OrderRevoked", f"{_POLICIES}:on_order_revoked", "booking.revoked"),
        Commands("slot", "yiji.booking.cli:slot", "Find and open slots.", "号源：查询与开放。"),
        Commands(
            "booking", "yiji.booking.cli:booking", "Book, move, cancel, check in.", "预约：预约、改约、取消、签到。"
        ),
        Commands("order", "yiji.booking.cli:order", "Look at orders.", "申请单：查询。"),
        Commands("catalogue", "yiji.booking.cli:catalogue", "Load and show master data.", "基础数据：导入与查看。"),
        Commands("queue", "yiji.booking.cli:queue", "Call patients.", "叫号。"),
        Migrations("booking", "yiji.booking.migrations"),
        Locale("yiji.booking.locale"),
        Errors("yiji.booking.errors"),
        Hooks("yiji.booking.hooks"),
    )
