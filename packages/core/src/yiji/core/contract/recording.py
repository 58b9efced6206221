"""Recordings from devices, their measurements and findings."""

from datetime import date, datetime
from enum import StrEnum

from yiji.core.contract.order import OrderBrief
from yiji.core.message import Command, Done, Event, Query, Value


class Severity(StrEnum):
    """How grave a finding is."""

    NORMAL = "normal"
    BORDERLINE = "borderline"
    ABNORMAL = "abnormal"
    CRITICAL = "critical"  # 危急值


class Measurement(Value):
    """One number: ``code`` names what (heart_rate, rr, p, pr, qrs, qt, qtc, p_axis, qrs_axis, t_axis ...)."""

    code: str
    value: float | None  # None: could not be measured
    unit: str  # UCUM: /min, ms, deg, mV
    method: str = ""  # Bazett, cart, median beat ...


class Finding(Value):
    """One statement with its reason, in both languages."""

    code: str
    text_zh: str
    text_en: str
    reason: str = ""  # the numbers that it rests on
    severity: Severity = Severity.NORMAL
    rule: str = ""  # the rule set and its version
    minnesota: str = ""  # the code of the Minnesota classification, where there is one


class LeadMeasure(Value):
    """One lead of the median beat: heights in mV from the level before its QRS, S and Q as depths; lengths in ms."""

    lead: str
    p: float | None = None
    q: float = 0.0
    r: float = 0.0
    s: float = 0.0
    r2: float = 0.0  # R'
    q_ms: float = 0.0
    r_ms: float = 0.0
    s_ms: float = 0.0
    st_j: float | None = None
    st_60: float | None = None  # 60 ms after J
    st_80: float | None = None
    t: float | None = None


class MedianBeat(Value):
    """The beat that stands for the others; places are samples from its beginning, None where a wave is not there."""

    leads: tuple[str, ...]
    rate: float  # Hz
    microvolts: bytes  # int16, little-endian, leads x samples
    at: int  # the fiducial point of the QRS
    p_on: int | None = None
    p_off: int | None = None
    qrs_on: int | None = None
    qrs_off: int | None = None
    t_off: int | None = None


class RecordingInfo(Value):
    """A kept recording."""

    id: str
    kind: str  # ecg
    blob: str  # sha256 of the file as the device wrote it
    trace: str  # sha256 of the trace blob (yiji.core.signal)
    record_path: str  # WFDB record, relative to the site's records folder
    leads: tuple[str, ...]
    rate: float  # Hz
    seconds: float
    device: str
    started_at: datetime | None
    kept_at: datetime
    order: OrderBrief | None = None
    measured_by_device: tuple[Measurement, ...] = ()
    quality: tuple[Finding, ...] = ()


class KeepRecording(Command[RecordingInfo], permission="recording.keep"):
    """Keep a recording: a raw file that is already a blob, or the raw file itself.

    The same bytes again give the recording that is there. What cannot be read is refused, and its bytes stay kept.
    """

    blob: str = ""  # sha256 of a kept blob
    file_name: str
    station: str = ""  # which device's door it came through
    accession_number: str = ""  # overrides what the file says
    arrived_at: datetime | None = None
    raw: bytes = b""  # the file itself, from who cannot put blobs


class KeepAnalysis(Command[RecordingInfo], permission="recording.analyse"):
    """Keep what an analysis found."""

    recording_id: str
    algorithm: str
    measurements: tuple[Measurement, ...]
    findings: tuple[Finding, ...]
    beats: tuple[float, ...] = ()  # R peaks, seconds from the start
    classes: str = ""  # a letter a beat: N S V F Q (AAMI EC57, recalled)
    lead_measures: tuple[LeadMeasure, ...] = ()
    median: MedianBeat | None = None


class ShowRecording(Query[RecordingInfo], permission="recording.read"):
    """What is known of one recording? By its id or the accession number."""

    id: str


class WorklistEntry(Value):
    """A scheduled procedure step, as a modality asks for it (DICOM modality worklist)."""

    item_id: str
    accession_number: str
    patient_id: str
    patient_name: str
    patient_sex: str
    patient_birth_date: date | None
    modality: str
    station: str
    exam_name: str
    starts_at: datetime


class Worklist(Value):
    """What a device has to do."""

    entries: tuple[WorklistEntry, ...]


class ShowWorklist(Query[Worklist], permission="worklist.read"):
    """What is scheduled for a device, a modality or a day?"""

    station: str = ""
    modality: str = ""
    day: date | None = None


class ListExamination(Command[WorklistEntry], permission="worklist.manage"):
    """Put a booked examination on the worklist, or change where it stands.

    `as_of` orders what is said of one examination: something older than what is known changes nothing.
    """

    order: OrderBrief
    station: str
    starts_at: datetime
    as_of: str = ""  # an id that sorts by time, such as the event's


class UnlistExamination(Command[Done], permission="worklist.manage"):
    """Take an examination off the worklist; one that is not on it yet will not come on by something said earlier."""

    item_id: str
    as_of: str = ""  # as in ListExamination


class RecordingFinished(Event, aggregate="recording_id"):
    """A recording is kept and may be analysed."""

    recording_id: str
    kind: str
    blob: str
    trace: str
    file_name: str
    order: OrderBrief | None
    measured_by_device: tuple[Measurement, ...]


class RecordingAnalysed(Event, aggregate="recording_id"):
    """A recording is measured."""

    recording_id: str
    kind: str
    trace: str
    device: str
    started_at: datetime | None
    order: OrderBrief | None
    algorithm: str
    measurements: tuple[Measurement, ...]
    findings: tuple[Finding, ...]
    beats: tuple[float, ...]
    measured_by_device: tuple[Measurement, ...]
    classes: str = ""
    lead_measures: tuple[LeadMeasure, ...] = ()
    median: MedianBeat | None = None
