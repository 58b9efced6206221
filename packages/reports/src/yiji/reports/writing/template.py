"""Templates as data: what stands in a report's header, which numbers it shows, and how its leads are laid out."""

from typing import Literal

from pydantic import Field

from yiji.core.message import Value

FieldName = Literal[
    "name", "sex", "age", "patient", "visit", "department", "ward", "bed", "accession", "placer",
    "requester", "exam", "reason", "ordered", "recorded", "device",
]  # fmt: skip


HolterPart = Literal[
    "summary", "hours", "trends", "st", "tachogram", "rr", "hrv", "templates", "strips", "hour_strips", "disclosure",
]  # fmt: skip


class Words(Value):
    """A text in both languages."""

    zh: str
    en: str

    def of(self, lang: str) -> str:
        """Return the text in `lang`; Chinese unless English is asked for."""
        return self.en if lang == "en" else self.zh


class Cell(Value):
    """A cell of the header; `span` is its share of the row's width."""

    field: FieldName
    span: int = Field(default=1, ge=1, le=24)


class Measure(Value):
    """A line of the table of numbers: one or more measurement codes, side by side or added up."""

    codes: tuple[str, ...] = Field(min_length=1)
    label: Words
    unit: str  # UCUM, shown where nothing was measured
    digits: int = Field(default=0, ge=0, le=3)
    sum: bool = False
    method_of: str = ""  # the code whose method is named after the label: QT/QTc (Bazett)


class Layout(Value):
    """How leads stand on the grid: `rows` of columns side by side, then `rhythm` strips of the whole width."""

    rows: tuple[tuple[str, ...], ...] = Field(min_length=1, max_length=12)
    rhythm: tuple[str, ...] = ()
    speed: float = Field(default=25.0, ge=5, le=100)  # mm/s
    gain: float = Field(default=10.0, ge=2.5, le=40)  # mm/mV
    marks: bool = True  # ectopic beats and pace marks over the last row


class Holter(Value):
    """What a Holter report shows, in this order."""

    pages: tuple[HolterPart, ...] = ("summary", "hours", "trends", "st", "rr", "hrv", "templates", "strips")
    disclosure_lead: str = ""  # of the full disclosure; empty: the first lead
    disclosure_minutes: int = Field(default=30, ge=10, le=60)  # a page


class Template(Value):
    """A report template, as its TOML file says."""

    name: str
    base: str = ""  # what it builds on; empty once read
    kind: str
    title: Words
    header: tuple[tuple[Cell, ...], ...] = Field(min_length=1, max_length=3)
    layout: Layout
    measures: tuple[Measure, ...] = Field(max_length=12)
    details: bool = True  # a second page: median beats, a table of leads, every measurement and statement
    holter: Holter = Holter()
