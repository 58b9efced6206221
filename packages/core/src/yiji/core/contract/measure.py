"""What is measured in a recording and what is said of it."""

from enum import StrEnum

from yiji.core.message import Value


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
    reason_zh: str = ""  # the same in Chinese, where it has words
    severity: Severity = Severity.NORMAL
    rule: str = ""  # the rule set and its version
    minnesota: str = ""  # the code of the Minnesota classification, where there is one

    def why(self, lang: str) -> str:
        """Return the reason in a language, ``zh`` or ``en``."""
        return self.reason_zh or self.reason if lang == "zh" else self.reason


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
