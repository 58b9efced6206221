"""Rules that contradict one another over two or more examinations of the catalogue."""

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

from yiji.booking.rules.gap import NO_GAP, Gap
from yiji.booking.rules.kinds.pairs import PAIR_KINDS, demand
from yiji.booking.rules.vetting.findings import found, shown
from yiji.booking.rules.vetting.groups import Group
from yiji.core.contract.rule import Finding, RuleKind, RuleSet

_YEAR = 366 * 1440


def check_pairs(rules: RuleSet, groups: list[Group]) -> Iterator[Finding]:
    """Yield what pairs of rules make impossible, or hardly mean."""
    yield from _with_itself(rules, groups)
    yield from _cycle(rules, groups)
    yield from _impossible(rules, groups)


def _with_itself(rules: RuleSet, groups: list[Group]) -> Iterator[Finding]:
    codes = {RuleKind.SEQUENCE: "sequence_with_itself", RuleKind.EXCLUSIVE: "exclusive_with_itself"}
    for index, spec in enumerate(rules.rules):
        both = [one for group in groups if index in group.first & group.second for one in group.exams]
        if both and spec.kind in codes:
            yield found(codes[spec.kind], (spec.id,), exams=shown(both))


def _cycle(rules: RuleSet, groups: list[Group]) -> Iterator[Finding]:
    """One circle of those that there are: mending it shows the next."""
    order = [index for index, spec in enumerate(rules.rules) if spec.kind is RuleKind.SEQUENCE]
    before: dict[int, set[int]] = {
        at: {
            other
            for other, earlier in enumerate(groups)
            if other != at and any(index in earlier.first and index in later.second for index in order)
        }
        for at, later in enumerate(groups)
    }
    try:
        TopologicalSorter(before).prepare()
    except CycleError as fault:
        circle: list[int] = fault.args[1]
        steps = [(groups[a], groups[b]) for a, b in pairwise(circle)]
        named = {
            rules.rules[index].id: None
            for earlier, later in steps
            for index in order
            if index in earlier.first and index in later.second
        }
        yield found("sequence_cycle", named, exams=" → ".join(groups[at].exams[0] for at in circle))


def _impossible(rules: RuleSet, groups: list[Group]) -> Iterator[Finding]:
    told: set[tuple[str, ...]] = set()
    for at, a in enumerate(groups):
        for b in groups[at:]:
            gap = _gap(rules, a, b)
            pair = f"{a.exams[0]} + {b.exams[0]}"
            if gap.rules in told or len(gap.rules) < 2:
                continue
            if _never(gap.after) and _never(gap.before):
                told.add(gap.rules)
                yield found("impossible_pair", gap.rules, exams=pair)
            elif _defeated(rules, a, b):
                told.add(gap.rules)
                yield found("order_defeated", gap.rules, exams=pair)


def _never(gap: int | None) -> bool:
    return gap is None or gap > _YEAR


def _defeated(rules: RuleSet, a: Group, b: Group) -> bool:
    """Return whether other rules ask for a wait as long as the window in which a sequence wants its order."""
    gap = _gap(rules, a, b, but=RuleKind.SEQUENCE)
    for index, spec in enumerate(rules.rules):
        if spec.kind is not RuleKind.SEQUENCE or not spec.within_hours:
            continue
        for earlier, later, wait in ((a, b, gap.after), (b, a, gap.before)):
            if index in earlier.first and index in later.second and (wait or 0) >= spec.within_hours * 60:
                return True
    return False


def _gap(rules: RuleSet, a: Group, b: Group, but: RuleKind = RuleKind.TRAVEL) -> Gap:
    """Return the demand wherever the two are made, without ways between places."""
    gap = NO_GAP
    for index, spec in enumerate(rules.rules):
        if spec.kind not in PAIR_KINDS or spec.kind in (RuleKind.TRAVEL, but):
            continue
        if index in a.first and index in b.second:
            gap = gap.tighter(demand(spec))
        if index in b.first and index in a.second:
            gap = gap.tighter(demand(spec).turned())
    return gap
