"""Rules that never decide anything, because another of their kind always says as much or more."""

from collections.abc import Callable, Iterator

from yiji.booking.rules.vetting.findings import found
from yiji.booking.rules.vetting.groups import Group
from yiji.core.contract.rule import Finding, RuleKind, RuleSet, RuleSpec, Scope

_FINENESS = {Scope.ROOM: 0, Scope.DEPARTMENT: 1, Scope.CAMPUS: 2}
Pairs = frozenset[tuple[int, int]]


def check_shadows(rules: RuleSet, groups: list[Group]) -> Iterator[Finding]:
    """Yield the rules that others make superfluous, each once."""
    met = [_met(index, spec, groups) for index, spec in enumerate(rules.rules)]
    for at, weak in enumerate(rules.rules):
        for by, strong in enumerate(rules.rules):
            if at == by or not met[at] or not met[at] <= met[by] or not _says_as_much(strong, weak):
                continue
            if by > at and met[at] == met[by] and _says_as_much(weak, strong):
                continue  # the two are equal: the later one is told
            yield found("shadowed", (weak.id, strong.id), by=strong.id)
            break


def _met(index: int, spec: RuleSpec, groups: list[Group]) -> Pairs:
    """Return the groups, or pairs of groups, that a rule speaks of."""
    if spec.kind not in _PAIRED:
        return frozenset((at, at) for at, one in enumerate(groups) if index in one.first)
    firsts = [at for at, one in enumerate(groups) if index in one.first]
    seconds = [at for at, one in enumerate(groups) if index in one.second]
    pairs = {(a, b) for a in firsts for b in seconds}
    return frozenset(pairs | {(b, a) for a, b in pairs} if _either_way(spec) else pairs)


def _either_way(spec: RuleSpec) -> bool:
    return spec.kind is not RuleKind.SEQUENCE and (spec.kind is not RuleKind.INTERVAL or spec.both_ways)


def _says_as_much(strong: RuleSpec, weak: RuleSpec) -> bool:
    if strong.kind is not weak.kind or (strong.overridable and not weak.overridable):
        return False
    return _STRONGER[strong.kind](strong, weak)


def _window(strong: RuleSpec, weak: RuleSpec) -> bool:
    later = weak.opens is None or (strong.opens is not None and strong.opens >= weak.opens)
    return later and (weak.closes is None or (strong.closes is not None and strong.closes <= weak.closes))


def _age(strong: RuleSpec, weak: RuleSpec) -> bool:
    older = weak.min_age is None or (strong.min_age is not None and strong.min_age >= weak.min_age)
    return older and (weak.max_age is None or (strong.max_age is not None and strong.max_age <= weak.max_age))


def _hours(strong: RuleSpec, weak: RuleSpec) -> bool:
    """A window of hours against the same, or both without one: the day, or for ever."""
    if not (strong.within_hours and weak.within_hours):
        return strong.within_hours == weak.within_hours or (
            strong.kind is RuleKind.SEQUENCE and not strong.within_hours
        )
    return strong.within_hours >= weak.within_hours


def _same_question(strong: RuleSpec, weak: RuleSpec) -> bool:
    asked = ("fact", "fresh_days", "only_for", "min_age", "max_age", "minimum", "maximum")
    return all(getattr(strong, name) == getattr(weak, name) for name in asked)


def _gap(strong: RuleSpec, weak: RuleSpec) -> bool:
    return strong.gap_minutes >= weak.gap_minutes


def _travel(strong: RuleSpec, weak: RuleSpec) -> bool:
    return _gap(strong, weak) and _FINENESS[strong.scope] <= _FINENESS[weak.scope]


_PAIRED = (RuleKind.EXCLUSIVE, RuleKind.SEQUENCE, RuleKind.INTERVAL, RuleKind.TRAVEL)
_STRONGER: dict[RuleKind, Callable[[RuleSpec, RuleSpec], bool]] = {
    RuleKind.EXCLUSIVE: _hours,
    RuleKind.SEQUENCE: _hours,
    RuleKind.INTERVAL: _gap,
    RuleKind.TRAVEL: _travel,
    RuleKind.WINDOW: _window,
    RuleKind.NOTICE: _gap,
    RuleKind.AGE: _age,
    RuleKind.SEX: lambda strong, weak: set(strong.sexes) <= set(weak.sexes),
    RuleKind.FACT: _same_question,
    RuleKind.MEASURE: _same_question,
    RuleKind.GATE: _same_question,
    RuleKind.DAILY: lambda strong, weak: strong.first == weak.first and strong.limit <= weak.limit,
}
