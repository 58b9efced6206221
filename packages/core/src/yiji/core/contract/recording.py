"""Recordings from devices, their measurements and findings."""

from datetime import date, datetime

from yiji.core.contract.holter import HolterSummary
from yiji.core.contract.measure import Finding, LeadMeasure, Measurement, MedianBeat
from yiji.core.contract.order import OrderBrief
from yiji.core.message import Command, Done, Event, Query, Value


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
    holter: HolterSummary | None = None


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


class Listing(Value):
    """Where a booked examination stands.

    `as_of` orders what is said of one examination: something older than what is known changes nothing.
    """

    order: OrderBrief
    station: str
    starts_at: datetime
    as_of: str = ""  # an id that sorts by time, such as the event's


class ListExamination(Listing, Command[WorklistEntry], permission="worklist.manage"):
    """Put a booked examination on the worklist, or change where it stands."""


class ListExaminations(Command[Done], permission="worklist.manage"):
    """Put many booked examinations on the worklist, or change where they stand."""

    listings: tuple[Listing, ...]


class Unlisting(Value):
    """An examination that is on the worklist no more; if it is not on it yet, nothing said earlier puts it there."""

    item_id: str
    as_of: str = ""  # as in Listing


class UnlistExamination(Unlisting, Command[Done], permission="worklist.manage"):
    """Take an examination off the worklist; one that is not on it yet will not come on by something said earlier."""


class UnlistExaminations(Command[Done], permission="worklist.manage"):
    """Take many examinations off the worklist."""

    unlistings: tuple[Unlisting, ...]


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
    holter: HolterSummary | None = None
