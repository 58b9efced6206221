"""A simulated ECG cart that delivers a real recording: the 12-lead ECG that pydicom brings among its test files.

The trace and the cart's own measures are as a real cart (Mortara ELI 250) made them; who it is, and when, comes from
the worklist, as a modality would copy it.
"""

import os
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from yiji.core.contract.recording import WorklistEntry

if TYPE_CHECKING:
    from pydicom import Dataset

SOURCE = "waveform_ecg.dcm"
CHARSETS = ("GB18030", "ISO_IR 192")  # one value alone: what carries Chinese without escapes
_SEX = {"male": "M", "female": "F", "other": "O"}
# What names the person, the place and the examination that the recording was really made of.
_FOREIGN = (
    *("PatientAge", "PatientSize", "PatientWeight", "PatientAddress", "OtherPatientIDs", "PatientInstitutionResidence"),
    *("ReferringPhysicianName", "RequestingPhysician", "InstitutionName", "AdmissionID", "CurrentPatientLocation"),
    *("StudyID", "VisitComments"),
)


def deliver(
    entry: WorklistEntry, folder: Path, *, recorded_at: datetime | None = None, charset: str = "GB18030"
) -> Path:
    """Write the recording of a worklist entry into a watched folder, under another name until it is complete.

    `recorded_at`: aware; now in China when left out. Returns the file's path.
    """
    at = recorded_at or datetime.now(ZoneInfo("Asia/Shanghai"))
    return hand_in(as_bytes(addressed(real_recording(), entry, at, charset)), folder, file_name(entry, at))


def file_name(entry: WorklistEntry, at: datetime) -> str:
    """Return a file's name as a cart would make it."""
    return f"{entry.accession_number}-{at:%Y%m%d%H%M%S}.dcm"


def real_recording() -> "Dataset":
    """Return the real recording; it comes with the pydicom package, nothing is fetched."""
    import pydicom
    from pydicom.data import get_testdata_file

    path = get_testdata_file(SOURCE, download=False)
    if not isinstance(path, str):
        raise FileNotFoundError(SOURCE)
    library: Any = pydicom
    return library.dcmread(path)


def addressed(dataset: "Dataset", entry: WorklistEntry, at: datetime, charset: str) -> "Dataset":
    """Give a recording the patient, the numbers and the time of a worklist entry."""
    from pydicom.uid import generate_uid

    for keyword in _FOREIGN:
        if keyword in dataset:
            delattr(dataset, keyword)
    day, time = f"{at:%Y%m%d}", f"{at:%H%M%S}"
    values: dict[str, Any] = {
        "SpecificCharacterSet": charset,
        "AccessionNumber": entry.accession_number,
        "PatientID": entry.patient_id,
        "PatientName": entry.patient_name,
        "PatientSex": _SEX.get(entry.patient_sex, ""),
        "PatientBirthDate": f"{entry.patient_birth_date:%Y%m%d}" if entry.patient_birth_date else "",
        "StationName": entry.station[:16],
        "StudyDescription": entry.exam_name,
        "StudyInstanceUID": generate_uid(),
        "SeriesInstanceUID": generate_uid(),
        "SOPInstanceUID": generate_uid(),
        "TimezoneOffsetFromUTC": f"{at:%z}",
        "AcquisitionDateTime": day + time,
    }
    for what in ("Study", "Content", "InstanceCreation"):
        values |= {f"{what}Date": day, f"{what}Time": time}
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    return dataset


def as_bytes(dataset: "Dataset") -> bytes:
    """Return the bytes of a DICOM file."""
    buffer = BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def hand_in(data: bytes, folder: Path, name: str) -> Path:
    """Write a file as careful devices do: under a temporary name, then renamed."""
    folder.mkdir(parents=True, exist_ok=True)
    aside, place = folder / f"{name}.part", folder / name
    with aside.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(place)
    return place
