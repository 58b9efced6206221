"""How the desk reads things aloud: moments on the site's clock, codes as words of the user's language."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from yiji.core import clock
from yiji.tui.words import word

if TYPE_CHECKING:
    from yiji.core.contract.catalogue import Catalogue, Entry
    from yiji.core.contract.desk import DeskRow
    from yiji.core.contract.inventory import Slot
    from yiji.core.contract.queue import Ticket

LOUD = ("stat", "urgent")  # priorities that go first
LOOKS = {
    "registered": "todo",
    "held": "last",
    "booked": "booked",
    "checked_in": "here",
    "called": "called",
    "examined": "done",
    "reported": "done",
    "signed": "done",
    "delivered": "done",
    "revoked": "gone",
    "no_show": "gone",
}
TICKET_LOOKS = {"ready": "here", "called": "called", "in_progress": "busy", "skipped": "last"}
RANKS = ("emergency", "urgent", "elderly", "inpatient")  # who goes before others, as a queue shows them
RANK_LOOKS = {"emergency": "stat", "urgent": "urgent", "elderly": "strong", "inpatient": "strong"}


@dataclass(frozen=True)
class Reading:
    """A language, a clock and the names behind codes."""

    lang: str = "zh"
    zone: str = "Asia/Shanghai"
    departments: dict[str, str] = field(default_factory=dict[str, str])
    rooms: dict[str, str] = field(default_factory=dict[str, str])
    preparations: dict[str, str] = field(default_factory=dict[str, str])
    devices: dict[str, str] = field(default_factory=dict[str, str])
    pools: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])  # a name in each language

    def t(self, key: str, **params: object) -> str:
        """Return a text of the desk's own."""
        return word(key, self.lang).format(**params)

    def coded(self, kind: str, code: str) -> str:
        """Return the word for a code, the code itself where there is none."""
        return word(f"{kind}.{code}", self.lang) or code

    def words(self, kind: str, codes: tuple[str, ...]) -> list[str]:
        """Return the words for some codes."""
        return [self.coded(kind, code) for code in codes]

    def local(self, moment: datetime) -> datetime:
        """Return a moment on the site's clock."""
        return clock.local(moment, self.zone)

    def time(self, moment: datetime | None, day: date | None = None) -> str:
        """Return ``14:05``; with the date before it when that is not `day`."""
        if moment is None:
            return ""
        there = self.local(moment)
        return f"{there:%H:%M}" if day in (None, there.date()) else f"{there:%m-%d %H:%M}"

    def exact(self, moment: datetime) -> str:
        """Return ``14:05:32``."""
        return f"{self.local(moment):%H:%M:%S}"

    def day(self, day: date) -> str:
        """Return ``03-02 Mon``."""
        return f"{day:%m-%d} {self.t('weekdays').split()[day.weekday()]}"

    def moment(self, moment: datetime | None) -> str:
        """Return ``03-02 Mon 08:30``; nothing for none."""
        return f"{self.day(self.local(moment).date())} {self.time(moment)}" if moment else ""

    def span(self, slot: "Slot") -> str:
        """Return ``03-02 Mon 08:30-08:40``."""
        return f"{self.moment(slot.starts_at)}-{self.time(slot.ends_at)}"

    def pool(self, code: str) -> str:
        """Return a channel pool's name: the hospital's own, else ours, else its code."""
        return self.pools.get(code, {}).get(self.lang, "") or self.coded("pool", code)

    def department(self, code: str) -> str:
        """Return a department's name."""
        return self.departments.get(code, code)

    def stage_code(self, row: "DeskRow") -> str:
        """Return how far an examination has come; a held place and a missed appointment say so."""
        if row.appointment_state == "held":
            return "held"
        return "no_show" if row.stage in ("booked", "registered") and row.appointment_state == "no_show" else row.stage

    def stage(self, row: "DeskRow") -> str:
        """Return the word for how far an examination has come."""
        return self.coded("stage", self.stage_code(row))

    def person(self, row: "DeskRow") -> str:
        """Return sex and age."""
        return " ".join(part for part in (self.coded("sex", row.patient_sex), self.age(row.patient_age)) if part)

    def age(self, told: str) -> str:
        """Return an age with its unit: ``45``, ``7m`` (months) and ``20d`` (days) are what the site tells."""
        if not told:
            return ""
        unit = told[-1] if told[-1] in "md" else "y"
        return self.t(f"age.{unit}", number=told.rstrip("md"))

    def wait(self, ticket: "Ticket") -> str:
        """Return how long a waiting patient may expect to wait."""
        if ticket.wait_minutes is None:
            return ""
        return self.t("minutes", number=ticket.wait_minutes) if ticket.wait_minutes else self.t("soon")

    def minutes_since(self, moment: datetime, now: datetime | None = None) -> str:
        """Return how long ago, in whole minutes; never less than none, for two machines' clocks differ."""
        seconds = ((now or datetime.now(UTC)) - moment).total_seconds()
        return self.t("minutes", number=max(0, int(seconds // 60)))


def with_names(reading: Reading, catalogue: "Catalogue") -> Reading:
    """Return a reading that knows the names of a site's master data."""
    return Reading(
        reading.lang,
        reading.zone,
        {one.code: one.name for one in catalogue.departments},
        {one.code: one.name for one in catalogue.rooms},
        {one.code: one.preparation for one in catalogue.exams if one.preparation},
        {one.code: one.name for one in catalogue.devices},
        {entry.code: {"zh": entry.name, "en": entry.name_en} for entry in _pools(catalogue)},
    )


def _pools(catalogue: "Catalogue") -> "Iterable[Entry]":
    """Return the hospital's own words for its pools: the dictionary ``pools``."""
    return (entry for one in catalogue.dictionaries if one.code == "pools" for entry in one.entries)
