"""What the planner asks of compiled rules about two examinations; the limits of a day are `Compiled.daily`."""

from yiji.booking.hooks import Place, Traits
from yiji.booking.rules.compiled import Compiled, Daily
from yiji.booking.rules.gap import NO_GAP, Gap

__all__ = ["NO_GAP", "Daily", "Gap", "gaps"]


def gaps(compiled: Compiled, a: Traits, b: Traits, a_place: Place, b_place: Place, *, made: bool = False) -> Gap:
    """Return the tightest demand of all pair rules (exclusive, sequence, interval, travel) on (a, b).

    `made`: b is not live any more; a sequence without `within_hours` then asks nothing. Agrees with `Compiled.check`:
    with no other appointment and no other rule, `Gap.allows` says what `check` says.
    """
    found = NO_GAP
    for rule in compiled.pairs:
        found = found.tighter(rule.gap(a, b, a_place, b_place, made=made))
    return found
