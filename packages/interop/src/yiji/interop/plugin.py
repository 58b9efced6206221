"""Interop's manifest."""

from collections.abc import Sequence

from yiji.core.plug import (
    Commands,
    Daemon,
    Errors,
    Handles,
    Hooks,
    Listens,
    Locale,
    Migrations,
    Reads,
    Record,
    Warms,
    hookimpl,
)
from yiji.interop.hooks import ChannelRecord, ProfileRecord

_DELIVERY = "yiji.core.contract.delivery"
_HANDLERS = "yiji.interop.handlers"
_QUERIES = "yiji.interop.queries"
_POLICIES = "yiji.interop.policies"


@hookimpl
def yiji_provides() -> Sequence[Record]:
    """The inbox of raw messages, the MLLP daemon, and results on their way to the peers."""
    return (
        Handles(f"{_DELIVERY}:KeepMessage", f"{_HANDLERS}:keep_message", batch=256),
        Handles(f"{_DELIVERY}:SettleMessage", f"{_HANDLERS}:settle_message", batch=256),
        Handles(f"{_DELIVERY}:RecordDelivery", f"{_HANDLERS}:record_delivery"),
        Handles(f"{_DELIVERY}:ListMessages", f"{_QUERIES}:list_messages"),
        Handles(f"{_DELIVERY}:ShowMessage", f"{_QUERIES}:show_message"),
        Handles(f"{_DELIVERY}:ListDelivered", f"{_QUERIES}:list_delivered"),
        Handles("yiji.interop.messages:DispatchResult", f"{_HANDLERS}:dispatch_result"),
        Listens("yiji.core.contract.report:ReportSigned", f"{_POLICIES}:on_report_signed", "interop.results"),
        Listens("yiji.interop.messages:ResultDue", f"{_POLICIES}:on_result_due", "interop.peers", channel="due.peer"),
        Daemon("mllp", "yiji.interop.daemon:run", "takes HL7 messages over MLLP", "HL7 消息接收（MLLP）"),
        Warms("mllp", "yiji.interop.daemon:warm"),
        Commands("message", "yiji.interop.cli:app", "Messages that came in and went out.", "收到和发出的消息。"),
        Migrations("interop", "yiji.interop.migrations"),
        Locale("yiji.interop.locale"),
        Reads("interop", "yiji.interop.settings:InteropSection"),
        Errors("yiji.interop.errors"),
        Hooks("yiji.interop.hooks"),
    )


@hookimpl
def interop_profiles() -> Sequence[ProfileRecord]:
    """HL7 v2.5.1 as it is printed."""
    return (ProfileRecord("default", "yiji.interop.hl7.profile:DEFAULT"),)


@hookimpl
def interop_channels() -> Sequence[ChannelRecord]:
    """Results as ORU^R01 over MLLP."""
    return (ChannelRecord("mllp-oru", "yiji.interop.channels.mllp_oru:MllpOru"),)
