"""Rules about two examinations of one patient: 互斥, 先后, 间隔, travel. Each is one `Gap`; the check asks the gap.

The examination that is proposed may be `first`, `second` or both. Others that are already made count as live ones do,
but for a sequence without `within_hours`: it orders what is still to come.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from yiji.booking.hooks import Other, Place, Proposal, Refusal, Traits
from yiji.booking.rules.gap import NO_GAP, Gap, Span
from yiji.booking.rules.moments import local, minutes, utc
from yiji.booking.rules.selecting import Matches, matcher
from yiji.booking.rules.wording import length, refusal, when
from yiji.core.contract.rule import RuleKind, RuleSpec, Scope

PAIR_KINDS = frozenset([RuleKind.EXCLUSIVE, RuleKind.SEQUENCE, RuleKind.INTERVAL, RuleKind.TRAVEL])
_LONGEST_EXAM = timedelta(days=1)  # the catalogue allows no longer one
_LONGEST_DAY = timedelta(hours=25)  # when the clock is put back


def demand(spec: RuleSpec) -> Gap:
    """Return what a pair rule asks of (first, second)."""
    named, hours = (spec.id,), spec.within_hours * 60
    match spec.kind:
        case RuleKind.EXCLUSIVE:
            return Gap(named, hours, hours, not_same_day=not hours)
        case RuleKind.SEQUENCE:
            return Gap(named, 0, hours or None)
        case RuleKind.INTERVAL:
            return Gap(named, spec.gap_minutes, spec.gap_minutes if spec.both_ways else 0)
        case _:
            return Gap(named, spec.gap_minutes, spec.gap_minutes)


def reach(spec: RuleSpec) -> timedelta:
    """Return how far back the start of another may lie and still matter; what is to come always does."""
    if spec.kind not in PAIR_KINDS:
        return _LONGEST_DAY if spec.kind is RuleKind.DAILY else timedelta(0)
    asked = demand(spec)
    return max(_LONGEST_DAY, minutes(max(asked.after or 0, asked.before or 0)) + _LONGEST_EXAM)


@dataclass(frozen=True, slots=True)
class PairRule:
    """A pair rule, ready to be asked about any two examinations."""

    spec: RuleSpec
    first: Matches
    second: Matches
    demand: Gap
    turned: Gap

    @classmethod
    def of(cls, spec: RuleSpec) -> "PairRule":
        """Make one."""
        asked = demand(spec)
        return cls(spec, matcher(spec.first), matcher(spec.second), asked, asked.turned())

    def applies(self, exam: Traits) -> bool:
        """Return whether it may concern an examination."""
        return self.first(exam) or self.second(exam)

    def roles(self, a: Traits, b: Traits) -> Gap:
        """Return the demand on (a, b) wherever they are made."""
        found = self.demand if self.first(a) and self.second(b) else NO_GAP
        return found.tighter(self.turned) if self.first(b) and self.second(a) else found

    def gap(self, a: Traits, b: Traits, a_place: Place, b_place: Place, *, made: bool = False) -> Gap:
        """Return the demand on (a, b) at these places; `made`: b is not live any more."""
        found = self.roles(a, b)
        return found if found.rules and self.holds(a_place, b_place, made) else NO_GAP

    def holds(self, a: Place, b: Place, made: bool) -> bool:
        """Return whether it speaks of these places, and of an examination that is already made."""
        if self.spec.kind is RuleKind.TRAVEL:
            return _differ(self.spec.scope, a, b)
        return not made or self.spec.kind is not RuleKind.SEQUENCE or self.spec.within_hours > 0

    def bound(self, exam: Traits) -> Callable[[Proposal], Refusal | None]:
        """Return the check of proposals for one examination."""
        return _Bound(self, exam).check


@dataclass(slots=True)
class _Bound:
    """A pair rule that knows the proposed examination, and remembers what it asks of others."""

    rule: PairRule
    exam: Traits
    known: dict[Traits, Gap] = field(default_factory=dict[Traits, Gap])

    def check(self, proposal: Proposal) -> Refusal | None:
        if not proposal.others:
            return None
        asked = [(other, gap) for other in proposal.others if (gap := self._gap(proposal, other)).rules]
        span = (utc(proposal.starts_at), utc(proposal.ends_at))
        for other, gap in asked:
            if not gap.allows(span, _span(other), proposal.zone):
                earliest = _earliest(span, asked, proposal.zone)
                return _refusal(self.rule.spec, gap, span, other, proposal.zone, earliest)
        return None

    def _gap(self, proposal: Proposal, other: Other) -> Gap:
        gap = self.known.get(other.exam)
        if gap is None:
            if len(self.known) > 2000:  # a body part may be any text of the sender's
                self.known.clear()
            gap = self.known[other.exam] = self.rule.roles(self.exam, other.exam)
        return gap if gap.rules and self.rule.holds(proposal.place, other.place, not other.live) else NO_GAP


def _differ(scope: Scope, a: Place, b: Place) -> bool:
    """A device that nobody knows stands nowhere, so no way to it is known."""
    if not (a.room and b.room):
        return False
    return getattr(a, scope.value) != getattr(b, scope.value)


def _span(other: Other) -> Span:
    return utc(other.starts_at), utc(other.ends_at)


def _earliest(span: Span, asked: list[tuple[Other, Gap]], zone: str) -> datetime | None:
    """Return the first start from the proposed one on that keeps the rule with all others."""
    start, lasts = span[0], span[1] - span[0]
    moved = True
    while moved:  # whoever was passed once is behind for good, so this ends
        moved = False
        for other, gap in asked:
            later = gap.next_start(start, lasts, _span(other), zone)
            if later is None:
                return None
            start, moved = later, moved or later != start
    return local(start, zone)


def _refusal(spec: RuleSpec, gap: Gap, span: Span, other: Other, zone: str, earliest: datetime | None) -> Refusal:
    code, then = other.exam.code, when(other.starts_at, zone)
    if spec.kind is RuleKind.SEQUENCE:
        # `before` is the order (other, this): where it is the narrow one, this examination has to come first
        this_first = gap.before is None or gap.before > 0
        zh, en = ("之前", "before") if this_first else ("之后", "after")
        return refusal(spec, f"须在 {then} 的 {code} {zh}", f"has to come {en} {code} at {then}", other.id, earliest)
    if gap.not_same_day:
        return refusal(
            spec, f"不能与 {then} 的 {code} 在同一天", f"not on the day of {code} at {then}", other.id, earliest
        )
    asked = (gap.before if span[0] >= utc(other.starts_at) else gap.after) or gap.after or gap.before
    zh, en = length(asked or 0)
    return refusal(spec, f"与 {then} 的 {code} 须间隔 {zh}", f"{en} apart from {code} at {then}", other.id, earliest)
