"""Statements: what the rules say of the facts, each with its reason; a machine's, for a doctor to confirm or strike."""

from collections.abc import Iterator
from dataclasses import dataclass

from yiji.core.contract.measure import Finding, Severity
from yiji.devices.analysis.statements.conditions import Known, Scope, parse
from yiji.devices.analysis.statements.facts import Facts
from yiji.devices.analysis.statements.rules import Rule, RuleSet, Territory, filled

__all__ = ["ADULT", "Facts", "statements"]

ADULT = 16.0  # years; under it no limit of an adult is applied


@dataclass(frozen=True, slots=True)
class _Said:
    rule: Rule
    territory: Territory | None = None
    leads: tuple[str, ...] = ()


def statements(facts: Facts, rules: RuleSet) -> tuple[Finding, ...]:
    """Return what the rules say, in their order: rhythm, rate, intervals, axis, voltage, ST and T, QT.

    A rule for adults is left out where the age is known to be less than `ADULT`.
    """
    scope = _with_definitions(facts.scope, rules)
    age = facts.values.get("age")
    child = isinstance(age, float) and age < ADULT
    held = [said for rule in rules.rules if not (child and rule.ages == "adult") for said in _held(rule, facts, rules)]
    names = {said.rule.id for said in held}
    kept = [said for said in held if not names & set(said.rule.unless)]
    found = [(said.rule, _finding(said, facts, scope, rules)) for said in kept]
    quiet = all(finding.severity is Severity.NORMAL for rule, finding in found if not rule.alone)
    return tuple(finding for rule, finding in found if quiet or not rule.alone)


def _with_definitions(scope: Scope, rules: RuleSet) -> Scope:
    """Return a scope in which the rule set's definitions are known as well; they look at facts, not at single leads."""

    def known(name: str) -> Known:
        defined = rules.definitions.get(name)
        return scope(name) if defined is None else parse(defined).value(known)

    return known


def _held(rule: Rule, facts: Facts, rules: RuleSet) -> Iterator[_Said]:
    """Yield each way in which a rule holds: once, or once for each territory whose leads it holds in."""
    if rule.when and not parse(rule.when).holds(_with_definitions(facts.scope, rules)):
        return
    if not rule.lead:
        yield _Said(rule)
    for name in rule.territories:
        territory = rules.territory(name)
        leads = _beside(rule, territory, facts, rules)
        if leads:
            yield _Said(rule, territory, leads)


def _beside(rule: Rule, territory: Territory, facts: Facts, rules: RuleSet) -> tuple[str, ...]:
    """Return the leads of a territory in which a rule holds, in the longest row of neighbours, if it is long enough."""
    condition = parse(rule.lead)
    row: list[str] = []
    longest: list[str] = []
    for lead in territory.leads:
        row = [*row, lead] if condition.holds(_with_definitions(facts.of_lead(lead), rules)) else []
        longest = max(longest, row, key=len)
    return tuple(longest) if len(longest) >= rule.neighbours else ()


def _finding(said: _Said, facts: Facts, scope: Scope, rules: RuleSet) -> Finding:
    rule, territory = said.rule, said.territory
    each = ", ".join(filled(rule.each, facts.of_lead(lead)) for lead in said.leads)
    zh, en = (territory.zh, territory.en) if territory else ("", "")
    return Finding(
        code=f"machine.{rule.code or rule.id}" + (f"_{territory.id}" if territory else ""),
        text_zh=filled(rule.zh.replace("{territory}", zh), scope),
        text_en=filled(rule.en.replace("{territory}", en), scope),
        reason=filled(rule.reason.replace("{each}", each), scope),
        reason_zh=filled(rule.reason_zh.replace("{each}", each), scope),
        severity=rule.grade(scope),
        rule=f"{rules.title} {rule.id}",
        minnesota=rule.minnesota,
    )
