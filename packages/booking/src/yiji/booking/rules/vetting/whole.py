"""The check of a rule set against a catalogue, whole."""

from collections import Counter
from collections.abc import Iterator

from yiji.booking.rules.vetting.findings import ERROR, found
from yiji.booking.rules.vetting.fitting import check_fit, check_windows
from yiji.booking.rules.vetting.groups import group
from yiji.booking.rules.vetting.pairs import check_pairs
from yiji.booking.rules.vetting.shadows import check_shadows
from yiji.booking.rules.vetting.single import check_rule
from yiji.core.contract.catalogue import Catalogue
from yiji.core.contract.rule import Finding, RuleSet


def check(rules: RuleSet, catalogue: Catalogue) -> tuple[Finding, ...]:
    """Return what is wrong or odd, errors first."""
    return tuple(sorted(_all(rules, catalogue), key=lambda one: one.severity != ERROR))


def _all(rules: RuleSet, catalogue: Catalogue) -> Iterator[Finding]:
    for rule_id, count in Counter(spec.id for spec in rules.rules).items():
        if count > 1:
            yield found("duplicate_id", (rule_id,), count=count)
    for spec in rules.rules:
        yield from check_rule(spec)
    if not catalogue.exams:
        yield found("no_catalogue", ())
        return
    groups = group(rules, catalogue)
    yield from check_fit(rules, catalogue, groups)
    yield from check_windows(rules, catalogue, groups)
    yield from check_pairs(rules, groups)
    yield from check_shadows(rules, groups)
