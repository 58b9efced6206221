"""Rule sets of statements: data, checked when they are loaded, replaced or extended by a hospital's own.

A rule says when it holds (`conditions`), what it says in both languages, how grave that is and by which numbers. A rule
with `lead` looks at single leads: it holds where so many `neighbours` of a territory's leads do.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Self, TypeVar

from pydantic import Field, ValidationError, model_validator

from yiji.core.contract.measure import Severity
from yiji.core.message import Value
from yiji.devices.analysis.statements.conditions import Condition, Known, Scope, parse
from yiji.devices.analysis.statements.words import FACTS, LEAD_FACTS
from yiji.devices.errors import BadStatements

DEFAULT = "yiji.devices.analysis.statements:ecg-12.toml"
_GAP = re.compile(r"\{([^{}:]+)(?::(\+?\.\df))?\}")
Named = TypeVar("Named", "Rule", "Territory")
_FILLED = {"{territory}", "{each}"}  # not expressions: put in by the rule


class Territory(Value):
    """A wall of the heart: its leads, each beside its neighbours."""

    id: str = Field(pattern=r"[a-z]+")
    zh: str
    en: str
    leads: tuple[str, ...] = Field(min_length=1)


class Rule(Value):
    """A statement and when it is made; see docs/ecg-statements.md.

    `abnormal` and `critical` raise the severity where they hold. A statement is left out where one of `unless` holds,
    whether that is itself left out or not. `ages`: the limits are those of adults, or hold for all. `alone`: made only
    where nothing that is said is worse than normal.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    code: str = Field(default="", pattern=r"^([a-z][a-z0-9_]*)?$")  # of the finding, where it is not the id
    zh: str
    en: str
    severity: Severity = Severity.BORDERLINE
    when: str = ""
    lead: str = ""
    territories: tuple[str, ...] = ()
    neighbours: int = Field(default=2, ge=1, le=6)
    each: str = ""  # what the reason says of each lead
    abnormal: str = ""
    critical: str = ""
    unless: tuple[str, ...] = ()
    ages: str = Field(default="adult", pattern="^(adult|all)$")
    alone: bool = False
    reason: str
    reason_zh: str = ""  # the same in Chinese, where it has words
    source: str = Field(min_length=1)
    minnesota: str = ""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if bool(self.lead) != bool(self.territories) or not (self.when or self.lead):
            raise ValueError(f"rule {self.id}: `when`, or `lead` with `territories`, is missing")
        return self

    def conditions(self) -> Iterator[tuple[str, bool]]:
        """Yield each expression and whether it looks at a single lead."""
        yield from ((text, False) for text in (self.when, self.abnormal, self.critical) if text)
        yield from ((text, True) for text in (self.lead, *gaps(self.each)) if text)
        yield from ((text, False) for words in (self.zh, self.en, self.reason, self.reason_zh) for text in gaps(words))

    def grade(self, scope: Scope) -> Severity:
        """Return how grave it is in this case."""
        if self.critical and parse(self.critical).holds(scope):
            return Severity.CRITICAL
        return Severity.ABNORMAL if self.abnormal and parse(self.abnormal).holds(scope) else self.severity


class RuleSet(Value):
    """Rules in the order in which they are said; `definitions` are conditions that others use by name."""

    name: str
    version: int = Field(ge=1)
    source: str = ""
    definitions: Mapping[str, str] = {}
    territories: tuple[Territory, ...] = ()
    rules: tuple[Rule, ...] = ()
    without: tuple[str, ...] = ()  # rules of the set below that are left out

    @property
    def title(self) -> str:
        """Name and version, as findings carry it."""
        return f"{self.name} {self.version}"

    def territory(self, name: str) -> Territory:
        """Return a territory by its id."""
        return next(one for one in self.territories if one.id == name)

    def over(self, base: "RuleSet") -> "RuleSet":
        """Return this set laid over another: what has the same id takes its place, the rest is added behind."""
        kept = [rule for rule in base.rules if rule.id not in self.without]
        return RuleSet(
            name=f"{base.title} + {self.name}",
            version=self.version,
            source=self.source or base.source,
            definitions={**base.definitions, **self.definitions},
            territories=tuple(_laid(base.territories, self.territories)),
            rules=tuple(_laid(kept, self.rules)),
        )

    def checked(self) -> "RuleSet":
        """Return the set; raises `ValueError` for a condition that cannot be read or a name that nobody knows."""
        known = {territory.id for territory in self.territories}
        for name in self.definitions:
            _defined(self.definitions, name, ())
        for rule in self.rules:
            for text, of_lead in rule.conditions():
                _check(parse(text), {*FACTS, *self.definitions}, of_lead, rule.id)
            if unknown := {*rule.territories} - known:
                raise ValueError(f"rule {rule.id}: unknown territory {min(unknown)}")
            if unknown := {*rule.unless} - {one.id for one in self.rules}:
                raise ValueError(f"rule {rule.id}: unknown rule {min(unknown)}")
        return self


def _laid(below: Iterable[Named], above: Iterable[Named]) -> Iterator[Named]:
    """Yield what is below, each replaced by what is above with the same id, then the rest of what is above."""
    new = {one.id: one for one in above}
    for one in below:
        yield new.pop(one.id, one)
    yield from new.values()


def _defined(definitions: Mapping[str, str], name: str, on_the_way: tuple[str, ...]) -> None:
    """Check a definition and those that it uses; raises `ValueError` for a circle or a name that nobody knows."""
    if name in on_the_way:
        raise ValueError(f"definition {name} goes in a circle")
    condition = parse(definitions[name])
    _check(condition, {*FACTS, *definitions}, False, name)
    for used in condition.names & set(definitions):
        _defined(definitions, used, (*on_the_way, name))


def _check(condition: Condition, known: set[str], of_lead: bool, where: str) -> None:
    for name in condition.names:
        first, _, lead = name.partition(".")
        fits = name in known or (first in LEAD_FACTS and (bool(lead) or of_lead)) or (of_lead and name == "lead")
        if not fits:
            raise ValueError(f"rule {where}: nobody knows {name}")


def gaps(text: str) -> list[str]:
    """Return the expressions in a text's braces."""
    return [found[1] for found in _GAP.finditer(text) if found[0] not in _FILLED]


def filled(text: str, scope: Scope) -> str:
    """Return a text with its braces filled, ``{r.V5 + s.V1:.2f}`` by its value; what is not known is a dash."""
    return _GAP.sub(lambda found: _told(parse(found[1]).value(scope), found[2] or ".0f"), text)


def _told(value: Known, form: str) -> str:
    if value is None:
        return "-"
    return value if isinstance(value, str) else format(value + 0.0, form)


@cache
def load_rules(*sources: str) -> RuleSet:
    """Read the wing's rule set and lay others over it, in their order: files, or ``package:file.toml``.

    Raises `BadStatements` naming what is wrong.
    """
    whole: RuleSet | None = None
    for source in (DEFAULT, *sources):
        try:
            one = _read(source)
            whole = (one.over(whole) if whole else one).checked()
        except ValidationError as fault:
            first = fault.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise BadStatements(source=source, detail=f"{where}: {first['msg']}") from None
        except (OSError, ImportError, ValueError) as fault:
            raise BadStatements(source=source, detail=fault) from None
    assert whole is not None
    return whole


def _read(source: str) -> RuleSet:
    package, colon, name = source.partition(":")
    file = files(package).joinpath(name) if colon and not Path(source).exists() else Path(source)
    return RuleSet.model_validate(tomllib.loads(file.read_text("utf-8")))
