"""A rule set, ready to be asked: which rules concern an examination, and what each says to a proposal."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from yiji.booking.hooks import Proposal, Refusal, Traits
from yiji.booking.rules.kinds import knowing, person, timing
from yiji.booking.rules.kinds.daily import daily
from yiji.booking.rules.kinds.pairs import PAIR_KINDS, PairRule, reach
from yiji.booking.rules.selecting import Matches, matcher
from yiji.core.contract.rule import RuleKind, RuleSet, RuleSpec

Check = Callable[[Proposal], Refusal | None]
_KEPT = 5000  # examinations as rules see them; a body part may be any text of the sender's
_SINGLE: dict[RuleKind, Callable[[RuleSpec, Proposal], Refusal | None]] = {
    RuleKind.WINDOW: timing.window,
    RuleKind.NOTICE: timing.notice,
    RuleKind.SEX: person.sex,
    RuleKind.AGE: person.age,
    RuleKind.FACT: knowing.fact,
    RuleKind.MEASURE: knowing.measure,
    RuleKind.GATE: knowing.gate,
}


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule that concerns one examination; `check` takes proposals for it."""

    id: str
    check: Check
    overridable: bool


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit of a day; `applies` tells which examinations count."""

    id: str
    limit: int
    applies: Matches


@dataclass(frozen=True, slots=True)
class Daily:
    """At most `limit` examinations that list this rule, of one patient on one day of the hospital's clock."""

    rule: str
    limit: int


@dataclass
class Compiled:
    """The rules of a hospital in their order."""

    specs: tuple[RuleSpec, ...]
    pairs: tuple[PairRule, ...]
    reach: timedelta  # how far back the start of another may lie and still matter; what is to come always does
    _binds: list[tuple[RuleSpec, Matches, Callable[[Traits], Check]]]
    _limits: tuple[Limit, ...]
    _overridable: frozenset[str]
    _known: dict[Traits, Sequence[CompiledRule]] = field(default_factory=dict[Traits, Sequence[CompiledRule]])

    def for_exam(self, exam: Traits) -> Sequence[CompiledRule]:
        """Return the rules that concern an examination; the second time it is one look-up."""
        found = self._known.get(exam)
        if found is None:
            if len(self._known) >= _KEPT:
                self._known.clear()
            bound = [(spec, bind) for spec, applies, bind in self._binds if applies(exam)]
            found = tuple(CompiledRule(spec.id, bind(exam), spec.overridable) for spec, bind in bound)
            self._known[exam] = found
        return found

    def check(self, proposal: Proposal, skip: Collection[str] = ()) -> tuple[str, Refusal] | None:
        """Return the first rule that refuses, and why; `skip` are ids of rules that are set aside."""
        for rule in self.for_exam(proposal.exam):
            if rule.id not in skip:
                refusal = rule.check(proposal)
                if refusal is not None:
                    return rule.id, refusal
        return None

    def all(self, proposal: Proposal) -> list[tuple[str, Refusal]]:
        """Return every rule that refuses, and why."""
        asked = ((rule.id, rule.check(proposal)) for rule in self.for_exam(proposal.exam))
        return [(rule, refusal) for rule, refusal in asked if refusal is not None]

    def overridable(self, rule_id: str) -> bool:
        """Return whether a rule may be set aside by permission and with a reason; one that is not there may not."""
        return rule_id in self._overridable

    def daily(self, exam: Traits) -> tuple[Daily, ...]:
        """Return the limits of a day that an examination counts towards, with all others that list the same rule."""
        return tuple(Daily(one.id, one.limit) for one in self._limits if one.applies(exam))


def compile_rules(rules: RuleSet) -> Compiled:
    """Make a rule set ready; what contradicts itself is compiled as it stands (`check_rules` finds it)."""
    pairs = {index: PairRule.of(spec) for index, spec in enumerate(rules.rules) if spec.kind in PAIR_KINDS}
    return Compiled(
        specs=rules.rules,
        pairs=tuple(pairs.values()),
        reach=max((reach(spec) for spec in rules.rules), default=timedelta(0)),
        _binds=[_bind(spec, pairs.get(index)) for index, spec in enumerate(rules.rules)],
        _limits=tuple(
            Limit(spec.id, spec.limit, matcher(spec.first)) for spec in rules.rules if spec.kind is RuleKind.DAILY
        ),
        _overridable=frozenset(spec.id for spec in rules.rules if spec.overridable),
    )


def _bind(spec: RuleSpec, pair: PairRule | None) -> tuple[RuleSpec, Matches, Callable[[Traits], Check]]:
    if pair is not None:
        return spec, pair.applies, pair.bound
    matches = matcher(spec.first)
    check: Check = partial(daily, matches, spec) if spec.kind is RuleKind.DAILY else partial(_SINGLE[spec.kind], spec)
    return spec, matches, lambda _: check
