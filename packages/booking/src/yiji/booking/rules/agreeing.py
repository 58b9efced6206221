"""Do the rules hold on what a patient is expected for? Asked again of what was decided, long after.

Only rules that say the same at any time are asked: those about two examinations, a day's limit, an opening window. What
depends on the moment of deciding (notice, facts, payment) was checked then and cannot be checked again.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from yiji.booking.hooks import Other, Proposal
from yiji.booking.rules.board import House
from yiji.booking.rules.compiled import Compiled, compile_rules
from yiji.booking.rules.kinds.pairs import PAIR_KINDS
from yiji.core.contract.order import OrderBrief
from yiji.core.contract.rule import RuleKind, RuleSet

_LASTING = PAIR_KINDS | {RuleKind.DAILY, RuleKind.WINDOW}
Aside = Collection[tuple[str, str]]  # (appointment, rule) that somebody set aside


@dataclass(frozen=True, slots=True)
class Expected:
    """A live appointment as rules see it: proposed (with its order) and beside another. `placed_at`: when decided."""

    id: str
    order: OrderBrief
    seen: Other
    placed_at: datetime


@dataclass(frozen=True, slots=True)
class Broken:
    """A rule that an appointment breaks, because of another one or by itself; `since`: when it could first be seen."""

    rule: str
    id: str
    conflict: str
    since: datetime


def lasting(rules: Compiled) -> Compiled:
    """Return those of the rules that say the same at any time."""
    kept = tuple(spec for spec in rules.specs if spec.kind in _LASTING)
    return compile_rules(RuleSet(name="", rules=kept))


def broken(house: House, rules: Compiled, own: Sequence[Expected], aside: Aside) -> Iterator[Broken]:
    """Yield what a patient's live appointments break; `rules` are lasting ones."""
    pairs = {spec.id for spec in rules.specs if spec.kind in PAIR_KINDS}
    placed = sorted(own, key=lambda one: (one.placed_at, one.seen.starts_at, one.id))
    for index, one in enumerate(placed):
        before = placed[:index]  # as it was decided: beside what stood then
        for rule, refusal in rules.all(_proposal(house, one, before)):
            if rule not in pairs:
                if (one.id, rule) not in aside:
                    yield Broken(rule, one.id, refusal.conflict, one.placed_at)
                continue
            for other in before:
                told = {name for name, _ in rules.all(_proposal(house, one, [other]))}
                if rule in told and (one.id, rule) not in aside and (other.id, rule) not in aside:
                    yield Broken(rule, one.id, other.id, one.placed_at)


def _proposal(house: House, one: Expected, others: Sequence[Expected]) -> Proposal:
    return Proposal(
        order=one.order,
        exam=one.seen.exam,
        place=one.seen.place,
        starts_at=one.seen.starts_at,
        ends_at=one.seen.ends_at,
        now=one.placed_at,
        zone=house.zone,
        others=tuple(other.seen for other in others),
    )
