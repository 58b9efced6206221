"""What booking brings to the house. The manifest is data: it loads nothing."""

from yiji.core.plug import Commands, Daemon, Errors, Handles, Hooks, Listens, Locale, Migrations, Warms, hookimpl
from yiji.core.plug.manifest import Record

_CONTRACT = "yiji.core.contract"
_HANDLERS = "yiji.booking.handlers"
_QUERIES = "yiji.booking.queries"
_POLICIES = "yiji.booking.policies"

# Contract module -> where it is answered: (message, module:function, batch).
_COMMANDS: dict[str, tuple[tuple[str, str, int], ...]] = {
    "order": (
        ("RegisterOrder", "orders:register_order", 128),
        ("RevokeOrder", "orders:revoke_order", 1),
        ("AdvanceItem", "orders:advance_item", 128),
    ),
    "patient": (
        ("RegisterPatient", "patients:register_patient", 64),
        ("NoteFacts", "patients:note_facts", 64),
        ("MergePatients", "merging:merge_patients", 1),
        ("UnmergePatients", "merging:unmerge_patients", 1),
        ("BlockPatient", "blocks:block_patient", 1),
        ("AppealBlock", "blocks:appeal_block", 1),
        ("SettleAppeal", "blocks:settle_appeal", 1),
    ),
    "catalogue": (
        ("LoadCatalogue", "catalogue:load_catalogue", 1),
        ("RemoveFromCatalogue", "catalogue:remove_from_catalogue", 1),
        ("CopyCalendars", "catalogue:copy_calendars", 1),
    ),
    "inventory": (
        ("OpenSlots", "inventory:open_slots", 1),
        ("EditSlots", "inventory:edit_slots", 1),
        ("AddPlaces", "inventory:add_places", 1),
        ("StopDevice", "stops:stop_device", 1),
        ("ResumeDevice", "stops:resume_device", 1),
        ("NoteTold", "stops:note_told", 1),
    ),
    "rule": (("LoadRules", "rules:load_rules", 1),),
    "booking": (
        ("BookExam", "appointments:change_exams", 256),
        ("HoldExam", "appointments:change_exams", 256),
        ("ConfirmExam", "appointments:change_exams", 256),
        ("MoveExam", "appointments:change_exams", 256),
        ("CancelExam", "appointments:change_exams", 256),
        ("MarkNoShow", "appointments:change_exams", 256),
        ("RecordPayment", "payments:record_payment", 64),
        ("BookPlan", "plans:book_plan", 32),
        ("ConfirmPlan", "plans:confirm_plan", 1),
        ("JoinWaitlist", "waitlist:join_waitlist", 1),
        ("LeaveWaitlist", "waitlist:leave_waitlist", 1),
        ("Backfill", "waitlist:backfill", 32),
        ("LapseHolds", "tending:lapse_holds", 1),
        ("SettleNoShows", "tending:settle_no_shows", 1),
        ("FulfilExam", "queue:fulfil_exam", 128),
    ),
    "queue": (
        ("CheckIn", "checking_in:check_in", 64),
        ("CallPatient", "calling:call_patient", 1),
        ("StartExam", "queue:start_exam", 1),
        ("SkipPatient", "queue:skip_patient", 1),
        ("RequeuePatient", "queue:requeue_patient", 1),
        ("TransferPatient", "queue:transfer_patient", 1),
        ("TriagePatient", "queue:triage_patient", 1),
    ),
    "reminder": (
        ("SendReminders", "reminders:send_reminders", 1),
        ("ClaimReminder", "reminders:claim_reminder", 1),
        ("SettleReminder", "reminders:settle_reminder", 1),
    ),
}
_QUESTIONS: dict[str, tuple[tuple[str, str], ...]] = {
    "order": (("ListOrders", "orders:list_orders"), ("ShowOrder", "orders:show_order")),
    "patient": (
        ("FindPatients", "patients:find_patients"),
        ("ShowPatient", "patients:show_patient"),
        ("SuggestMerges", "merging:suggest_merges"),
        ("ListBlocks", "blocks:list_blocks"),
    ),
    "catalogue": (("ShowCatalogue", "catalogue:show_catalogue"), ("ListEditions", "catalogue:list_editions")),
    "inventory": (
        ("FindSlots", "slots:find_slots"),
        ("PreviewStop", "stops:preview_stop"),
        ("ListStops", "stops:list_stops"),
    ),
    "rule": (
        ("ShowRules", "rules:show_rules"),
        ("ListRuleEditions", "rules:list_rule_editions"),
        ("CheckRules", "rules:check_rules"),
        ("DryRunRules", "dryrun:dry_run_rules"),
    ),
    "booking": (
        ("ShowAppointment", "appointments:show_appointment"),
        ("ListAppointments", "appointments:list_appointments"),
        ("ListWaits", "waitlist:list_waits"),
        ("PlanExams", "plans:plan_exams"),
        ("VerifyBooking", "verify:verify_booking"),
    ),
    "queue": (
        ("ShowQueue", "queue:show_queue"),
        ("WatchQueue", "queue:watch_queue"),
        ("ShowGuide", "guide:show_guide"),
    ),
    "desk": (("ShowDesk", "desk:show_desk"),),
    "statistics": (("ShowStatistics", "statistics:show_statistics"),),
    "reminder": (("ListReminders", "reminders:list_reminders"),),
}
_WHOLE = {"PreviewStop", "DryRunRules", "VerifyBooking", "ShowStatistics"}  # one transaction, not one a statement
_OFTEN = {"FindSlots": 16, "ShowQueue": 16}  # asked so often that many are answered in one go
_GROUPS = (
    ("slot", "Find, open, change and stop slots.", "号源：查询、开放、调整、停诊。"),
    ("booking", "Hold, book, move, cancel, plan, pay, verify.", "预约：占号、预约、改约、取消、一站式、缴费、核查。"),
    ("waitlist", "Wait for a place.", "候补。"),
    ("order", "Look at orders.", "申请单：查询。"),
    ("patient", "Register, find, merge and block patients.", "患者：建档、查找、合并、黑名单。"),
    ("catalogue", "Load, export and show master data.", "基础数据：导入、导出与查看。"),
    ("rule", "Load, check and try out booking rules.", "预约规则：导入、检查、回放。"),
    ("queue", "Check in, call, skip, transfer.", "候诊：签到、叫号、过号、转诊室。"),
    ("statistics", "Volumes, utilisation, waiting, no-shows.", "统计：工作量、利用率、候诊、爽约。"),
    ("reminder", "Reminders and what became of them.", "检查提醒。"),
)


def _answers() -> list[Record]:
    return [
        *(
            Handles(f"{_CONTRACT}.{module}:{message}", f"{_HANDLERS}.{target}", batch=batch)
            for module, rows in _COMMANDS.items()
            for message, target, batch in rows
        ),
        *(
            Handles(
                f"{_CONTRACT}.{module}:{message}",
                f"{_QUERIES}.{target}",
                batch=_OFTEN.get(message, 1),
                whole=message in _WHOLE,
            )
            for module, rows in _QUESTIONS.items()
            for message, target in rows
        ),
    ]


def _listens() -> list[Record]:
    came_free = f"{_POLICIES}:on_place_came_free"
    return [
        Listens(f"{_CONTRACT}.recording:RecordingFinished", f"{_POLICIES}:on_recording_finished", "booking.examined"),
        Listens(f"{_CONTRACT}.report:ReportDrafted", f"{_POLICIES}:on_report_drafted", "booking.reported"),
        Listens(f"{_CONTRACT}.report:ReportSigned", f"{_POLICIES}:on_report_signed", "booking.signed"),
        Listens(f"{_CONTRACT}.delivery:ResultDelivered", f"{_POLICIES}:on_result_delivered", "booking.delivered"),
        Listens(f"{_CONTRACT}.order:OrderRevoked", f"{_POLICIES}:on_order_revoked", "booking.revoked"),
        Listens(f"{_CONTRACT}.booking:ExamCancelled", came_free, "booking.backfill.cancelled"),
        Listens(f"{_CONTRACT}.booking:ExamMoved", f"{_POLICIES}:on_exam_moved", "booking.backfill.moved"),
        Listens(f"{_CONTRACT}.inventory:PlacesOpened", f"{_POLICIES}:on_places_opened", "booking.backfill.opened"),
    ]


@hookimpl
def yiji_provides() -> tuple[Record, ...]:
    """Orders, patients, slots, appointments, the queue and the desk."""
    return (
        *_answers(),
        *_listens(),
        *(Commands(name, f"yiji.booking.cli.{name}:app", en, zh) for name, en, zh in _GROUPS),
        Daemon(
            "tend",
            "yiji.booking.tend:run",
            "Lapses holds, settles no-shows, sends reminders.",
            "定时处理：占号到期、爽约、提醒。",
            behind=True,
        ),
        Warms("rpc", "yiji.booking.warm:warm"),
        Warms("rpc", "yiji.booking.warm:warm_names"),
        Warms("mllp", "yiji.booking.warm:warm_names"),
        Migrations("booking", "yiji.booking.migrations"),
        Locale("yiji.booking.locale"),
        *(Errors(f"yiji.booking.errors.{part}") for part in ("places", "people", "masterdata", "day")),
        Hooks("yiji.booking.hooks"),
    )
