"""ECG files of every format, made here: what tests and the fuzzing of the readers must always have.

The encoders are written apart from the readers, after the same descriptions; SCP-ECG and Sierra come with the packing
that real carts use (Huffman codes and second differences; LZW).
"""

import base64
import binascii
import struct
import tempfile
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

import numpy as np

from yiji.core.signal import STANDARD, Recording
from yiji.devices.recording.convert import write
from yiji.devices.recording.wfdb_format import bundle

FS = 500.0
STEP = 0.005  # mV a count
START = datetime(2026, 3, 2, 9, 30, 15)
AT = 350  # samples, the first beat
RR = 400
_SCP_LEADS = (1, 2, 61, 62, 63, 64, 3, 4, 5, 6, 7, 8)


def counts(samples: int = 1000, leads: int = 12) -> np.ndarray:
    """A rhythm of raised cosines and a little noise, in counts of 5 uV, shape (samples, leads)."""
    times = np.arange(samples)
    beat = np.zeros(samples)
    for at in range(AT % RR, samples + RR, RR):
        for place, width, height in ((-80, 50, 0.12), (0, 40, 1.1), (18, 24, -0.3), (130, 90, 0.3)):
            phase = np.clip((times - at - place) / width, -0.5, 0.5)
            beat += height * (0.5 + 0.5 * np.cos(2 * np.pi * phase))
    one, two = beat, 1.4 * beat
    limbs = [one, two, two - one, -(one + two) / 2, one - two / 2, two - one / 2]
    chest = [gain * beat for gain in (-0.6, 0.4, 0.9, 1.2, 1.5, 1.1)]
    noise = np.random.default_rng(5).normal(0, 0.01, (samples, leads))
    return np.rint((np.stack([*limbs, *chest][:leads], axis=1) + noise) / STEP).astype(np.int16)


def made(samples: int = 1000, leads: int = 12, gap: int | None = None) -> Recording:
    """The rhythm as a recording."""
    return Recording(
        "ecg",
        STANDARD[:leads],
        FS,
        counts(samples, leads),
        "made",
        scale=np.full(leads, STEP),
        offset=np.zeros(leads),
        gap=gap,
        start=START,
        names=STANDARD[:leads],
        manufacturer="Maker",
        model="M1",
        patient_id="P1",
    )


def written(recording: Recording, to: str) -> bytes:
    """A file of a format that we write; a WFDB record as a zip."""
    suffix = {"edf": ".edf", "dicom": ".dcm", "csv": ".csv"}.get(to, ".hea")
    with tempfile.TemporaryDirectory() as folder:
        path, _ = write(recording, Path(folder) / f"rec{suffix}", to)
        return bundle(path) if suffix == ".hea" else path.read_bytes()


# --- SCP-ECG ---


def _huffman(values: Sequence[int]) -> bytes:
    """Pack numbers by the standard's own table."""
    bits: list[str] = []
    for value in values:
        size = abs(value)
        if size == 0:
            bits.append("0")
        elif size <= 8:
            bits.append("1" * size + "0" + ("1" if value < 0 else "0"))
        elif -128 <= value <= 127:
            bits.append("1111111110" + format(value & 0xFF, "08b"))
        else:
            bits.append("1111111111" + format(value & 0xFFFF, "016b"))
    whole = "".join(bits)
    whole += "0" * (-len(whole) % 16)
    return bytes(int(whole[place : place + 8], 2) for place in range(0, len(whole), 8))


def _second_differences(lead: np.ndarray) -> list[int]:
    wide = lead.astype(int)
    return [int(wide[0]), int(wide[1]), *(int(one) for one in np.diff(wide, 2))]


def _tag(tag: int, value: bytes) -> bytes:
    return struct.pack("<BH", tag, len(value)) + value


def scp_sections(table: np.ndarray, nanovolts: int = 5000, subtract: bool = False) -> dict[int, bytes]:
    """The sections of an SCP-ECG file, without their headers."""
    samples = len(table)
    device = (
        bytes(7) + bytes((7,)) + b"M1\0\0\0\0" + bytes((20, 0xA0, 0x37, 0, 1)) + bytes(17) + b"1\0S1\0" + b"2\0" * 3
    )
    facts = _tag(0, "欧阳".encode() + b"\0") + _tag(2, b"P1\0") + _tag(14, device)
    facts += _tag(25, struct.pack("<HBB", 2026, 3, 2)) + _tag(26, bytes((9, 30, 15))) + _tag(255, b"")
    leads = bytes((len(_SCP_LEADS), 0x64 | subtract))
    leads += b"".join(struct.pack("<IIB", 1, samples, lead) for lead in _SCP_LEADS)
    found = {1: facts, 2: struct.pack("<H", 19999), 3: leads}
    residual = table.astype(int)
    if subtract:
        reference = table[AT - 60 : AT + 100]
        residual[AT - 60 : AT + 100] -= reference
        found[4] = struct.pack("<HHH", 320, 61, 1) + struct.pack("<HIII", 0, AT - 59, AT + 1, AT + 100)
        found[5] = _packed(reference, nanovolts)
    return found | {6: _packed(residual, nanovolts)}


def _packed(table: np.ndarray, nanovolts: int) -> bytes:
    packed = [_huffman(_second_differences(lead)) for lead in table.T]
    sizes = struct.pack(f"<{len(packed)}H", *map(len, packed))
    return struct.pack("<HHBB", nanovolts, 2000, 2, 0) + sizes + b"".join(packed)


def scp_file(sections: dict[int, bytes]) -> bytes:
    """Frame sections, with their sums."""
    count = 12
    place, pointers, bodies = 7 + 16 + 10 * count, b"", b""
    for number in range(1, count):
        body = sections.get(number, b"")
        length = 16 + len(body) if body else 0
        pointers += struct.pack("<HII", number, length, place if body else 0)
        bodies += _section(number, body) if body else b""
        place += length
    first = struct.pack("<HII", 0, 16 + 10 * count, 7) + pointers
    whole = _section(0, first, b"SCPECG") + bodies
    whole = struct.pack("<I", 6 + len(whole)) + whole
    return struct.pack("<H", binascii.crc_hqx(whole, 0xFFFF)) + whole


def _section(number: int, body: bytes, mark: bytes = bytes(6)) -> bytes:
    rest = struct.pack("<HIBB", number, 16 + len(body), 20, 20) + mark + body
    return struct.pack("<H", binascii.crc_hqx(rest, 0xFFFF)) + rest


def scp(table: np.ndarray, subtract: bool = False) -> bytes:
    """An SCP-ECG file, with or without the reference beat taken out."""
    return scp_file(scp_sections(table, subtract=subtract))


# --- XML ---


def aecg(table: np.ndarray, encoding: str = "utf-8") -> bytes:
    """An HL7 annotated ECG."""
    sequences = "".join(
        f'<component><sequence><code code="MDC_ECG_LEAD_{name.upper()}"/><value xsi:type="SLIST_PQ"><origin value="0" '
        f'unit="uV"/><scale value="5" unit="uV"/><digits>{" ".join(map(str, lead))}</digits></value></sequence>'
        "</component>"
        for name, lead in zip(STANDARD, table.T.tolist(), strict=True)
    )
    text = (
        f'<?xml version="1.0" encoding="{encoding}"?>\n<AnnotatedECG xmlns="urn:hl7-org:v3" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><componentOf><timepointEvent><componentOf>'
        '<subjectAssignment><subject><trialSubject><id extension="P1"/><subjectDemographicPerson><name>欧阳</name>'
        "</subjectDemographicPerson></trialSubject></subject></subjectAssignment></componentOf></timepointEvent>"
        '</componentOf><component><series><code code="RHYTHM"/><component><sequenceSet><component><sequence>'
        '<code code="TIME_ABSOLUTE"/><value xsi:type="GLIST_TS"><head value="20260302093015.000"/>'
        f'<increment value="0.002" unit="s"/></value></sequence></component>{sequences}</sequenceSet></component>'
        "</series></component></AnnotatedECG>"
    )
    return text.encode(encoding)


def _lzw(data: bytes) -> bytes:
    """Pack bytes into codes of 10 bits."""
    strings = {bytes((code,)): code for code in range(256)}
    codes, now = list[int](), b""
    for place in range(len(data)):
        longer = now + data[place : place + 1]
        if longer in strings:
            now = longer
            continue
        codes.append(strings[now])
        if len(strings) <= 1022:
            strings[longer] = len(strings)
        now = longer[-1:]
    codes.append(strings[now])
    bits = "".join(format(code, "010b") for code in codes)
    bits += "1" * (-len(bits) % 8)
    return bytes(int(bits[place : place + 8], 2) for place in range(0, len(bits), 8))


def _xli(lead: np.ndarray) -> bytes:
    """Pack one lead: what the reader undoes, z = 2 y - x - d, with d told one sample late and 64 too high."""
    wide = lead.astype(int)
    differences = 2 * wide[1:-1] - wide[:-2] - wide[2:]
    told = np.concatenate((wide[:2], differences[1:] + 64, [64])).astype(np.int16)
    high, low = (told.view(np.uint16) >> 8).astype(np.uint8), (told.view(np.uint16) & 0xFF).astype(np.uint8)
    body = _lzw(high.tobytes() + low.tobytes())
    return struct.pack("<IHh", len(body), 0, int(differences[0])) + body


def sierra(table: np.ndarray, packed: bool = True, version: str = "1.04") -> bytes:
    """A Philips Sierra file."""
    one, two, three, right, left, foot, *chest = table.T.astype(int)
    derived = [two - one - three, -right - (one + two) // 2, (one - three) // 2 - left, (two + three) // 2 - foot]
    rows = [one, two, *derived, *chest] if packed else list(table.T)
    data = b"".join(map(_xli, rows)) if packed else np.stack(rows).astype("<i2").tobytes()
    text = (
        '<?xml version="1.0" encoding="utf-16"?><restingecgdata xmlns="http://www3.medical.philips.com"><documentinfo>'
        f"<documenttype>PhilipsECG</documenttype><documentversion>{version}</documentversion></documentinfo>"
        '<dataacquisition date="2026-03-02" time="09:30:15"><machine machineid="S1" detaildescription="Maker:1">M1'
        "</machine><signalcharacteristics><samplingrate>500</samplingrate><resolution>5</resolution><acquisitiontype>"
        "STD-12</acquisitiontype><signaloffset>0</signaloffset><numberchannelsallocated>12</numberchannelsallocated>"
        "</signalcharacteristics></dataacquisition><patient><generalpatientdata><patientid>P1</patientid><name>"
        "<lastname>欧阳</lastname></name></generalpatientdata></patient><waveforms><parsedwaveforms "
        f'dataencoding="Base64" compression="{"XLI" if packed else "Uncompressed"}" numberofleads="12" '
        f'leadlabels="{" ".join(STANDARD)}" durationperchannel="{len(table) * 2}" resolution="5">'
        f"{base64.b64encode(data).decode()}</parsedwaveforms></waveforms></restingecgdata>"
    )
    return text.encode("utf-16")


MAKERS: dict[str, Callable[[], bytes]] = {
    "wfdb-zip": lambda: written(made(), "wfdb"),
    "wfdb-flac-zip": lambda: written(made(), "wfdb-flac"),
    "edf": lambda: written(made(), "edf"),
    "dicom": lambda: written(made(), "dicom"),
    "csv": lambda: written(made(300), "csv"),
    "scp-ecg": lambda: scp(counts()),
    "scp-ecg-beats": lambda: scp(counts(), subtract=True),
    "hl7-aecg": lambda: aecg(counts()),
    "philips-xml": lambda: sierra(counts()),
}
