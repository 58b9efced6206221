"""What a long (Holter) recording says: counts, tables, trends, episodes, beat shapes and the strips that show them.

Moments are seconds from the recording's first sample. Long series are bytes, little-endian 16 bit, with their unit and
what stands for "nothing here" beside them; `numpy.frombuffer(one.heart_rates, "<i2")` reads them.
"""

from datetime import datetime

from yiji.core.contract.measure import Finding, Measurement, Severity
from yiji.core.message import Value

NO_RATE = 0  # a minute without a heart rate
NO_LEVEL = -32768  # a minute without an ST level, a sample of a strip that is missing


class Strip(Value):
    """A stretch of signal to be drawn, with its beats."""

    first: float  # s
    seconds: float
    leads: tuple[str, ...]
    rate: float  # samples a second
    microvolts: bytes  # int16, little-endian, leads x samples; -32768: no valid sample
    beats: tuple[float, ...] = ()  # s from the recording's first sample
    classes: str = ""  # a letter a beat: N S V F Q


class HolterEvent(Value):
    """Something that a doctor wants to see; in the order of time."""

    kind: str  # max_rate min_rate longest_rr pause ve_run sve_run ve_pair sve_pair ve_single sve_single af st
    at: float  # s
    seconds: float
    text_zh: str
    text_en: str
    severity: Severity = Severity.NORMAL
    strip: Strip | None = None  # only the most important events have one


class RateMoment(Value):
    """A heart rate and when it was."""

    at: float  # s
    rate: float  # /min


class HolterPause(Value):
    """An interval without a beat."""

    at: float  # s, the beat before it
    seconds: float


class HolterRun(Value):
    """Three or more ectopic beats on end."""

    at: float  # s, its first beat
    seconds: float  # from its first beat to its last
    beats: int
    rate: float  # /min, within the run
    label: str  # V or S
    template: int | None = None  # row in `templates` of most of its beats


class AfEpisode(Value):
    """A stretch that beats as irregularly as atrial fibrillation does."""

    at: float  # s
    seconds: float
    rate: float | None = None  # /min, mean within


class StEpisode(Value):
    """A stretch in which a lead's ST level stays away from its reference."""

    lead: str
    at: float  # s
    seconds: float
    microvolts: int  # furthest deviation from the reference, with its sign: below 0 is depression
    peak_at: float  # s


class HolterTemplate(Value):
    """A shape that beats have: the mean of those that look alike."""

    count: int
    label: str  # N S V F Q: the class of most of its beats
    leads: tuple[str, ...]
    rate: float  # samples a second
    microvolts: bytes  # int16, little-endian, leads x samples
    at: int  # the sample of the R peak
    hours: tuple[int, ...] = ()  # beats of each hour
    strip: Strip | None = None  # one of its beats among those around it; the most frequent shapes have one


class HolterSpan(Value):
    """Counts and rates over a stretch: an hour, the day, the night.

    Pairs are two ectopic beats on end, runs three or more; `ve` and `sve` count every ectopic beat, those in pairs and
    runs too.
    """

    first: float  # s; of a day or night: its first stretch
    seconds: float  # how long, without what could not be read
    beats: int = 0
    mean_rate: float | None = None  # /min; None: no beats
    min_rate: float | None = None  # of 8 intervals on end
    max_rate: float | None = None
    ve: int = 0
    ve_pairs: int = 0
    ve_runs: int = 0
    sve: int = 0
    sve_pairs: int = 0
    sve_runs: int = 0
    pauses: int = 0
    longest_rr: float | None = None  # ms
    sdnn: float | None = None  # ms
    artefact: float = 0.0  # share of the stretch, 0..1


class RrHistogram(Value):
    """How often which interval occurs; the last bin holds what is longer."""

    bin_ms: int = 20
    counts: tuple[int, ...] = ()  # the first bin begins at 0 ms


class RrPairs(Value):
    """How often which interval follows which (Poincare plot), of normal beats on end; the outer bins hold the rest."""

    first_ms: int = 200  # where the first bin begins
    bin_ms: int = 20
    bins: int = 0
    counts: bytes = b""  # int16, little-endian, bins x bins: a row for each interval before, a column for each after


class RrSpectrum(Value):
    """The power of the normal intervals over frequency, mean of stretches of five minutes."""

    step_hz: float = 0.0  # from 0 Hz on
    power: tuple[float, ...] = ()  # ms2/Hz


class HolterTrends(Value):
    """A value a minute; the intervals: a value every ten seconds."""

    heart_rates: bytes = b""  # int16, /min, mean of the minute; 0: none
    lowest_rates: bytes = b""  # int16, /min; 0: none
    highest_rates: bytes = b""  # int16, /min; 0: none
    st_leads: tuple[str, ...] = ()
    st_levels: bytes = b""  # int16, uV at J + 60 ms against the level before the QRS, leads x minutes; -32768: none
    af: bytes = b""  # int16, per cent of the minute's beats in AF
    artefact: bytes = b""  # int16, per cent of the minute
    rr_shortest: bytes = b""  # int16, ms, of each ten seconds; 0: none
    rr_longest: bytes = b""  # int16, ms, of each ten seconds; 0: none


class HolterSummary(Value):
    """All that a Holter report says; every list is in the order of time unless it says otherwise."""

    algorithm: str
    seconds: float  # the recording's length
    analysed_seconds: float  # without what could not be read
    leads: tuple[str, ...]
    started_at: datetime | None = None
    total: HolterSpan
    normal: int = 0  # beats of each class
    fusion: int = 0
    paced: int = 0  # Q: paced and unknown
    hours: tuple[HolterSpan, ...] = ()
    day: HolterSpan | None = None  # 06:00-22:00 by the device's clock; None: no start is known
    night: HolterSpan | None = None
    slowest: RateMoment | None = None
    fastest: RateMoment | None = None
    longest_rr: HolterPause | None = None
    pauses: tuple[HolterPause, ...] = ()  # >= 2.0 s; the longest 200
    runs: tuple[HolterRun, ...] = ()  # the longest 200
    ve_singles: int = 0
    ve_bigeminy: int = 0  # beats of N V N V ... stretches, V only
    ve_trigeminy: int = 0
    sve_singles: int = 0
    templates: tuple[HolterTemplate, ...] = ()  # V first, then by count
    rr: RrHistogram = RrHistogram()
    rr_pairs: RrPairs = RrPairs()
    rr_spectrum: RrSpectrum = RrSpectrum()
    trends: HolterTrends = HolterTrends()
    af_share: float = 0.0  # of the analysed time, 0..1
    af: tuple[AfEpisode, ...] = ()  # the longest 200
    st: tuple[StEpisode, ...] = ()  # the longest 200
    hrv: tuple[Measurement, ...] = ()
    events: tuple[HolterEvent, ...] = ()
    hour_strips: tuple[Strip, ...] = ()  # one lead of each hour's middle, ten seconds
    findings: tuple[Finding, ...] = ()
