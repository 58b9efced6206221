"""Rules 预约规则: data with a schema, kept in editions; a refusal says why, because of what, and when instead."""

from datetime import datetime, time
from enum import StrEnum
from typing import Any

from pydantic import Field

from yiji.core.contract.catalogue import CODE
from yiji.core.message import Command, Query, Value


class RuleKind(StrEnum):
    """What a rule demands. `first` and `second` select examinations."""

    EXCLUSIVE = "exclusive"  # 互斥: not both within `within_hours` (0: on the same day)
    SEQUENCE = "sequence"  # 先后: where both are booked within `within_hours`, `first` comes before `second`
    INTERVAL = "interval"  # 间隔: at least `gap_minutes` from the end of `first` to the start of `second`
    WINDOW = "window"  # 空腹 and the like: starts between `opens` and `closes` on the hospital's clock
    NOTICE = "notice"  # 肠道准备, 憋尿: booked at least `gap_minutes` before its start
    SEX = "sex"  # only for `sexes`
    AGE = "age"  # only from `min_age` to below `max_age` years
    FACT = "fact"  # refused where a fact of the patient says so: pregnancy, implant, allergy
    MEASURE = "measure"  # refused unless a measured fact is between `minimum` and `maximum` and fresh: renal function
    GATE = "gate"  # refused until a fact or the payment is there: 麻醉评估, 缴费
    TRAVEL = "travel"  # at least `gap_minutes` between places that differ by `scope`
    DAILY = "daily"  # at most `limit` such examinations of one patient on a day


class Scope(StrEnum):
    """How far places must differ for a travel time."""

    ROOM = "room"
    DEPARTMENT = "department"
    CAMPUS = "campus"


class Selector(Value):
    """Which examinations; what is left empty does not matter, what is told must all hold."""

    exams: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()  # one of them is enough
    not_tags: tuple[str, ...] = ()
    modalities: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    body_parts: tuple[str, ...] = ()
    visit_classes: tuple[str, ...] = ()


class RuleSpec(Value):
    """One rule."""

    id: str = Field(pattern=CODE)
    kind: RuleKind
    title: str
    title_en: str
    source: str  # where it comes from, or "clinical confirmation needed"
    first: Selector = Selector()
    second: Selector = Selector()
    gap_minutes: int = Field(default=0, ge=0)
    within_hours: int = Field(default=0, ge=0)
    both_ways: bool = False  # an interval that holds in either order
    opens: time | None = None
    closes: time | None = None
    sexes: tuple[str, ...] = ()
    min_age: int | None = None
    max_age: int | None = None
    fact: str = ""  # code of a patient's fact; a trailing * stands for any rest
    minimum: float | None = None
    maximum: float | None = None
    fresh_days: int | None = None  # how old a fact may be
    scope: Scope = Scope.DEPARTMENT
    limit: int = Field(default=1, ge=1)
    only_for: tuple[str, ...] = ()  # sexes that a fact or gate asks for at all
    overridable: bool = True  # by permission and with a reason


class RuleSet(Value):
    """The rules of a hospital."""

    name: str
    rules: tuple[RuleSpec, ...]


class RuleEdition(Value):
    """A rule set as it is kept."""

    number: int
    at: datetime
    actor: str
    note: str
    sha256: str
    rules: RuleSet


class LoadRules(Command[RuleEdition], permission="rule.manage"):
    """Make a rule set the one in force; refused while it contradicts itself. The same again is the same edition."""

    rules: RuleSet
    note: str = ""


class ShowRules(Query[RuleEdition], permission="rule.read"):
    """Which rules are in force, or were in an earlier edition?"""

    edition: int = 0  # 0: the one in force


class ListRuleEditionsResult(Value):
    """Editions, newest first; their rules are left out."""

    editions: tuple[RuleEdition, ...]


class ListRuleEditions(Query[ListRuleEditionsResult], permission="rule.read"):
    """Who changed the rules, and when?"""

    limit: int = Field(default=50, gt=0, le=1000)


class Finding(Value):
    """What is wrong, or odd, in a rule set."""

    severity: str  # error: it cannot be loaded; warning: somebody should look
    rules: tuple[str, ...]
    code: str
    text: str
    text_en: str


class CheckedRules(Value):
    """What a check found."""

    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing forbids to load it."""
        return all(finding.severity != "error" for finding in self.findings)


class CheckRules(Query[CheckedRules], permission="rule.read"):
    """Does a rule set fit the catalogue, and does it contradict itself?"""

    rules: RuleSet


class DryRunRefusal(Value):
    """An appointment of the past that the rule set would have refused."""

    appointment_id: str
    accession_number: str
    patient_name: str
    exam_name: str
    starts_at: datetime
    rule: str
    reason: str
    conflict: str = ""
    earliest: datetime | None = None
    reason_en: str = ""


class DryRun(Value):
    """What a replay over history found."""

    looked_at: int
    refused: tuple[DryRunRefusal, ...]
    by_rule: dict[str, int] = Field(default_factory=dict)
    limits: str = ""  # what the replay could not know


class DryRunRules(Query[DryRun], permission="rule.read"):
    """What would a rule set have refused of what was booked lately?"""

    rules: RuleSet
    days: int = Field(default=30, gt=0, le=3660)
    limit: int = Field(default=500, gt=0, le=10_000)


def plain(rules: RuleSet) -> dict[str, Any]:
    """Return a rule set as plain data without what is left at its default, for TOML."""
    return rules.model_dump(mode="json", exclude_defaults=True)
