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
        Handles(f"{_RECORDING}:ListExaminations", f"{_HANDLERS}.worklist:list_examinations", batch=64),
        Handles(f"{_RECORDING}:UnlistExamination", f"{_HANDLERS}.worklist:unlist_examination", batch=64),
        Handles(f"{_RECORDING}:UnlistExaminations", f"{_HANDLERS}.worklist:unlist_examinations", batch=64),
        Handles(f"{_RECORDING}:ShowRecording", "yiji.devices.queries:show_recording"),
        Handles(f"{_RECORDING}:ShowWorklist", "yiji.devices.queries:show_worklist"),
        Listens(f"{_BOOKING}:ExamBooked", f"{_POLICIES}:on_exams_booked", "devices.booked", many=True),
        Listens(f"{_BOOKING}:ExamMoved", f"{_POLICIES}:on_exams_moved", "devices.moved", many=True),
        Listens(f"{_BOOKING}:ExamCancelled", f"{_POLICIES}:on_exams_cancelled", "devices.cancelled", many=True),
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
    """What we read ourselves, and, unproven, what a library reads."""
    room = "yiji.devices.recording"
    own = (
        ("dicom", "formats:is_dicom", "dicom:read_dicom"),
        ("wfdb-zip", "wfdb_format:is_bundle", "wfdb_format:read_bundle"),
        ("edf", "sniff:is_edf", "edf:read_edf"),
        ("scp-ecg", "sniff:is_scp", "scp:read_scp"),
        ("hl7-aecg", "sniff:is_aecg", "aecg:read_aecg"),
        ("philips-xml", "sniff:is_sierra", "sierra:read_sierra"),
        ("csv", "sniff:is_csv", "csv_format:read_csv"),
        ("muse-xml", "sniff:is_muse", "unproven:read_muse"),
        ("ishne", "sniff:is_ishne", "unproven:read_ishne"),
        ("mfer", "sniff:is_mfer", "unproven:read_mfer"),
    )
    return tuple(DeviceFormat(name, f"{room}.{sniff}", f"{room}.{read}") for name, sniff, read in own)


@hookimpl
def devices_analyses() -> Sequence[DeviceAnalysis]:
    """The ECG's measures and statements, resting or of days."""
    return (DeviceAnalysis("yiji-ecg", "ecg", "yiji.devices.analysis.long:analyse"),)
