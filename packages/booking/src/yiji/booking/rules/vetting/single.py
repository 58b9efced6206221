"""What is wrong with one rule alone."""

from collections.abc import Iterator
from math import isfinite

from yiji.booking.rules.kinds.knowing import PAYMENT
from yiji.booking.rules.kinds.pairs import PAIR_KINDS
from yiji.booking.rules.selecting import is_empty
from yiji.booking.rules.vetting.findings import found
from yiji.core.contract.patient import Sex
from yiji.core.contract.rule import Finding, RuleKind, RuleSpec

_YEAR = 366 * 1440
_LONG = {RuleKind.NOTICE: 30 * 1440, RuleKind.TRAVEL: 240}
_COMMON = frozenset(["id", "kind", "title", "title_en", "source", "first", "overridable"])
_ASKED = ("fact", "fresh_days", "only_for", "min_age", "max_age")
_USED: dict[RuleKind, tuple[str, ...]] = {
    RuleKind.EXCLUSIVE: ("second", "within_hours"),
    RuleKind.SEQUENCE: ("second", "within_hours"),
    RuleKind.INTERVAL: ("second", "gap_minutes", "both_ways"),
    RuleKind.WINDOW: ("opens", "closes"),
    RuleKind.NOTICE: ("gap_minutes",),
    RuleKind.SEX: ("sexes",),
    RuleKind.AGE: ("min_age", "max_age"),
    RuleKind.FACT: _ASKED,
    RuleKind.MEASURE: (*_ASKED, "minimum", "maximum"),
    RuleKind.GATE: _ASKED,
    RuleKind.TRAVEL: ("second", "gap_minutes", "scope"),
    RuleKind.DAILY: ("limit",),
}
# What a kind cannot do without: one of the fields of each group.
_NEEDED: dict[RuleKind, tuple[tuple[str, ...], ...]] = {
    RuleKind.INTERVAL: (("gap_minutes",),),
    RuleKind.WINDOW: (("opens", "closes"),),
    RuleKind.NOTICE: (("gap_minutes",),),
    RuleKind.SEX: (("sexes",),),
    RuleKind.AGE: (("min_age", "max_age"),),
    RuleKind.FACT: (("fact",),),
    RuleKind.MEASURE: (("fact",), ("minimum", "maximum")),
    RuleKind.GATE: (("fact",),),
    RuleKind.TRAVEL: (("gap_minutes",),),
}


def check_rule(spec: RuleSpec) -> Iterator[Finding]:
    """Yield what is wrong with one rule, whatever the catalogue."""
    named = (spec.id,)
    if not (spec.title.strip() and spec.title_en.strip()):
        yield found("no_title", named)
    if not spec.source.strip():
        yield found("no_source", named)
    yield from _fields(spec)
    yield from _lengths(spec)
    yield from _ranges(spec)
    yield from _values(spec)
    if spec.kind in PAIR_KINDS and spec.kind is not RuleKind.TRAVEL:
        told = {"first": spec.first, "second": spec.second}
        yield from (found("means_all", named, side=side) for side, one in told.items() if is_empty(one))


def _fields(spec: RuleSpec) -> Iterator[Finding]:
    told = {name for name, field in RuleSpec.model_fields.items() if getattr(spec, name) != field.get_default()}
    for group in _NEEDED.get(spec.kind, ()):
        if told.isdisjoint(group):
            yield found("no_effect", (spec.id,), field=" / ".join(group))
    for name in sorted(told - _COMMON - set(_USED[spec.kind])):
        yield found("unused_field", (spec.id,), field=name)


def _lengths(spec: RuleSpec) -> Iterator[Finding]:
    for name, count in (("gap_minutes", spec.gap_minutes), ("within_hours", spec.within_hours * 60)):
        if count > _YEAR:
            yield found("too_long", (spec.id,), field=name, days=count // 1440)
        elif count > _LONG.get(spec.kind, 100 * 1440):
            yield found("very_long", (spec.id,), field=name, days=f"{count / 1440:.3g}")


def _ranges(spec: RuleSpec) -> Iterator[Finding]:
    named = (spec.id,)
    if spec.opens and spec.closes and spec.opens.replace(tzinfo=None) >= spec.closes.replace(tzinfo=None):
        yield found("impossible_range", named, least=f"opens {spec.opens}", most=f"closes {spec.closes}")
    if spec.min_age is not None and spec.max_age is not None and spec.min_age >= spec.max_age:
        yield found("impossible_range", named, least=f"min_age {spec.min_age}", most=f"max_age {spec.max_age}")
    if spec.minimum is not None and spec.maximum is not None and spec.minimum > spec.maximum:
        yield found("impossible_range", named, least=f"minimum {spec.minimum}", most=f"maximum {spec.maximum}")


def _values(spec: RuleSpec) -> Iterator[Finding]:
    named = (spec.id,)
    for name, value in _numbers(spec):
        yield found("bad_value", named, field=name, value=value)
    for name in ("sexes", "only_for"):
        unknown = [one for one in getattr(spec, name) if one not in list(Sex)]
        if unknown:
            yield found("bad_value", named, field=name, value=", ".join(unknown))
    if spec.fact == "*":
        yield found("every_fact", named)
    if spec.fact == PAYMENT and spec.kind is not RuleKind.GATE:
        yield found("bad_value", named, field="fact", value=PAYMENT)


def _numbers(spec: RuleSpec) -> Iterator[tuple[str, float]]:
    """Yield the numbers that cannot be meant: ages are from 0 to 150 years, a fact is fresh for a day at least."""
    for name, least, most in (("min_age", 0, 150), ("max_age", 1, 150), ("fresh_days", 1, 3660)):
        value: int | None = getattr(spec, name)
        if value is not None and not least <= value <= most:
            yield name, value
    for name in ("minimum", "maximum"):
        bound: float | None = getattr(spec, name)
        if bound is not None and not isfinite(bound):
            yield name, bound
