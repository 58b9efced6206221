"""Which examinations a selector means."""

from collections.abc import Callable

from yiji.booking.hooks import Traits
from yiji.core.contract.rule import Selector

Matches = Callable[[Traits], bool]


def matcher(selector: Selector) -> Matches:
    """Return the test of a selector: what it leaves empty does not matter, what it tells must all hold."""
    tags, not_tags = frozenset(selector.tags), frozenset(selector.not_tags)
    named = [
        (name, frozenset(wanted))
        for name, wanted in (
            ("code", selector.exams),
            ("modality", selector.modalities),
            ("department", selector.departments),
            ("body_part", selector.body_parts),
            ("visit_class", selector.visit_classes),
        )
        if wanted
    ]

    def matches(exam: Traits) -> bool:
        if not exam.tags.isdisjoint(not_tags) or (tags and exam.tags.isdisjoint(tags)):
            return False
        return all(getattr(exam, name) in wanted for name, wanted in named)

    return matches


def is_empty(selector: Selector) -> bool:
    """Return whether a selector means every examination."""
    return selector == Selector()
