"""Whether a place is legal by itself: beside what the patient has already, but without the rest of the plan."""

from collections.abc import Sequence
from functools import cached_property

from yiji.booking.hooks import Place, Proposal
from yiji.booking.planning.problem import Problem, Spot, minute, minute_after, moment
from yiji.booking.rules.compiled import CompiledRule
from yiji.booking.rules.judging import NOTICE
from yiji.core.contract.rule import RuleKind

BUSY = "booking.patient_busy"
# What these say changes once in the course of a day at most: who the patient is, what is known of him.
_STEADY = frozenset([RuleKind.SEX, RuleKind.AGE, RuleKind.FACT, RuleKind.MEASURE, RuleKind.GATE])
_STARTS = frozenset([RuleKind.WINDOW, RuleKind.NOTICE])  # ask for nothing but the start; the rest asks for others


class Legal:
    """Judges the places of one item."""

    def __init__(self, problem: Problem, item: int) -> None:
        self._problem, self._item = problem, item
        kinds = {spec.id: spec.kind for spec in problem.rules.specs}
        rules = problem.rules.for_exam(problem.traits[item])
        self._steady = [rule for rule in rules if kinds[rule.id] in _STEADY]
        self._timed = [
            rule for rule in rules if kinds[rule.id] not in _STEADY and (problem.others or kinds[rule.id] in _STARTS)
        ]
        self._until: dict[tuple[Place, int], tuple[int, int, str]] = {}

    def refusals(self, spots: Sequence[Spot]) -> list[str]:
        """Return for each of a day's places the code of what refuses it, nothing where it is legal."""
        steady = self._on_the_day(spots)
        return [
            self._start(spot) or (steady if isinstance(steady, str) else self._first(steady, spot)) or self._rules(spot)
            for spot in spots
        ]

    def _on_the_day(self, spots: Sequence[Spot]) -> str | list[CompiledRule]:
        """Return what the steady rules say on a day: one verdict, or the rules where it changes in its course."""
        if not self._steady or not spots:
            return ""
        verdicts = {self._first(self._steady, spot) for spot in (min(spots), max(spots))}
        return verdicts.pop() if len(verdicts) == 1 else self._steady

    def _start(self, spot: Spot) -> str:
        """Refuse what comes too soon to prepare for, and where the patient is elsewhere."""
        if spot.start < self._earliest:
            return NOTICE
        return BUSY if any(start < spot.end and spot.start < end for start, end in self._busy) else ""

    def _rules(self, spot: Spot) -> str:
        """Ask the rules that hang on the start, data before code."""
        if not (self._timed or self._problem.house.own):
            return ""
        kind = (self._problem.rooms[spot.device], spot.end - spot.start)
        since, until, why = self._until.get(kind, (0, 0, ""))
        if since <= spot.start < until:
            return why
        asked = proposal(self._problem, self._item, spot)
        for rule in self._timed:
            refusal = rule.check(asked)
            if refusal is not None:
                if refusal.earliest is not None:  # nor is any start before that legal
                    self._until[kind] = (spot.start, minute_after(refusal.earliest), rule.id)
                return rule.id
        return next((rule.id for rule in self._problem.house.own if rule.check(asked) is not None), "")

    def _first(self, rules: Sequence[CompiledRule], spot: Spot) -> str:
        asked = proposal(self._problem, self._item, spot)
        return next((rule.id for rule in rules if rule.check(asked) is not None), "")

    @cached_property
    def _earliest(self) -> int:
        return minute_after(self._problem.now) + self._problem.items[self._item].exam.preparation_minutes

    @cached_property
    def _busy(self) -> list[tuple[int, int]]:
        live = [one for one in self._problem.others if one.live]
        return [(minute(one.starts_at), minute_after(one.ends_at)) for one in live]


def proposal(problem: Problem, item: int, spot: Spot) -> Proposal:
    """Return what the rules are asked about a place."""
    order = problem.items[item]
    return Proposal(
        order=order.order,
        exam=problem.traits[item],
        place=problem.places[spot.device],
        starts_at=moment(spot.start),
        ends_at=moment(spot.end),
        now=problem.now,
        zone=problem.house.zone,
        others=problem.others,
        facts=problem.patient.facts,
        paid=order.paid,
    )
