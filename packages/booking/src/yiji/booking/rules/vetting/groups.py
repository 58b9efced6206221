"""Examinations that no rule can tell apart, so that a check looks at a few of them, not at thousands."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from yiji.booking.hooks import Traits
from yiji.booking.rules.selecting import Matches, matcher
from yiji.core.contract.catalogue import Catalogue, Exam
from yiji.core.contract.rule import RuleSet, Selector


@dataclass(frozen=True, slots=True)
class Group:
    """Examinations, and the rules (by their place in the set) whose `first` or `second` means them."""

    traits: Traits  # of one of them
    exams: tuple[str, ...]
    first: frozenset[int]
    second: frozenset[int]


def group(rules: RuleSet, catalogue: Catalogue) -> list[Group]:
    """Return the groups; an examination stands in several where a rule asks for its body part or the visit's class."""
    first = [matcher(spec.first) for spec in rules.rules]
    second = [matcher(spec.second) for spec in rules.rules]
    found: dict[tuple[frozenset[int], frozenset[int]], tuple[Traits, list[str]]] = {}
    for traits, codes in _distinct(rules, catalogue).items():
        key = (_matching(first, traits), _matching(second, traits))
        found.setdefault(key, (traits, []))[1].extend(codes)
    return [Group(traits, tuple(dict.fromkeys(codes)), *key) for key, (traits, codes) in found.items()]


def _matching(matchers: list[Matches], traits: Traits) -> frozenset[int]:
    return frozenset(index for index, matches in enumerate(matchers) if matches(traits))


def _distinct(rules: RuleSet, catalogue: Catalogue) -> dict[Traits, list[str]]:
    """Return the different traits that rules can see, with the codes of the examinations that have them."""
    selectors = [selector for spec in rules.rules for selector in (spec.first, spec.second)]
    named = {code for selector in selectors for code in selector.exams}
    classes = ("", *sorted({one for selector in selectors for one in selector.visit_classes}))
    parts = {one for selector in selectors for one in selector.body_parts}
    found: dict[Traits, list[str]] = {}
    for exam in catalogue.exams:
        for traits in _variants(exam, classes, parts, exam.code in named):
            found.setdefault(traits, []).append(exam.code)
    return found


def _variants(exam: Exam, classes: tuple[str, ...], parts: set[str], named: bool) -> Iterator[Traits]:
    own = ("", *(part.code for part in exam.body_parts if part.code in parts))
    for part, visit_class in product(own, classes):
        code = exam.code if named else ""
        yield Traits(code, exam.department, exam.modality, part, frozenset(exam.tags), visit_class)


def sides(rules: RuleSet) -> Iterator[tuple[int, str, Selector]]:
    """Yield each selector that is told: the place of its rule, which side, and the selector."""
    for index, spec in enumerate(rules.rules):
        yield index, "first", spec.first
        if spec.second != Selector():
            yield index, "second", spec.second
