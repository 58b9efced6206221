"""The manifest of devices."""

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
from yiji.devices.hooks import DeviceAnalysis, DeviceDriver, DeviceFormat

_BOOKING = "yiji.core.contract.booking"
_RECORDING = "yiji.core.contract.recording"
_HANDLERS = "yiji.devices.handlers"
_POLICIES = "yiji.devices.policies"


@hookimpl
def yiji_provides() -> Sequence[Record]:
    """Worklist, recordings, analyses, the acquisition daemon."""
    return (
        Handles(f"{_RECORDING}:KeepRecording", f"{_HANDLERS}.recordings:keep_recording"),
        Handles(f"{_RECORDING}:KeepAnalysis", f"{_HANDLERS}.analyses:keep_analysis"),
        Handles(f"{_RECORDING}:ListExamination", f"{_HANDLERS}.worklist:list_examination", batch=64),
        Handles(f"{_RECORDING}:UnlistExamination", f"{_HANDLERS}.worklist:unlist_examination", batch=64),
        Handles(f"{_RECORDING}:ShowRecording", "yiji.devices.queries:show_recording"),
        Handles(f"{_RECORDING}:ShowWorklist", "yiji.devices.queries:show_worklist"),
        Listens(f"{_BOOKING}:ExamBooked", f"{_POLICIES}:on_exam_booked", "devices.booked"),
        Listens(f"{_BOOKING}:ExamMoved", f"{_POLICIES}:on_exam_moved", "devices.moved"),
        Listens(f"{_BOOKING}:ExamCancelled", f"{_POLICIES}:on_exam_cancelled", "devices.cancelled"),
        Listens(
            f"{_RECORDING}:RecordingFinished", f"{_POLICIES}:on_recording_finished", "devices.finished", lane="analyse"
        ),
        Warms("acquire", "yiji.devices.warm:acquire"),
        Warms("analyse", "yiji.devices.warm:analyse"),
        Daemon("acquire", "yiji.devices.acquire:run", "takes recordings in from the devices", "设备数据采集"),
        Commands("recording", "yiji.devices.cli:recording", "Recordings of devices.", "设备记录。"),
        Commands("analyse", "yiji.devices.cli:analyse", "Measure a recording; needs no site.", "分析记录，无需站点。"),
        Commands("worklist", "yiji.devices.cli:worklist", "What devices have to do.", "检查工作列表。"),
        Migrations("devices", "yiji.devices.migrations"),
        Locale("yiji.devices.locale"),
        Reads("devices", "yiji.devices.settings:DevicesSection"),
        Errors("yiji.devices.errors"),
        Hooks("yiji.devices.hooks"),
    )


@hookimpl
def devices_drivers() -> Sequence[DeviceDriver]:
    """Watched folders, into which devices write files."""
    return (DeviceDriver("folder", "yiji.devices.drivers.folder:run", always=True),)


@hookimpl
def devices_formats() -> Sequence[DeviceFormat]:
    """DICOM ECG, and WFDB records in a zip."""
    room = "yiji.devices.recording"
    return (
        DeviceFormat("dicom", f"{room}.formats:is_dicom", f"{room}.dicom:read_dicom"),
        DeviceFormat("wfdb-zip", f"{room}.wfdb_format:is_bundle", f"{room}.wfdb_format:read_bundle"),
    )


@hookimpl
def devices_analyses() -> Sequence[DeviceAnalysis]:
    """The resting ECG's measures and statements."""
    return (DeviceAnalysis("yiji-ecg", "ecg", "yiji.devices.analysis.ecg:analyse"),)
